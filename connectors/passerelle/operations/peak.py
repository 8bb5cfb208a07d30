"""Peak mode switched by people: until when, by which profile, why; what it does is in `feeds.peak`."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..errors import ConfigError
from ..feeds import Workspace
from ..feeds.peak import PeakNow, told_time
from ..feeds.peak_rules import PeakProfile
from ..ledger import Ledger, PeakPeriod, person
from .peak_profiles import load_profile

__all__ = ["LONGEST", "PeakStatus", "peak_off", "peak_on", "peak_status", "read_moment"]

#: Peak mode is for weeks at most: what holds longer belongs into the mappings and settings.
LONGEST = dt.timedelta(days=62)


class PeakStatus(NamedTuple):
    """Whether peak mode is on; `coming` has not begun, `past` are the periods before, the newest first."""

    now: PeakNow | None
    coming: PeakPeriod | None
    past: list[PeakPeriod]


def read_moment(text: str, zone: str) -> dt.datetime:
    """Read a moment that a person typed, in a zone unless it says its own.

    Of an hour that comes twice (the clocks go back) the second is meant, so that what ends then lasts long
    enough; one that never comes (they go forward) is as much later as the clocks jump.

    Raises:
        ConfigError: it is no moment.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{text!r} is no moment", advice=f"Write 2026-11-30T08:00 ({zone}), or with an offset +01:00"
        ) from None
    if moment.tzinfo is not None:
        return moment.astimezone(dt.UTC)
    local = moment.replace(tzinfo=ZoneInfo(zone))
    early, late = local.replace(fold=0), local.replace(fold=1)
    # In the hour that never comes `fold=1` names the offset after the jump: a moment before it.
    return max(early.astimezone(dt.UTC), late.astimezone(dt.UTC))


def peak_on(
    workspace: Workspace,
    ledger: Ledger,
    *,
    profile: str,
    until: str,
    reason: str,
    since: str = "",
    by: str = "",
    now: dt.datetime | None = None,
) -> PeakPeriod:
    """Switch peak mode on, from now or from `since`; a period that is on or to come is replaced.

    Raises:
        ConfigError: there is no reason, the profile or a moment is wrong, or it would end too soon or late.
    """
    now = dt.datetime.now(dt.UTC) if now is None else now
    if not reason.strip():
        raise ConfigError("Why? Peak mode is switched on for a reason that is kept", advice="Give --reason")
    loaded = load_profile(workspace, profile)
    begins = read_moment(since, loaded.rules.zone) if since else now
    ends = read_moment(until, loaded.rules.zone)
    begins = max(begins, now)
    if ends <= begins:
        told = told_time(ends, loaded.rules.zone)
        raise ConfigError(f"Peak mode would end on {told}, before it begins", advice="Give a later --until")
    if ends - begins > LONGEST:
        raise ConfigError(
            f"Peak mode lasts {LONGEST.days} days at most",
            advice="What holds for longer belongs into the mappings and settings",
        )
    return ledger.peak.switch_on(
        loaded.name, loaded.said, since=begins, until=ends, by=person(by), reason=reason.strip()
    )


def peak_off(ledger: Ledger, *, by: str = "", reason: str = "") -> PeakPeriod | None:
    """Switch it off before its time, also a period to come; None when there is nothing to switch off."""
    return ledger.peak.switch_off(by=person(by), reason=reason.strip())


def peak_status(ledger: Ledger, now: dt.datetime | None = None) -> PeakStatus:
    """Tell what holds at a moment, what is to come and what was."""
    now = dt.datetime.now(dt.UTC) if now is None else now
    periods = ledger.peak.last()
    on = next((one for one in periods if one.holds(now)), None)
    coming = next((one for one in periods if one.ended_at is None and one.since > now), None)
    return PeakStatus(
        None if on is None else PeakNow(on, PeakProfile.model_validate(on.rules)),
        coming,
        [one for one in periods if one not in (on, coming)],
    )

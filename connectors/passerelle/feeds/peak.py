"""Peak mode as feeds meet it: which lane they have, what is kept back of stock, what is frozen."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Fatal
from ..fulfilment.availability import PlaceRules
from ..ledger import Ledger, PeakPeriod
from ..mapping import Mapping
from ..mapping.stock_places import StockPlaces
from .peak_rules import Freezable, PeakLane, PeakProfile, PeakStock

if TYPE_CHECKING:
    from .options import RunOptions

__all__ = [
    "Frozen",
    "PeakNow",
    "check_frozen",
    "frozen_now",
    "held_back",
    "in_peak",
    "peak_now",
    "peak_of",
    "told_time",
]

#: Runs of a feed that are looked at for the last one that carried something for real.
_LOOKED_AT = 20
#: What runs carry files or changes: the others only look.
_CARRYING = ("auto", "full", "delta")


class Frozen(Fatal):
    """Peak mode does not let this happen; `until` says when it may, a reason lets it happen now."""

    def __init__(self, what: Freezable, peak: PeakNow) -> None:
        super().__init__(
            f"{_FROZEN[what]} frozen by peak mode {peak.period.profile} until {peak.told_until}",
            advice="Wait, or ask with --despite-peak REASON",
        )
        self.what = what
        self.until = peak.period.until


_FROZEN: dict[Freezable, str] = {
    "deletes": "Deletes are",
    "repair": "Repair of what drifted is",
    "project": "Set-up of the project is",
    "undo": "Undo of runs is",
    "backfill": "Backfills are",
}


class PeakNow(NamedTuple):
    """The period of peak mode that holds at a moment, and its rules."""

    period: PeakPeriod
    profile: PeakProfile

    @property
    def told_until(self) -> str:
        """Its end as people of the profile's zone read it."""
        return told_time(self.period.until, self.profile.zone)

    @property
    def told(self) -> str:
        """One sentence for reports."""
        period = self.period
        return f"Peak mode {period.profile} until {self.told_until} ({period.switched_by}: {period.reason})"

    def lane(self, mapping: object) -> PeakLane:
        """Give the lane of a feed."""
        return self.profile.lane(getattr(mapping, "feed", ""), getattr(mapping, "entity", ""))


def peak_now(ledger: Ledger, now: dt.datetime | None = None) -> PeakNow | None:
    """Tell whether peak mode is on at a moment (aware; now without one): one small read, no job needed.

    The rules are those of the day when it was switched on, whatever its file says meanwhile.
    """
    return peak_of(ledger.peak.period(), dt.datetime.now(dt.UTC) if now is None else now)


def peak_of(period: PeakPeriod | None, now: dt.datetime) -> PeakNow | None:
    """Say what a period that nobody ended means at a moment: None before it and after it."""
    if period is None or not period.holds(now):
        return None
    return PeakNow(period, PeakProfile.model_validate(period.rules))


def frozen_now(ledger: Ledger, what: Freezable, now: dt.datetime | None = None) -> Frozen | None:
    """Give the refusal when something is frozen at a moment, None when it may happen."""
    peak = peak_now(ledger, now)
    return None if peak is None or what not in peak.profile.freeze else Frozen(what, peak)


def check_frozen(
    ledger: Ledger,
    what: Freezable,
    *,
    subject: str,
    despite: str = "",
    by: str = "",
    now: dt.datetime | None = None,
) -> None:
    """Let something happen, or not: with a reason it happens in spite of peak mode, and is in the audit log.

    Raises:
        Frozen: it is frozen and no reason was given.
    """
    frozen = frozen_now(ledger, what, now)
    if frozen is None:
        return
    if not despite:
        raise frozen
    ledger.audit.note("peak_override", subject, who=by, after={"frozen": what}, reason=despite)


def held_back(
    ledger: Ledger, feed: Mapping | object, options: RunOptions, now: dt.datetime | None = None
) -> str:
    """Say why a run of a feed does not start now; an empty text when it may.

    A dry run changes nothing and may always start, and so may one that a person asks for with a reason.
    """
    now = dt.datetime.now(dt.UTC) if now is None else now
    peak = None if options.dry_run or options.despite_peak else peak_now(ledger, now)
    if peak is None:
        return ""
    name, lane = getattr(feed, "feed", ""), peak.lane(feed)
    because = f"peak mode {peak.period.profile} until {peak.told_until}"
    if lane.paused:
        return f"{name} is paused by {because}"
    if lane.every is None:
        return ""
    runs = (run for run in ledger.runs.last(name, _LOOKED_AT) if run.mode in _CARRYING)
    # A run that failed did not carry what waits: the next one may try at once.
    last = next((run.started_at for run in runs if run.outcome not in (None, "failed")), None)
    due = None if last is None else last + dt.timedelta(seconds=lane.every)
    if due is None or due <= now:
        return ""
    return f"{name} waits until {told_time(min(due, peak.period.until), peak.profile.zone)}: {because}"


def in_peak(mapping: Mapping, peak: PeakNow | None) -> Mapping:
    """Give the mapping of a feed as it holds in peak mode: only the stock law is another one."""
    law = mapping.spec.stock
    if peak is None or law is None:
        return mapping
    more = peak.profile.stock
    places = mapping.stock_places
    changed = StockPlaces(
        {name: _kept_back(rules, more) for name, rules in places.named.items()},
        _kept_back(places.others, more),
    )
    recompute = law.recompute if more.recompute is None else more.recompute
    return mapping.with_stock(law.model_copy(update={"recompute": recompute}), changed)


def told_time(moment: dt.datetime, zone: str) -> str:
    """Write a moment as people of a zone read it, with the zone's short name: it is not the same all year."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def _kept_back(rules: PlaceRules, more: PeakStock) -> PlaceRules:
    """Keep back at least what peak mode says: who keeps back more already goes on."""
    return msgspec.structs.replace(
        rules,
        buffer=max(rules.buffer, more.buffer),
        buffer_share=max(rules.buffer_share, Decimal(str(more.buffer_share))),
        minimum=max(rules.minimum, more.minimum),
    )

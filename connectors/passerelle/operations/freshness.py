"""Freshness: of every feed, what was expected, what arrived, since when it is late, and what that does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from ..ledger import Ledger
from ..ledger.latest import Came
from ..mapping import ExpectsSpec, OutgoingMapping
from ..mapping import Mapping as IncomingMapping
from .expectations import Expectation, Standing
from .freshness_words import LANGUAGES, Language, effect_in, expects_in, why_in

__all__ = ["LATE_STATES", "SEVERITY", "FeedFreshness", "FeedState", "Sizes", "freshness"]

#: `stuck`: something came in time, and nothing of it reached the shop. `unwatched`: the mapping expects
#: nothing. `new`: it was never run.
FeedState: TypeAlias = Literal["fresh", "due", "late", "stuck", "unwatched", "new"]
#: The states that a person has to do something about.
LATE_STATES: tuple[FeedState, ...] = ("late", "stuck")
#: Where the keys of a feed's records have their SKU.
SkuPlace: TypeAlias = Literal["nowhere", "whole", "first"]
#: The states, the worst last.
SEVERITY: tuple[FeedState, ...] = ("unwatched", "new", "fresh", "due", "stuck", "late")


class FeedFreshness(msgspec.Struct, frozen=True, kw_only=True):
    """One feed at one moment; all times are in UTC.

    `begins`, `ends` and `late_at` are of what is awaited next, or should have come; `late_since` is when the
    first of them turned late. `arrived_at` is the last file (of a feed that goes out: the last run that ended
    well), `carried_at` the arrival of the last file that reached the shop. `records` and `skus` are what
    stands on it, counted when the feed is late or stuck. `expects` is what its mapping says, by language.
    """

    feed: str
    title: dict[str, str]
    entity: str
    outgoing: bool
    state: FeedState
    as_of: dt.datetime
    expects: dict[str, tuple[str, ...]] = {}
    zone: str = "UTC"
    begins: dt.datetime | None = None
    ends: dt.datetime | None = None
    late_at: dt.datetime | None = None
    late_since: dt.datetime | None = None
    arrived_at: dt.datetime | None = None
    arrived_file: str = ""
    arrived_state: str = ""
    arrived_note: str = ""
    carried_at: dt.datetime | None = None
    carried_file: str = ""
    run_id: str = ""
    outcome: str | None = None
    run_started_at: dt.datetime | None = None
    running: bool = False
    records: int | None = None
    skus: int | None = None

    @property
    def is_late(self) -> bool:
        """Say whether a person has to do something."""
        return self.state in LATE_STATES

    @property
    def age(self) -> dt.timedelta | None:
        """Tell how old what the shop has is; None when it has nothing of the feed."""
        return None if self.carried_at is None else self.as_of - self.carried_at

    def name_in(self, lang: Language) -> str:
        """What people call the feed."""
        return self.title.get(lang) or self.title.get("en") or self.feed

    def effect(self, lang: Language) -> str:
        """What a late feed does to the shop (`1,240 SKUs on stock older than 3 h`); empty when it is not."""
        if not self.is_late:
            return ""
        return effect_in(
            lang, entity=self.entity, outgoing=self.outgoing, age=self.age, count=self.records, skus=self.skus
        )

    def why(self, lang: Language) -> str:
        """Say in one sentence how it stands: what was expected when, what came, since when it is late."""
        return why_in(lang, self)


class Sizes:
    """How many records (and SKUs) stand on a feed; remembered until the feed has another run."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int, int | None]] = {}

    def of(self, ledger: Ledger, feed: str, run_id: str, *, sku: SkuPlace) -> tuple[int, int | None]:
        """Count, or remember, the records of a feed as its last run left them, and the SKUs in their keys."""
        known = self._known.get(feed)
        if known is not None and known[0] == run_id:
            return known[1:]
        records = ledger.latest.records(feed)
        skus: int | None = records if sku == "whole" else None
        if sku == "first":
            skus = ledger.latest.first_parts(feed)
        self._known[feed] = (run_id, records, skus)
        return records, skus


def freshness(
    ledger: Ledger,
    mappings: Mapping[str, IncomingMapping | OutgoingMapping],
    now: dt.datetime,
    *,
    feeds: Collection[str] | None = None,
    sizes: Sizes | None = None,
) -> list[FeedFreshness]:
    """Tell how every feed stands at a moment (with its zone), late ones first; `feeds` limits it to some.

    `sizes` is kept by a caller that asks again and again, so that records are counted once a run.
    """
    sizes = Sizes() if sizes is None else sizes
    chosen = {name: one for name, one in mappings.items() if feeds is None or name in feeds}
    came: dict[str | None, dict[str, Came]] = {None: ledger.latest.of(chosen)}
    for mode in ("full", "delta"):
        named = [name for name, one in chosen.items() if any(e.mode == mode for e in one.spec.expects)]
        came[mode] = ledger.latest.of(named, mode="full" if mode == "full" else "delta") if named else {}
    found = []
    for name, mapping in chosen.items():
        by_mode = {mode: of_feeds[name] for mode, of_feeds in came.items() if name in of_feeds}
        one = _stands(mapping, by_mode, now.astimezone(dt.UTC))
        if one.is_late and isinstance(mapping, IncomingMapping):
            records, skus = sizes.of(ledger, name, one.run_id, sku=_sku_in(mapping))
            one = msgspec.structs.replace(one, records=records, skus=skus)
        found.append(one)
    return sorted(found, key=lambda one: (-SEVERITY.index(one.state), one.feed))


def _stands(
    mapping: IncomingMapping | OutgoingMapping, by_mode: Mapping[str | None, Came], now: dt.datetime
) -> FeedFreshness:
    outgoing = isinstance(mapping, OutgoingMapping)
    came, expects = by_mode[None], mapping.spec.expects
    state: FeedState = "unwatched"
    worst: tuple[FeedState, Standing, ExpectsSpec] | None = None
    for spec in expects:
        stands = _judged(spec, by_mode[spec.mode], now, outgoing=outgoing)
        if worst is None or SEVERITY.index(stands[0]) > SEVERITY.index(worst[0]):
            worst = (*stands, spec)
    facts: dict[str, Any] = {}
    if worst is not None:
        state, standing, spec = worst
        facts = standing._asdict()
        del facts["state"]
        facts["zone"] = spec.zone
    return FeedFreshness(
        feed=mapping.feed,
        title=dict(mapping.spec.title),
        entity=mapping.entity,
        outgoing=outgoing,
        state=state,
        as_of=now,
        expects={lang: tuple(expects_in(lang, spec) for spec in expects) for lang in LANGUAGES},
        **facts,
        **_arrivals(came, outgoing=outgoing),
    )


def _judged(spec: ExpectsSpec, came: Came, now: dt.datetime, *, outgoing: bool) -> tuple[FeedState, Standing]:
    """Judge one expectation by what arrived; what arrived in time and was not carried is stuck."""
    expectation = Expectation(spec)
    arrived, carried = _moments(came, outgoing=outgoing)
    standing = expectation.standing(now, arrived, since=came.first_run_at)
    if came.run is None and arrived is None:
        return "new", standing
    if standing.state == "fresh" and arrived != carried:
        behind = expectation.standing(now, carried, since=came.first_run_at)
        if behind.state == "late":
            return "stuck", behind
    return standing.state, standing


def _moments(came: Came, *, outgoing: bool) -> tuple[dt.datetime | None, dt.datetime | None]:
    if outgoing:
        ended = None if came.good_run is None else came.good_run.finished_at
        return ended, ended
    arrived = None if came.file is None else came.file.recorded_at
    return arrived, None if came.carried is None else came.carried.recorded_at


def _arrivals(came: Came, *, outgoing: bool) -> dict[str, Any]:
    arrived, carried = _moments(came, outgoing=outgoing)
    facts: dict[str, Any] = {"arrived_at": arrived, "carried_at": carried}
    if not outgoing and came.file is not None:
        facts |= {
            "arrived_file": came.file.name,
            "arrived_state": came.file.state,
            "arrived_note": came.file.note,
        }
    if not outgoing and came.carried is not None:
        facts["carried_file"] = came.carried.name
    if came.run is not None:
        facts |= {
            "run_id": came.run.id,
            "outcome": came.run.outcome,
            "run_started_at": came.run.started_at,
            "running": came.run.outcome is None,
        }
    return facts


def _sku_in(mapping: IncomingMapping) -> SkuPlace:
    """Say where a record's key has its SKU: it is the whole key, or the first of several parts."""
    skus = [field for field in mapping.spec.fields if field.to == "sku"]
    if not any(mapping.spec.key[0] in (field.from_ or ()) for field in skus):
        return "nowhere"
    return "whole" if len(mapping.spec.key) == 1 else "first"

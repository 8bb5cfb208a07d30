"""Foreign edits: fields that somebody else changed in the target since we wrote them, found and decided.

What we wrote is the ledger's wanted record, so our own writes are never taken for somebody else's, whoever
the target says made the last change. All normalisation is the sink's: a field is foreign when planning the
wanted value against the live resource gives a change (ADR 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET

from ..errors import Skippable
from ..fulfilment.stock_levels import PublishedStock
from ..ledger import ForeignDecision, ForeignEdit, Sighting, WantedRecord
from ..mapping import ForeignPolicy
from ..mapping import Mapping as FeedMapping
from ..records import StockLevel
from .job import Job
from .overlay import GONE, HERE, Fact, built, facts, known_by
from .protocols import Change, Live, Readable, Sink
from .report import ForeignRow, RunReport

__all__ = [
    "Foreign",
    "Left",
    "Met",
    "Ownership",
    "field_name",
    "foreign_facts",
    "held_like",
    "moves_by_itself",
    "policy_of",
    "said",
    "without",
]

R = TypeVar("R", bound=msgspec.Struct)

#: What a target changes itself, by record: orders take stock. No edit, unless the mapping says so.
_MOVING: Mapping[type[msgspec.Struct], AbstractSet[Fact]] = {
    StockLevel: {("quantity",)},
    PublishedStock: {("quantity",)},
}
#: Stands for: the record names all variants, and there are others in the target.
_COMPLETE: Fact = ("variants_complete",)
#: How a fact is named in mappings: what stands in for the key of a member of a list.
_MEMBERS = 2


class Foreign(NamedTuple):
    """A fact that the target holds otherwise than we wrote it; both values as JSON holds them."""

    fact: Fact
    ours: Any
    theirs: Any


class Met(NamedTuple, Generic[R]):
    """A record that is about to be written over what the target holds: the update that is planned, if any."""

    key: str
    record: R
    live: Live
    change: Change | None


class Left(NamedTuple, Generic[R]):
    """What is carried of a record, and the facts that are left to those who changed them in the target."""

    record: R
    kept: tuple[Fact, ...]

    def marked(self, change: Change) -> Change:
        """Say in the change what it does not speak of."""
        return msgspec.structs.replace(change, kept=self.kept)


def field_name(fact: Fact) -> str:
    """Name a fact as mappings name fields: `name.fr-FR`, `variants.attributes.colour`."""
    if fact[0] == "variants" and len(fact) >= _MEMBERS:
        return ".".join((fact[0], *fact[_MEMBERS:]))
    return ".".join(fact)


def moves_by_itself(record: msgspec.Struct, fact: Fact) -> bool:
    """Say whether a target changes such a fact itself."""
    return fact in _MOVING.get(type(record), ())


def policy_of(mapping: FeedMapping, record: msgspec.Struct, fact: Fact) -> ForeignPolicy | None:
    """Say what a feed does about a fact; None when it moves by itself and the mapping says nothing of it."""
    name = field_name(fact)
    while name:
        if name in mapping.foreign_policies:
            return mapping.foreign_policies[name]
        name = name.rpartition(".")[0]
    return None if moves_by_itself(record, fact) else mapping.spec.foreign_edits.policy


def foreign_facts(sink: Sink[R], wanted: R, live: Live) -> list[Foreign]:
    """List what of a wanted record the live resource does not hold; nothing when it agrees.

    Nothing too when it cannot be told: the wanted record cannot be planned any more, or movements of stock
    are wanted.
    """
    if isinstance(wanted, StockLevel) and wanted.relative:
        return []
    change = _planned(sink, wanted, live)
    if change is None or change.kind != "update":
        return []
    like, shown = held_like(sink, wanted, live)
    found = dict(_differing(sink, like, facts(wanted), live))
    if not found and getattr(wanted, "variants_complete", False):
        found[_COMPLETE] = change
    wrote = facts(wanted)
    gone = {fact for fact in found if wrote.get(fact) is HERE}
    return [
        Foreign(fact, _plain(wrote.get(fact)), _theirs(fact, one, shown))
        for fact, one in found.items()
        if fact in gone or fact[:_MEMBERS] not in gone
    ]


def said(record: R, change: Change | None) -> R:
    """Give what of a record a planned change carries: all but what is left to others."""
    return record if change is None or not change.kept else without(record, change.kept, record)


class Ownership(Generic[R]):
    """Decides about foreign edits of one feed in one run; tells them in the report and in the ledger."""

    def __init__(self, job: Job[R], report: RunReport) -> None:
        self._job = job
        self._report = report
        self._spec = job.mapping.spec.foreign_edits
        self._left = job.ledger.foreign_edits.count_left(job.feed)
        self._told: set[tuple[str, str]] = set()

    def decide(self, met: Sequence[Met[R]], wrote: Mapping[str, WantedRecord]) -> dict[str, Left[R]]:
        """Give what is to be planned instead of the records of which something is left to others."""
        suspects = {one.key: list(self._suspect(one, wrote.get(one.key))) for one in met}
        found = {key: foreign for key, foreign in suspects.items() if foreign}
        if not found and not self._left:
            return {}
        known = self._job.ledger.foreign_edits.of(self._job.feed, list(found if not self._left else suspects))
        self._settle(known, suspects)
        by_key = {one.key: one for one in met}
        sightings: list[Sighting] = []
        again: dict[str, Left[R]] = {}
        for key, foreign in found.items():
            one, left = by_key[key], set[Fact]()
            for edit in foreign:
                before = known.get((key, ".".join(edit.fact)))
                decision = self._decision(one.record, edit.fact, before)
                if decision != "overwrite" and self._can_be_left(one.record, edit.fact):
                    left.add(edit.fact)
                else:
                    decision = "overwrite"
                sightings.append(Sighting(key, ".".join(edit.fact), edit.ours, edit.theirs, decision))
            if left:
                like, _ = held_like(self._job.sink, one.record, one.live)
                again[key] = Left(without(one.record, left, like), tuple(sorted(left)))
        self._tell(sightings)
        return again

    def note(self, met: Sequence[Met[R]]) -> None:
        """Take note of what a plan of before writes over, or leaves to others: nothing is decided anew.

        So a plan that a person approved counts towards the limit on fights as a run does.
        """
        wrote = self._job.ledger.wanted.get(self._job.feed, [one.key for one in met]) if met else {}
        suspects = {one.key: list(self._suspect(one, wrote.get(one.key))) for one in met}
        found = {key: foreign for key, foreign in suspects.items() if foreign}
        known = self._job.ledger.foreign_edits.of(self._job.feed, list(found)) if found else {}
        sightings: list[Sighting] = []
        for one in met:
            kept = frozenset[Fact]() if one.change is None else frozenset(one.change.kept)
            for edit in found.get(one.key, ()):
                decision: ForeignDecision = "overwrite"
                if edit.fact in kept:
                    before = known.get((one.key, ".".join(edit.fact)))
                    policy = self._decision(one.record, edit.fact, before)
                    decision = "keep" if policy == "overwrite" else policy
                sightings.append(Sighting(one.key, ".".join(edit.fact), edit.ours, edit.theirs, decision))
        self._tell(sightings)

    def _suspect(self, one: Met[R], wrote: WantedRecord | None) -> Iterator[Foreign]:
        """Find what the planned update would write over: foreign, and another value than theirs."""
        if one.change is None or one.change.kind != "update" or wrote is None or not wrote.record:
            return
        sink = self._job.sink
        wanted = msgspec.json.decode(wrote.record, type=sink.record_type)
        found = foreign_facts(sink, wanted, one.live)
        if not found:
            return
        now = facts(one.record)
        like, _ = held_like(sink, one.record, one.live)
        carried = {edit.fact: now[edit.fact] for edit in found if edit.fact in now}
        written = {fact for fact, _ in _differing(sink, like, carried, one.live)}
        if getattr(one.record, "variants_complete", False):
            written.add(_COMPLETE)
        ours = [
            edit for edit in found if edit.fact in written and policy_of(self._job.mapping, wanted, edit.fact)
        ]
        if ours:
            yield from self._not_of_siblings(one, ours)

    def _not_of_siblings(self, one: Met[R], found: Sequence[Foreign]) -> Iterator[Foreign]:
        """Leave out what another feed of ours wrote: two feeds that fill one field are no foreign edit."""
        job, sink, rest = self._job, self._job.sink, {edit.fact for edit in found}
        keys = job.ledger.bindings.keys_of(job.system, sink.entity, [one.live.id]).get(one.live.id, [one.key])
        for feed in job.siblings():
            for other in job.ledger.wanted.get(feed, keys).values():
                if not other.record or not rest:
                    continue
                record = msgspec.json.decode(other.record, type=sink.record_type)
                like, _ = held_like(sink, record, one.live)
                told = {fact: value for fact, value in facts(record).items() if fact in rest}
                differs = {fact for fact, _ in _differing(sink, like, told, one.live)}
                rest -= told.keys() - differs
        return (edit for edit in found if edit.fact in rest)

    def _decision(self, record: R, fact: Fact, before: ForeignEdit | None) -> ForeignDecision:
        policy = policy_of(self._job.mapping, record, fact) or "overwrite"
        if before is None or policy != "overwrite":
            return "overwrite" if before is not None and before.decision == "released" else policy
        fought = before.decision == "overwrite" and before.times >= self._spec.limit
        return "fight" if fought or before.decision == "fight" else "overwrite"

    def _can_be_left(self, record: R, fact: Fact) -> bool:
        """A field that no record is without can be left only by saying of it what the target says."""
        return fact[0] not in _needed(type(record)) or isinstance(self._job.sink, Readable)

    def _settle(
        self, known: Mapping[tuple[str, str], object], suspects: Mapping[str, Sequence[Foreign]]
    ) -> None:
        """Close edits that were left to them and on which both sides agree again."""
        if not self._left or self._job.dry_run:
            return
        still = {(key, ".".join(edit.fact)) for key, found in suspects.items() for edit in found}
        over = [place for place in known if place not in still and place[0] in suspects]
        self._job.ledger.foreign_edits.settle(self._job.feed, over)

    def _tell(self, sightings: Sequence[Sighting]) -> None:
        job, report = self._job, self._report
        if not job.dry_run:
            job.ledger.foreign_edits.met(job.run_id, job.feed, sightings)
        for one in sightings:
            if (one.key, one.field) in self._told:
                continue
            self._told.add((one.key, one.field))
            report.foreign += 1
            report.foreign_left += one.decision != "overwrite"
            if len(report.foreign_edits) < job.shown:
                row = ForeignRow(one.key, one.field, _text(one.ours), _text(one.theirs), one.decision)
                report.foreign_edits.append(row)
            text = f"{one.key}, {one.field}: we wrote {_text(one.ours)}, the shop shows {_text(one.theirs)}"
            if one.decision == "report":
                report.reject(
                    "foreign_edit",
                    text,
                    "It is left in the shop: take it over in the source, or let ours win once with "
                    "`passerelle foreign --release`",
                )
            elif one.decision == "fight":
                report.reject(
                    "foreign_fight",
                    f"{text}; set right {self._spec.limit} times",
                    "Find out who writes this field too; then `passerelle foreign --release`",
                )


def _differing(sink: Sink[R], like: R, told: Mapping[Fact, Any], live: Live) -> Iterator[tuple[Fact, Change]]:
    """Find the facts with which the target does not agree, halving: few of many are foreign."""
    if not told:
        return
    change = _planned(sink, built(like, told), live)
    if change is None:
        return
    if len(told) == 1:
        yield next(iter(told)), change
        return
    items = list(told.items())
    yield from _differing(sink, like, dict(items[: len(items) // 2]), live)
    yield from _differing(sink, like, dict(items[len(items) // 2 :]), live)


def _planned(sink: Sink[R], record: R, live: Live) -> Change | None:
    try:
        return sink.plan(record, live)
    except Skippable:
        # What cannot be planned says nothing about who wrote it.
        return None


def held_like(sink: Sink[R], record: R, live: Live) -> tuple[R, R | None]:
    """Give the record with what it cannot leave out as the target holds it, and what the target holds."""
    kind = type(record)
    changes: dict[str, Any] = {"variants_complete": False} if hasattr(record, "variants_complete") else {}
    shown = _shown(sink, live)
    if shown is not None:
        changes |= {name: getattr(shown, name) for name in _needed(kind)}
    return (msgspec.structs.replace(record, **changes) if changes else record), shown


def _shown(sink: Sink[R], live: Live) -> R | None:
    if not isinstance(sink, Readable):
        return None
    try:
        record: R = sink.record_of(live)
    except Skippable:
        return None
    return record


def _needed(kind: type[msgspec.Struct]) -> list[str]:
    """Name the fields that every record of a kind has, beside those that tell records apart."""
    fields = msgspec.structs.fields(kind)
    return [one.name for one in fields if one.default is not UNSET and one.name not in known_by(kind)]


def without(record: R, left: Iterable[Fact], like: R) -> R:
    """Give a record that does not speak of these facts; what it cannot leave out is as in `like`."""
    left = set(left)
    wrote = facts(record)
    whole = {fact for fact in left if wrote.get(fact) is HERE}
    rest = {fact: value for fact, value in wrote.items() if fact not in left and fact[:_MEMBERS] not in whole}
    needed = _needed(type(record))
    kept = {name: getattr(like, name) for name in needed if (name,) in left}
    if hasattr(record, _COMPLETE[0]):
        kept[_COMPLETE[0]] = getattr(record, _COMPLETE[0]) and _COMPLETE not in left and not whole
    return built(msgspec.structs.replace(record, **kept), rest)


def _theirs(fact: Fact, change: Change, shown: msgspec.Struct | None) -> Any:
    if shown is not None:
        return _plain(facts(shown).get(fact))
    return change.fields[0].old if change.fields else None


def _plain(value: Any) -> Any:
    return None if value is None or value is GONE else True if value is HERE else msgspec.to_builtins(value)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()

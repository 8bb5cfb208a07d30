"""Hooking: asks a feed's hooks what is wanted of records, once for each version of what their source says.

What a hook gives takes the record's place before anything is planned, and the ledger keeps it as wanted: the
plan, the look for drift and the undo all follow from it, and none of them asks again (ADR 29).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import msgspec

from ..errors import ConfigError, Refused, Skippable
from ..mapping import Hook, Hooks
from .candidates import Candidate
from .fingerprints import encode_record
from .foreign import field_name
from .job import Job
from .overlay import built, facts, known_by
from .protocols import Live, Readable
from .report import RunReport

__all__ = ["LEFT", "Asked", "Hooking", "note_left"]

R = TypeVar("R", bound=msgspec.Struct)

#: What the plan calls the place of a record that a hook left alone.
LEFT = "left"
#: So many records of a batch are asked about twice: a hook that answers otherwise then is told.
_TWICE = 20
#: What `known_by` names that tells no records apart: a hook may leave the other variants as they are.
_MAY_CHANGE = frozenset({"variants_complete"})
_PURE = (
    "The same record and the same view must give the same answer: no clock, no chance, no reading elsewhere"
)


class Asked(NamedTuple, Generic[R]):
    """What is wanted of a batch; what is left alone, and what is refused.

    `other` says that something else is wanted, or less, than what was asked about.
    """

    wanted: dict[str, Candidate[R]]
    left: list[Candidate[R]]
    refused: list[tuple[Candidate[R], Skippable]]
    other: bool


@dataclass
class _Told:
    """What one hook said so far; the first record of each kind by name."""

    asked: int = 0
    changed: int = 0
    refused: int = 0
    left: int = 0
    first_left: str = ""
    unlike: int = 0
    first_unlike: str = ""


class Hooking(Generic[R]):
    """Asks the hooks of one feed about the records of one plan.

    Raises:
        ConfigError: a hook is to see what is live, and the target cannot say it in the words of a record.
    """

    def __init__(self, job: Job[R], hooks: Hooks) -> None:
        self._job = job
        self._hooks = hooks
        self._told: dict[str, _Told] = {}
        self._reader = job.sink if isinstance(job.sink, Readable) else None
        if hooks.before_update is not None and self._reader is None:
            raise ConfigError(
                f"feed {job.feed}: {job.system} cannot say what it holds of {job.sink.entity} records, which "
                f"hook {hooks.before_update.name} is to see",
                advice="Leave out before_update",
            )

    def decided(self, candidates: Mapping[str, Candidate[R]]) -> dict[str, Candidate[R]]:
        """Put what hooks wanted in the place of what the source said before, word by word."""
        job, found = self._job, dict(candidates)
        prints = job.ledger.fingerprints.lookup(job.feed, [one.key for one in found.values() if not one.said])
        same = [key for key, known in prints.items() if known.strong == found[key].strong]
        for key, known in (job.ledger.wanted.get(job.feed, same) if same else {}).items():
            if known.record:
                found[key] = _with(found[key], known.record, job.sink.record_type)
        return found

    def ask(self, candidates: Mapping[str, Candidate[R]], live: Mapping[str, Live]) -> Asked[R]:
        """Ask about each that was not asked about before, in their order."""
        asked: Asked[R] = Asked({}, [], [], other=False)
        twice = _TWICE
        other = False
        for one in candidates.values():
            found = live.get(self._job.sink.key(one.record))
            hook = self._hooks.before_create if found is None else self._hooks.before_update
            if hook is None or one.said:
                asked.wanted[one.key] = one
                continue
            told = self._told.setdefault(hook.name, _Told())
            told.asked += 1
            try:
                view = None if found is None else self._view(found)
                answer = self._answer(hook, one, view)
                if twice and self._unlike(hook, one, view, answer):
                    told.unlike += 1
                    told.first_unlike = told.first_unlike or one.key
                twice -= twice > 0
            except Skippable as error:
                told.refused += 1
                asked.refused.append((one, error))
            else:
                if answer is None:
                    told.left += 1
                    told.first_left = told.first_left or f"{one.position}, {one.key}"
                    asked.left.append(one)
                    continue
                if answer != one.encoded:
                    told.changed += 1
                    other = True
                    one = _with(one, answer, self._job.sink.record_type)  # noqa: PLW2901 - what is wanted
                asked.wanted[one.key] = one
        return asked._replace(other=other or len(asked.wanted) < len(candidates))

    def tell(self, report: RunReport) -> None:
        """Tell what the hooks said since the last time."""
        for name, told in self._told.items():
            if told.changed or told.left or told.refused:
                report.notes.append(f"Hook {name} was asked about {told.asked} records: {_sum(told)}")
            if told.unlike:
                report.reject(
                    "hook_not_pure",
                    f"Hook {name}: asked twice about {told.first_unlike}, it gave two answers",
                    _PURE,
                    told.unlike,
                )
        self._told.clear()

    def _view(self, live: Live) -> bytes:
        """What is live of the fields that the feed carries, as JSON."""
        if self._reader is None:  # nothing that is there is asked about then
            return b""
        held = self._reader.record_of(live)
        carried = {path: value for path, value in facts(held).items() if self._carries(path)}
        return encode_record(built(held, carried))

    def _carries(self, path: tuple[str, ...]) -> bool:
        return self._hooks.is_carried(field_name(path))

    def _answer(self, hook: Hook, one: Candidate[R], view: bytes | None) -> bytes | None:
        """Ask once: the record that is wanted as JSON, None when it is to be left alone."""
        kind = self._job.sink.record_type
        # Copies: dicts within a frozen record can be changed.
        record = msgspec.json.decode(one.encoded, type=kind)
        there = None if view is None else msgspec.json.decode(view, type=kind)
        try:
            answer = hook.ask(record, there)
        except ValueError as error:
            raise Refused(f"hook {hook.name}: {error}", code="hook_refused") from error
        except Exception as error:  # a function of somebody else may fail in any way
            said = f"hook {hook.name} fails: {type(error).__name__}: {error}"
            raise Refused(
                said, code="hook_failed", advice="Correct the hook: it refuses by ValueError"
            ) from error
        return None if answer is None else self._checked(hook, one, answer)

    def _checked(self, hook: Hook, one: Candidate[R], answer: object) -> bytes:
        kind = self._job.sink.record_type
        advice = "Correct the hook: it gives such a record, or None"
        if type(answer) is not kind:
            given = f"hook {hook.name} gave {type(answer).__name__}, not a {kind.__name__}"
            raise Refused(given, code="hook_answer", advice=advice)
        try:
            encoded = encode_record(answer)
            wanted = msgspec.json.decode(encoded, type=kind)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            said = f"hook {hook.name} gave what is no {kind.__name__}: {error}"
            raise Refused(said, code="hook_answer", advice=advice) from error
        names = sorted(known_by(kind) - _MAY_CHANGE)
        moved = [name for name in names if getattr(wanted, name) != getattr(one.record, name)]
        if moved:
            raise Refused(
                f"hook {hook.name} changed {', '.join(moved)}, which the record is known by",
                code="hook_answer",
                advice="What tells records apart comes from the source: say it in the mapping",
            )
        return encoded

    def _unlike(self, hook: Hook, one: Candidate[R], view: bytes | None, answer: bytes | None) -> bool:
        try:
            return self._answer(hook, one, view) != answer
        except Skippable:
            return True


def note_left(job: Job[R]) -> None:
    """Let the ledger know what hooks left alone in the run's plan: the same words are not asked about again.

    Nothing is wanted of such a record any more, so no look for drift speaks of it.
    """
    if job.mapping.hooks is None:
        return
    ledger = job.ledger
    after = 0
    while items := ledger.plans.of_kind(job.run_id, LEFT, after=after):
        after = items[-1].seq
        keys = [item.key for item in items]
        with ledger.transaction(durable=False):
            known = ledger.wanted.get(job.feed, keys)
            # What was taken away stays unknown: when it comes back, what shows it again must be said.
            away = {key for key, one in known.items() if one.removed is not None}
            prints = [(one.key, one.raw, one.strong) for one in items if one.key not in away]
            ledger.fingerprints.store(job.feed, prints, job.run_id)
            ledger.wanted.forget(job.feed, [key for key in known if key not in away])
            ledger.quarantine.resolve_keys(job.feed, keys, job.run_id)
            ledger.parked.resolve(job.feed, keys, job.run_id)
    ledger.plans.discard(job.run_id, LEFT)


def _with(one: Candidate[R], wanted: bytes, kind: type[R]) -> Candidate[R]:
    """Put what is wanted in the place of what was said."""
    record = msgspec.json.decode(wanted, type=kind)
    return one._replace(record=record, encoded=wanted, said=one.said or one.encoded)


def _sum(told: _Told) -> str:
    parts = [f"{told.changed} changed"] if told.changed else []
    if told.left:
        parts.append(f"{told.left} left alone (first: {told.first_left})")
    if told.refused:
        parts.append(f"{told.refused} refused")
    return ", ".join(parts)

"""States: each found by its key, with the states that may follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...errors import ReferenceMissing
from ...records import State
from ...sync.protocols import Change, Live
from ..http.client import Client, Json
from ..planning.keyed_sink import KeyedSink
from ..planning.pointed import Pointed
from ..planning.steps import Step
from ..planning.waiting import awaiting
from .actions import missing_states, state_steps, transition_keys
from .draft import state_draft
from .reading import state_of

__all__ = ["StateSink"]


class StateSink(KeyedSink[State]):
    """Carries states; those that follow each other in a ring are created first, and led on afterwards."""

    entity = "state"
    record_type = State
    path = "states"

    def __init__(self, client: Client, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._known = Pointed(client)

    async def completed(self, found: Sequence[Json], records: Sequence[State]) -> Sequence[Json]:
        """Learn the states that follow, and name them by their keys."""
        for state in found:
            self._known.remember("state", state["key"], state["id"])
        await self._known.learn(
            keys=[("state", key) for record in records for key in transition_keys(record)],
            ids=[("state", one["id"]) for state in found for one in state.get("transitions") or ()],
        )
        return [self._known.within(state) for state in found]

    def written(self, resource: Json) -> None:
        """Remember a new state: others lead to it."""
        self._known.remember("state", resource["key"], resource["id"])

    def plan(self, record: State, live: Live | None) -> Change | None:
        """Compare a state with the live one; transitions to states that are not there yet are left out."""
        return awaiting(super().plan(record, live), missing_states(record, self._known), self._missing)

    def draft(self, record: State) -> Json:
        """The draft, led on to the states that are there."""
        return state_draft(record, self._known)

    def steps(self, record: State, live: Json) -> Iterable[Step]:
        """Type, name, description, roles, whether it begins, and what follows."""
        return state_steps(record, live, self._known, keep=self.additive)

    def record_of(self, live: Live) -> State:
        """The record that would have made the state."""
        return state_of(live.body)

    def _missing(self, key: str) -> ReferenceMissing:
        return ReferenceMissing(
            f"there is no state {key} yet",
            reference=key,
            advice="Let the feed that brings it run first",
        )

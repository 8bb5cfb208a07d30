"""Moving: prices that go to other times are sent in an order in which none is in the way of another.

All moves of a scope that are to be sent are carried out together when the first of them is, or when one of
them is in the way of another price; each record's own turn then finds what became of its price.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from ...errors import Conflict, PasserelleError, Refused
from ...sync.protocols import Applied, Change
from ..http.client import Json
from .batch import Batch
from .scopes import Scope, Window, live_scope, live_window
from .turns import turns

__all__ = ["Moving"]

_ACTION = "setValidFromAndUntil"

#: Sends actions to a price at a version; gives it as it is then.
Send = Callable[[str, int, Sequence[Json]], Awaitable[Json]]
#: A change that is about to be sent: the price and the version against which it was planned.
_Place = tuple[str, int]


class _Move(NamedTuple):
    change: Change
    was: Window
    to: Window


class Moving:
    """The moves to be sent, by scope and id, and what became of those that were carried out with others."""

    def __init__(self, send: Send) -> None:
        self._send = send
        #: Where prices are that a record wants elsewhere, as they were read.
        self._held: dict[str, tuple[Scope, Window]] = {}
        #: When prices of such scopes hold that stay where they are.
        self._staying: dict[Scope, list[Window]] = {}
        self._moves: dict[Scope, dict[str, _Move]] = {}
        self._outcomes: dict[_Place, Applied | PasserelleError] = {}
        #: Prices that did not go yet, and that their records look at again: what they hinder waits for them.
        self._late: set[str] = set()
        self._locks: defaultdict[Scope, asyncio.Lock] = defaultdict(asyncio.Lock)

    def look(self, batch: Batch) -> None:
        """Take note of where prices are that a batch of records moves, and of what stays beside them."""
        if not batch.moving:
            return
        ids = {live_id for live_id, _ in batch.moving}
        where = {price["id"]: (live_scope(price), live_window(price)) for price in batch.live.values()}
        self._held.update((live_id, place) for live_id, place in where.items() if live_id in ids)
        staying = {scope: list[Window]() for live_id, (scope, _) in where.items() if live_id in ids}
        others = [place for live_id, place in where.items() if live_id not in ids]
        for scope, window in (*others, *((one.scope, one.window) for one in batch.foreign)):
            if scope in staying:
                staying[scope].append(window)
        self._staying.update(staying)

    def expect(self, change: Change) -> None:
        """Take note of a change that is going to be sent, when it moves a price to another time."""
        held = self._held.get(change.target_id or "")
        window = next((_window(one) for one in change.actions if one["action"] == _ACTION), None)
        if change.kind != "update" or held is None or window is None:
            return
        scope, was = held
        self._outcomes.pop(_place(change), None)
        self._moves.setdefault(scope, {})[change.target_id or ""] = _Move(change, was, window)

    def knows(self, change: Change) -> bool:
        """Say whether a change is one of the moves, or was carried out with others."""
        held = self._held.get(change.target_id or "")
        if held is None:
            return False
        move = self._moves.get(held[0], {}).get(change.target_id or "")
        return _place(change) in self._outcomes or (move is not None and move.change == change)

    async def carried(self, change: Change) -> Applied:
        """Carry out a move with the others of its scope, unless that was done; raises what hindered it."""
        scope, _ = self._held[change.target_id or ""]
        async with self._locks[scope]:
            if _place(change) not in self._outcomes:
                await self._carry(scope)
        outcome = self._outcomes.pop(_place(change))
        if isinstance(outcome, PasserelleError):
            raise outcome
        return outcome

    async def make_way(self, refusal: Refused) -> bool:
        """Carry out the moves of a price that stood in the way; False when none did that is to move.

        Raises:
            Conflict: it could not go yet; look again.
        """
        live_id = _in_the_way(refusal)
        held = self._held.get(live_id)
        if held is None:
            return False
        async with self._locks[held[0]]:
            if live_id in self._moves.get(held[0], {}):
                await self._carry(held[0])
        if live_id in self._late:
            raise _waits(refusal)
        return any(
            place[0] == live_id and isinstance(outcome, Applied) for place, outcome in self._outcomes.items()
        )

    async def _carry(self, scope: Scope) -> None:
        """Send the moves of a scope; what hinders one is told in its own record's turn, the others go on."""
        moves = self._moves.pop(scope, {})
        order = turns({name: (one.was, one.to) for name, one in moves.items()}, self._staying.get(scope, ()))
        versions = {name: one.change.version or 0 for name, one in moves.items()}
        now = {name: one.was for name, one in moves.items()}
        whole, stuck = set(moves), set[str]()
        for turn in order:
            change = moves[turn.id].change
            if turn.id in stuck:
                continue
            actions: Sequence[Json] = [_action(turn.window)]
            if turn.last and turn.id in whole:
                whole.discard(turn.id)
                actions = change.actions
            try:
                resource = await self._send(turn.id, versions[turn.id], actions)
            except Refused as refusal:
                stuck.add(turn.id)
                if _in_the_way(refusal) in self._late:
                    # It goes with the one it waits for, when that is looked at again.
                    self._outcomes[_place(change)] = _waits(refusal)
                    self._late.add(turn.id)
                    again = msgspec.structs.replace(change, version=versions[turn.id])
                    self._moves.setdefault(scope, {})[turn.id] = _Move(again, now[turn.id], moves[turn.id].to)
                else:
                    self._outcomes[_place(change)] = refusal
                    self._late.discard(turn.id)
            except PasserelleError as error:
                stuck.add(turn.id)
                self._late.add(turn.id)
                self._outcomes[_place(change)] = error
            else:
                now[turn.id], versions[turn.id] = turn.window, resource["version"]
                self._outcomes[_place(change)] = Applied(turn.id, resource["version"])
                self._late.discard(turn.id)


def _place(change: Change) -> _Place:
    return change.target_id or "", change.version or 0


def _in_the_way(refusal: Refused) -> str:
    """The id of the price with which a refused one would hold at one time; empty when it is about others."""
    for error in refusal.data.get("errors", ()):
        other = error.get("conflictingStandalonePrice", {}).get("id")
        if other is not None:
            return str(other)
    return ""


def _waits(refusal: Refused) -> Conflict:
    return Conflict(f"another price has to go first, and could not yet: {refusal.message}", code=refusal.code)


def _window(action: Json) -> Window:
    return Window(action.get("validFrom"), action.get("validUntil"))


def _action(window: Window) -> dict[str, Any]:
    ends = {"validFrom": window.start, "validUntil": window.end}
    return {"action": _ACTION, **{name: at for name, at in ends.items() if at is not None}}

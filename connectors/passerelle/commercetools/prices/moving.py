"""Moving: prices that go to other times or scopes are sent in an order in which none is in another's way.

A price that leaves a scope goes before those that move within it, and these before a new one. All that is to
be sent of a scope is carried out together when the first of it is, or when something of it is in the way of
another price; each record's own turn then finds what became of its price.
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
from .replacing import in_the_way
from .scopes import Scope, Window, live_scope
from .turns import turns

__all__ = ["Moving", "moved_to"]

_ACTION = "setValidFromAndUntil"

#: Sends actions to a price at a version; gives it as it is then.
Send = Callable[[str, int, Sequence[Json]], Awaitable[Json]]
#: Carries out a replacement: a price of another scope takes the place of one.
Replace = Callable[[Change], Awaitable[Applied]]
#: A change that is about to be sent: the price and the version against which it was planned.
_Place = tuple[str, int]


class _Move(NamedTuple):
    change: Change
    was: Window
    to: Window


class Moving:
    """The moves to be sent, by scope and id, and what became of those that were carried out with others."""

    def __init__(self, send: Send, replace: Replace) -> None:
        self._send = send
        self._replace = replace
        #: Where prices are that a record wants elsewhere, as they were read.
        self._held: dict[str, tuple[Scope, Window]] = {}
        #: When all prices of such scopes hold, by id.
        self._around: dict[Scope, dict[str, Window]] = {}
        self._moves: dict[Scope, dict[str, _Move]] = {}
        #: Replacements to be sent, by the scope that they leave, and the SKUs that have some.
        self._leaving: dict[Scope, dict[str, Change]] = {}
        self._left: set[str] = set()
        #: Changes whose own turn is still to come: to be carried out, being so, or done with others.
        self._expected: set[_Place] = set()
        self._outcomes: dict[_Place, Applied | PasserelleError] = {}
        #: Prices that did not go yet, and that their records look at again: what they hinder waits for them.
        self._late: set[str] = set()
        self._locks: defaultdict[Scope | str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def look(self, batch: Batch) -> None:
        """Take note of where prices are that a batch of records moves, and of what is beside them.

        A reading holds all of a SKU: what it says of a scope takes the place of what was known.
        """
        moving = set(batch.moving.values())
        if not moving:
            return
        ours = [one.now for one in batch.wanted if one.now is not None]
        held = {place.id: (place.scope, place.window) for place in ours if place.id in moving}
        self._held.update(held)
        around = {scope: dict[str, Window]() for scope, _ in held.values()}
        for place in (*ours, *batch.foreign):
            if place.scope in around:
                around[place.scope][place.id] = place.window
        self._around.update(around)

    def expect(self, change: Change) -> None:
        """Take note of a change that is going to be sent, when it moves a price to another time or scope."""
        held = self._held.get(change.target_id or "")
        if held is None:
            return
        scope, was = held
        if change.kind == "replace":
            self._outcomes.pop(_place(change), None)
            self._expected.add(_place(change))
            self._leaving.setdefault(scope, {})[change.target_id or ""] = change
            self._left.add(scope.sku)
            return
        window = moved_to(change)
        if window is None:
            return
        moves = self._moves.setdefault(scope, {})
        before = moves.get(change.target_id or "")
        if before is not None:
            self._expected.discard(_place(before.change))
        self._outcomes.pop(_place(change), None)
        self._expected.add(_place(change))
        moves[change.target_id or ""] = _Move(change, was, window)

    def knows(self, change: Change) -> bool:
        """Say whether a change is one of the moves, also of those that others carry out just now."""
        return _place(change) in self._expected

    def goes(self, live_id: str) -> bool:
        """Say whether a live price is still to go elsewhere."""
        return any(place[0] == live_id for place in self._expected - self._outcomes.keys())

    async def carried(self, change: Change) -> Applied:
        """Carry out a move with the others of its scope, unless that was done; raises what hindered it."""
        scope, _ = self._held[change.target_id or ""]
        async with self._locks[self._turn(scope)]:
            if _place(change) not in self._outcomes:
                await self._clear(scope, {scope})
        self._expected.discard(_place(change))
        outcome = self._outcomes.pop(_place(change))
        if isinstance(outcome, PasserelleError):
            raise outcome
        return outcome

    async def go_first(self, scope: Scope) -> None:
        """Carry out what is still to be sent of a scope's prices: a new one may want the days they leave.

        What hinders one is told in its own record's turn.
        """
        lock = self._locks.get(self._turn(scope))
        if scope in self._moves or scope in self._leaving or (lock is not None and lock.locked()):
            async with self._locks[self._turn(scope)]:
                await self._clear(scope, {scope})

    async def make_way(self, refusal: Refused) -> bool:
        """Carry out the moves of a price that stood in the way; False when none did that is to move.

        Raises:
            Conflict: it could not go yet; look again.
        """
        live_id = in_the_way(refusal)
        held = self._held.get(live_id)
        if held is None:
            return False
        scope = held[0]
        async with self._locks[self._turn(scope)]:
            if live_id in self._moves.get(scope, {}) or live_id in self._leaving.get(scope, {}):
                await self._clear(scope, {scope})
        if live_id in self._late:
            raise _waits(refusal)
        return any(
            place[0] == live_id and isinstance(outcome, Applied) for place, outcome in self._outcomes.items()
        )

    def _turn(self, scope: Scope) -> Scope | str:
        """What one after the other works on: a scope, or a whole SKU where prices go from one to another."""
        return scope.sku if scope.sku in self._left else scope

    async def _clear(self, scope: Scope, cleared: set[Scope]) -> None:
        """Send what leaves a scope, then what moves within it; where it goes to the same is done before."""
        leaving = self._leaving.pop(scope, {})
        for change in leaving.values():
            to = live_scope(change.body or {})
            # What goes in a ring cannot wait for itself: the shop decides.
            if to.sku == scope.sku and to not in cleared:
                cleared.add(to)
                await self._clear(to, cleared)
            live_id = change.target_id or ""
            try:
                self._outcomes[_place(change)] = await self._replace(change)
                self._late.discard(live_id)
            except Refused as refusal:
                waits = in_the_way(refusal) in self._late
                self._outcomes[_place(change)] = _waits(refusal) if waits else refusal
                (self._late.add if waits else self._late.discard)(live_id)
            except PasserelleError as error:
                self._outcomes[_place(change)] = error
                self._late.add(live_id)
        if scope in self._moves:
            await self._carry(scope)

    async def _carry(self, scope: Scope) -> None:
        """Send the moves of a scope; what hinders one is told in its own record's turn, the others go on."""
        moves = self._moves.pop(scope, {})
        around = self._around.setdefault(scope, {})
        # Also those that were to move and that nobody sends: what a record cannot have stays where it is.
        staying = [window for name, window in around.items() if name not in moves]
        order = turns({name: (one.was, one.to) for name, one in moves.items()}, staying)
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
                if in_the_way(refusal) in self._late:
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
                now[turn.id] = around[turn.id] = turn.window
                versions[turn.id] = resource["version"]
                self._outcomes[_place(change)] = Applied(turn.id, resource["version"])
                self._late.discard(turn.id)


def moved_to(change: Change) -> Window | None:
    """Say to which time a change moves a price; None of one that does not."""
    if change.kind != "update":
        return None
    return next((_window(one) for one in change.actions if one["action"] == _ACTION), None)


def _place(change: Change) -> _Place:
    return change.target_id or "", change.version or 0


def _waits(refusal: Refused) -> Conflict:
    return Conflict(f"another price has to go first, and could not yet: {refusal.message}", code=refusal.code)


def _window(action: Json) -> Window:
    return Window(action.get("validFrom"), action.get("validUntil"))


def _action(window: Window) -> dict[str, Any]:
    ends = {"validFrom": window.start, "validUntil": window.end}
    return {"action": _ACTION, **{name: at for name, at in ends.items() if at is not None}}

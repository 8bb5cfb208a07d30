"""States of lines: how many pieces of a line are in which State, moved the way the States allow."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import ConfigError
from ...sync.protocols import FieldChange
from ..http.client import Client
from ..planning.steps import Step
from .remarks import Remark

__all__ = ["ItemStates", "StateOfItems", "plan_item_states", "read_item_states"]

Json = dict[str, Any]
_TYPE = "LineItemState"


class StateOfItems(NamedTuple):
    """One State of the project: `follow` are the ids that may come behind it, None when any may."""

    id: str
    key: str
    follow: tuple[str, ...] | None = None


class ItemStates(NamedTuple):
    """The States that a project shows pieces in: by what a piece is, and all of the type by id."""

    by_item: Mapping[str, StateOfItems]
    by_id: Mapping[str, StateOfItems]
    #: The id of the State that pieces of a new order are in.
    first: str | None = None

    @property
    def ours(self) -> frozenset[str]:
        """Ids of the States that we move pieces into, and of the one that they begin in."""
        first = {self.first} if self.first is not None else set()
        return frozenset({state.id for state in self.by_item.values()} | first)

    @property
    def lead(self) -> bool:
        """Whether any of ours says what may follow it: then pieces are moved, else they are set."""
        return any(state.follow is not None for state in self.by_item.values())

    def way(self, begin: str, end: str) -> list[str]:
        """The States to go through from one to another, the last included; empty when no way leads there."""
        came: dict[str, str] = {begin: begin}
        waiting = deque([begin])
        while waiting and end not in came:
            here = waiting.popleft()
            known = self.by_id.get(here)
            # Only States of ours are passed through: another may set off what nobody asked for.
            follow = self.ours if known is None or known.follow is None else known.follow
            for there in sorted(set(follow) & (self.ours | {end})):
                if there not in came:
                    came[there] = here
                    waiting.append(there)
        if end not in came:
            return []
        path = [end]
        while came[path[-1]] != begin:
            path.append(came[path[-1]])
        return path[::-1]


async def read_item_states(client: Client, keys: Mapping[str, str]) -> ItemStates | None:
    """Read the States of lines that settings name by item state; None when they name none.

    Raises:
        ConfigError: one of them does not exist, or is of another type.
    """
    if not keys:
        return None
    found = [body async for body in client.query("states", f'type = "{_TYPE}"')]
    by_id = {body["id"]: _state(body) for body in found}
    by_key = {state.key: state for state in by_id.values()}
    missing = sorted(set(keys.values()) - set(by_key))
    if missing:
        raise ConfigError(
            f"the project has no State {', '.join(missing)} of type {_TYPE}",
            advice="Create them (passerelle setup, or a feed of states), or name others under shows.states",
        )
    first = next((body["id"] for body in found if body.get("builtIn")), None)
    return ItemStates({item: by_key[key] for item, key in keys.items()}, by_id, first)


def _state(body: Json) -> StateOfItems:
    follow = body.get("transitions")
    return StateOfItems(
        body["id"], body["key"], None if follow is None else tuple(one["id"] for one in follow)
    )


def plan_item_states(
    items: Sequence[tuple[str, str, int]], body: Json, states: ItemStates
) -> Iterator[Step | Remark]:
    """Move the pieces of each line into the States that the picture says; lines that agree are left.

    A line with a piece in a State of somebody else's is left alone altogether, and told.
    """
    wanted: dict[str, Counter[str]] = {}
    for line, item, quantity in items:
        wanted.setdefault(line, Counter())[states.by_item[item].id] += quantity
    for line in body.get("lineItems", ()):
        if line["id"] not in wanted:
            continue
        held = Counter({one["state"]["id"]: 0 for one in line.get("state", ())})
        for one in line.get("state", ()):
            held[one["state"]["id"]] += one["quantity"]
        want = +wanted[line["id"]]
        if +held == want:
            continue
        foreign = [states.by_id[one].key if one in states.by_id else one for one in held - want
                   if one not in states.ours]  # fmt: skip
        if foreign:
            yield Remark(
                "foreign_item_state",
                f"line {line['id']} has pieces in the state {', '.join(sorted(foreign))}, which is not ours",
                "They stay there: move them on in the Merchant Center",
            )
            continue
        if held.total() != want.total():
            yield Remark(
                "other_quantity",
                f"line {line['id']} has {held.total()} pieces in the shop, {want.total()} as we know it",
                "The order was changed in the shop: it is taken over with its next revision",
            )
            continue
        yield from _moved(line, held, want, states)


def _moved(line: Json, held: Counter[str], want: Counter[str], states: ItemStates) -> Iterator[Step | Remark]:
    told = FieldChange(f"state[{line['id']}]", _said(held, states), _said(want, states))
    if not states.lead:
        state = [
            {"quantity": count, "state": {"typeId": "state", "id": one}}
            for one, count in sorted(want.items())
        ]
        yield Step({"action": "importLineItemState", "lineItemId": line["id"], "state": state}, (told,))
        return
    steps: list[Step] = []
    for begin, end, count in _pairs(held - want, want - held):
        way = states.way(begin, end)
        if not way:
            names = [states.by_id[one].key if one in states.by_id else one for one in (begin, end)]
            yield Remark(
                "no_transition",
                f"line {line['id']}: no transition leads from the state {names[0]} to {names[1]}",
                "Allow it in the project's states, or move the pieces by hand",
            )
            continue
        for here, there in zip([begin, *way], way, strict=False):
            action = {
                "action": "transitionLineItemState",
                "lineItemId": line["id"],
                "quantity": count,
                "fromState": {"typeId": "state", "id": here},
                "toState": {"typeId": "state", "id": there},
            }
            steps.append(Step(action, () if steps else (told,)))
    yield from steps


def _pairs(less: Counter[str], more: Counter[str]) -> Iterator[tuple[str, str, int]]:
    """Pair what is too much in some States with what is missing in others, as few moves as need be."""
    left, right = sorted(less.items()), sorted(more.items())
    while left and right:
        (begin, have), (end, need) = left[-1], right[-1]
        count = min(have, need)
        yield begin, end, count
        left[-1:] = [(begin, have - count)] if have > count else []
        right[-1:] = [(end, need - count)] if need > count else []


def _said(counts: Counter[str], states: ItemStates) -> str:
    named = {states.by_id[one].key if one in states.by_id else one: count for one, count in counts.items()}
    return ", ".join(f"{count} {name}" for name, count in sorted(named.items()) if count)

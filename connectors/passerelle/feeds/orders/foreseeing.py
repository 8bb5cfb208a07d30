"""Foreseeing: what messages would change of orders, in the ledger and in the shop; nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...commercetools import Client
from ...commercetools.orders.projecting import plan_view
from ...fulfilment import Contradiction, OrderState
from ...ledger import Ledger
from ...ledger.orders.pictures import Foreseen
from ...records import OrderMessage
from ...sync.protocols import FieldChange
from .showing import Showings

__all__ = ["Foresight", "OrderForesight"]


class Foresight(NamedTuple):
    """What would change of one order, and what would contradict what is known."""

    fields: tuple[FieldChange, ...]
    contradictions: tuple[Contradiction, ...]


class OrderForesight:
    """Tells what would change, a batch of messages at a time."""

    def __init__(self, ledger: Ledger, client: Client, showings: Showings) -> None:
        self._ledger = ledger
        self._client = client
        self._showings = showings

    async def of(self, messages: Sequence[OrderMessage]) -> dict[str, Foresight]:
        """Draw the orders without and with these messages, and compare the shop with the second picture."""
        foreseen = self._ledger.order_pictures.foreseen(messages)
        bodies = {
            body["orderNumber"]: body
            for body in (
                await self._client.query_in("orders", "orderNumber", list(foreseen)) if foreseen else ()
            )
        }
        found: dict[str, Foresight] = {}
        for number, one in foreseen.items():
            fields = list(_pieces(one.before.state, one.after.state))
            if number in bodies:
                showing = await self._showings.of(one.after.destination)
                plan = plan_view(one.after.view, bodies[number], showing)
                fields += [FieldChange(f"shop.{it.field}", it.old, it.new) for it in plan.fields]
            found[number] = Foresight(tuple(fields), _contradictions(one))
        return found


def _pieces(before: OrderState, after: OrderState) -> Iterator[FieldChange]:
    """Say per line how many pieces are in which state, where that changes."""
    held, wanted = _counted(before), _counted(after)
    for line in dict.fromkeys((*held, *wanted)):
        if held.get(line) != wanted.get(line):
            yield FieldChange(f"pieces[{line}]", _said(held.get(line)), _said(wanted.get(line)))


def _counted(state: OrderState) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for unit in state.units:
        counts.setdefault(unit.line, Counter())[unit.state] += 1
    return counts


def _said(counts: Counter[str] | None) -> str | None:
    return (
        None if counts is None else ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    )


def _contradictions(one: Foreseen) -> tuple[Contradiction, ...]:
    known = one.before.state.contradictions
    return tuple(new for new in one.after.state.contradictions if new not in known)

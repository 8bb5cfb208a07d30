"""The life of customers: orders at a rate, and what follows on each, on the sandbox's clock.

Nobody sees when they act: they catch up before each request, each act at the moment at which it was due.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, NamedTuple

import msgspec

from ..attribution import acting_as
from ..moments import at, now
from ..problems import Problem
from ..project import Project
from ..resources.orders import Orders
from ..store import Doc
from .baskets import basket
from .fields import ensure_types
from .life_settings import Life, Span
from .paying import how_they_pay, open_payment, settle_payment
from .shelf import Shelf

__all__ = ["Lives"]

_RETRY_SECONDS = 6 * 3_600
_MOST_RETRIES = 40
_OVER = frozenset({"Cancelled", "Complete"})


class Due(NamedTuple):
    """Something that a customer will do; `turn` keeps acts of one moment in order."""

    moment: datetime
    turn: int
    act: str
    order_id: str
    tries: int


class _Living:
    """One life in one project."""

    def __init__(self, life: Life, project: Project, orders: Orders, number: int) -> None:
        self.life = life
        self.project_key = project.key
        self.counts: Counter[str] = Counter()
        self._orders = orders
        self._name = number
        self._shelf = Shelf(project)
        # Who buys what is no secret: a seed must give the same orders again.
        self._dice = Random(f"life/{life.seed}")  # noqa: S311
        self._due: list[Due] = []
        self._turns = 0
        ensure_types(life.fields, project)
        self._later("order", "", now(), self._gap())

    def catch_up(self, project: Project) -> None:
        """Do what is due by now, in its order."""
        moment = now()
        while self._due and self._due[0].moment <= moment:
            due = heappop(self._due)
            with at(due.moment), acting_as("storefront"):
                project.order_stock.settle(project)
                try:
                    self._act(due, project)
                except Problem as problem:
                    self.counts[f"refused {problem.code}"] += 1

    def _act(self, due: Due, project: Project) -> None:
        if due.act == "order":
            self._order(due.moment, project)
            return
        order = project.collection("order").docs.get(due.order_id)
        if order is None:
            return
        if due.act == "pay":
            settle_payment(order, project)
            self.counts["paid later"] += 1
        elif due.act == "cancel":
            self._cancel(order, project)
        else:
            self._send_back(order, due, project)

    def _order(self, moment: datetime, project: Project) -> None:
        placed = self.counts["placed"] + self.counts["found nothing"] + self.counts["refused OutOfStock"]
        if self.life.orders is not None and placed >= self.life.orders:
            return
        self._later("order", "", moment, self._gap())
        # An order has dice of its own: what becomes of one changes nothing about the next.
        dice = Random(f"life/{self.life.seed}/{placed}")  # noqa: S311
        kinds = self.life.kinds
        kind = dice.choices(list(kinds), weights=list(kinds.values()))[0]
        country = dice.choice(self.life.countries)
        number = f"L{self._name}-{placed + 1:06d}"
        draft = basket(number, country, kind, self.life, self._shelf, project, dice)
        if draft is None:
            self.counts["found nothing"] += 1
            return
        order = self._orders.place(draft, project)
        self.counts["placed"] += 1
        self.counts[kind] += 1
        if kind != "reservation":
            self._pay(order, moment, dice, project)
        if dice.random() < self.life.cancels:
            self._later("cancel", order["id"], moment, _within(self.life.cancel_after, dice))
        elif dice.random() < self.life.returns:
            self._later("return", order["id"], moment, _within(self.life.return_after, dice))

    def _pay(self, order: Doc, moment: datetime, dice: Random, project: Project) -> None:
        paying = how_they_pay(self.life, dice)
        open_payment(order, paying, project)
        self.counts[f"pays: {paying}"] += 1
        if paying == "later":
            self._later("pay", order["id"], moment, _within(self.life.pay_after, dice))

    def _cancel(self, order: Doc, project: Project) -> None:
        """The customer asks; whether it is still possible others say."""
        if order["orderState"] in _OVER or "custom" not in order:
            self.counts["came too late to cancel"] += 1
            return
        wish = {"name": self.life.fields.cancel, "value": f"CR-{order['orderNumber']}"}
        _update(order, project, {"action": "setCustomField", **wish})
        self.counts["asked to cancel"] += 1

    def _send_back(self, order: Doc, due: Due, project: Project) -> None:
        """The customer announces what comes back of what was delivered, once; before, nothing can."""
        delivered = _delivered(order)
        if not delivered:
            if order["orderState"] != "Cancelled" and due.tries < _MOST_RETRIES:
                self._later("return", order["id"], due.moment, _RETRY_SECONDS, tries=due.tries + 1)
            return
        number = f"R-{order['orderNumber']}"
        items = [
            {
                "lineItemId": line,
                "quantity": pieces,
                "shipmentState": "Advised",
                "key": f"{number}-{place}",
                "comment": "does not fit",
            }
            for place, (line, pieces) in enumerate(delivered.items(), start=1)
        ]
        told = {"action": "addReturnInfo", "returnTrackingId": number, "items": items[:1]}
        _update(order, project, told)
        self.counts["announced a return"] += 1

    def _gap(self) -> float:
        return self._dice.expovariate(self.life.per_minute / 60)

    def _later(self, act: str, order_id: str, moment: datetime, seconds: float, *, tries: int = 0) -> None:
        self._turns += 1
        due = Due(moment + timedelta(seconds=seconds), self._turns, act, order_id, tries)
        heappush(self._due, due)


class Lives:
    """All customers of one sandbox; they stop when they are told to."""

    def __init__(self) -> None:
        self._living: list[_Living] = []
        self._begun = 0

    def start(self, project: Project, life: Life, orders: Orders) -> None:
        """Let customers live from now on."""
        self._begun += 1
        self._living.append(_Living(life, project, orders, self._begun))

    def stop(self) -> list[Doc]:
        """End all lives; what was done in each."""
        told = self.told()
        self._living.clear()
        return told

    def told(self) -> list[Doc]:
        """What was done in each life so far."""
        return [
            {"project": living.project_key, "seed": living.life.seed, "counts": dict(living.counts)}
            for living in self._living
        ]

    def catch_up(self, project: Project) -> None:
        """Do what is due in a project."""
        for living in self._living:
            if living.project_key == project.key:
                living.catch_up(project)


def _within(span: Span, dice: Random) -> float:
    return dice.uniform(min(span), max(span))


def _delivered(order: Doc) -> dict[str, int]:
    """Pieces by line that are delivered and not announced to come back yet."""
    lines = {line["id"]: line["quantity"] for line in order["lineItems"]}
    pieces: Counter[str] = Counter()
    for delivery in order.get("shippingInfo", {"deliveries": ()})["deliveries"]:
        for item in delivery["items"]:
            if item["id"] in lines:
                pieces[item["id"]] += item["quantity"]
    for info in order["returnInfo"]:
        for item in info["items"]:
            pieces[item.get("lineItemId", "")] -= item["quantity"]
    return {line: min(number, lines[line]) for line, number in pieces.items() if number > 0}


def _update(order: Doc, project: Project, *actions: dict[str, Any]) -> None:
    body = {"version": order["version"], "actions": list(actions)}
    project.kind("order").update(order, msgspec.json.encode(body), project)

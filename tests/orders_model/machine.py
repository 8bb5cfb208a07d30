"""The machine that plays histories: every rule is something that a shopper, an ERP or bad luck may do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from .comparing import compare
from .ground import Ground
from .truth import PRICE, Sold
from .world import FAULTS, NOTHING, Fault, World, telling

__all__ = ["Histories"]

T = TypeVar("T")

#: What a basket may hold; a SKU stands in it once.
BASKETS = [
    *([(sku, count)] for sku in ("S-1", "S-2") for count in (1, 2, 3)),
    [("S-1", 1), ("S-2", 1)],
    [("S-2", 2), ("S-3", 1)],
    [("S-3", 3), ("S-1", 2)],
]
#: Half of the runs meet with nothing; others with a shop in trouble, or with death at one of their moments.
TROUBLE = st.one_of(
    st.just(NOTHING),
    st.sampled_from([Fault(shop=kind, times=times) for kind in FAULTS for times in (1, 2, 3)]),
    st.sampled_from([Fault(dies_at=moment) for moment in range(1, 61)]),
    st.just(NOTHING),
)


class Histories(RuleBasedStateMachine):
    """One history; `ground` is what all of them share; each has a project of its own."""

    ground: ClassVar[Ground]
    played: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._waited = 0
        self.world = World(self.ground, f"history-{uuid4().hex[:12]}")

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    @staticmethod
    def _one(data: st.DataObject, choices: Sequence[T], label: str) -> T:
        return data.draw(st.sampled_from(list(choices)), label=label)

    def _able(self, *states: Any, kind: str | None = None) -> list[Sold]:
        return [
            sold
            for sold in self.world.orders.values()
            if sold.live and sold.places(*states) and kind in {None, sold.kind}
        ]

    def _some(self, data: st.DataObject, *states: Any, kind: str | None = None) -> Sold:
        numbers = [sold.number for sold in self._able(*states, kind=kind)]
        return self.world.orders[self._one(data, numbers, "which order")]

    def _take(self, data: st.DataObject, places: list[int]) -> list[int]:
        return places[: self._one(data, range(1, len(places) + 1), "how many")]

    def _unpaid(self) -> list[str]:
        return [sold.number for sold in self.world.orders.values() if not sold.paid and not sold.withdrawn]

    @initialize()
    def open(self) -> None:
        """A shop without orders."""
        self._do(self.world.set_up())

    # Shoppers.

    @precondition(lambda self: len(self.world.orders) < 3)
    @rule(
        kind=st.sampled_from(["delivery", "click_and_collect"]),
        lines=st.sampled_from(BASKETS),
        paid=st.booleans(),
    )
    def buy(self, kind: str, lines: list[tuple[str, int]], *, paid: bool) -> None:
        """Somebody orders."""
        self._do(self.world.buys(kind, lines, paid=paid))

    @precondition(lambda self: self._unpaid())
    @rule(data=st.data(), withdraw=st.booleans())
    def pay_or_withdraw(self, data: st.DataObject, *, withdraw: bool) -> None:
        """The money comes, or the order is given up."""
        sold = self.world.orders[self._one(data, self._unpaid(), "which order")]
        self._do(self.world.withdraws(sold) if withdraw else self.world.pays(sold))

    # Our runs.

    @rule(fault=TROUBLE)
    def export(self, fault: Fault) -> None:
        """Orders leave."""
        self._do(self.world.carry("orders-out", fault))

    @precondition(lambda self: self.world.said)
    @rule(data=st.data(), fault=TROUBLE, again=st.booleans())
    def hear(self, data: st.DataObject, fault: Fault, *, again: bool) -> None:
        """Some of what was said arrives, in any order, perhaps twice, and is read."""
        world = self.world
        order = data.draw(st.permutations(range(len(world.said))), label="order of arrival")
        count = self._one(data, range(1, len(order) + 1), "how much arrives")
        chosen = [world.said[place] for place in order[:count]]
        world.said = [world.said[place] for place in sorted(order[count:])]
        feeds = self._do(world.write(chosen + (chosen[:1] if again else [])))
        for feed in sorted(feeds):
            self._do(world.carry(feed, fault))
            fault = NOTHING

    @precondition(lambda self: self.world.old)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        """Something old arrives once more."""
        old = self.world.old[self._one(data, range(len(self.world.old)), "what")]
        for feed in sorted(self._do(self.world.write([old]))):
            self._do(self.world.carry(feed))

    @precondition(lambda self: self._waited < len(self.world.old) + len(self.world.said))
    @rule(hours=st.sampled_from([1, 5, 6, 25]))
    def time_passes(self, hours: int) -> None:
        """Midnight comes, and the hour that there is twice; after something was said."""
        self._waited = len(self.world.old) + len(self.world.said)
        self.world.later(hours=hours)

    # The ERP, its warehouse, its stores, the payment provider.

    @rule(refuses=st.sampled_from(["", "", "W-1", "W-2"]))
    def take(self, refuses: str) -> None:
        """The ERP takes the files and answers."""
        self.world.answer_orders(lambda number: number == refuses)

    @precondition(lambda self: self._able("open"))
    @rule(data=st.data(), what=st.sampled_from(["AFFECT", "PREPA", "EMBAL"]))
    def work(self, data: st.DataObject, what: str) -> None:
        """Somebody begins with something: words that move no piece."""
        sold = self._some(data, "open")
        lines = sold.lines(self._take(data, sold.places("open")))
        self._event(sold, what, sold.fresh("T"), lines=lines, LIEU="001")

    @precondition(lambda self: self._able("open"))
    @rule(data=st.data(), what=st.sampled_from(["RUPTURE", "ANNUL_OK"]))
    def give_up(self, data: st.DataObject, what: str) -> None:
        """Pieces are not found, or taken out of the order."""
        sold = self._some(data, "open")
        lines = sold.move(self._take(data, sold.places("open")), "cancelled")
        self._event(sold, what, sold.fresh("X"), lines=lines)

    @precondition(lambda self: self._able("open", kind="delivery"))
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        """The warehouse sends pieces in one parcel."""
        sold = self._some(data, "open", kind="delivery")
        places = self._take(data, sold.places("open"))
        key = sold.fresh("BL")
        sold.sent_as |= dict.fromkeys(places, key)
        lines = sold.move(places, "shipped")
        sold.deliveries[key] = Counter(dict(lines))
        day = self.world.now.strftime("%Y%m%d")
        self.world.tell(telling(self.world.shipped, sold.number, key, lines, f"T-{key}", day=day))

    @precondition(lambda self: self._able("shipped"))
    @rule(data=st.data(), arrives=st.booleans())
    def travel(self, data: st.DataObject, *, arrives: bool) -> None:
        """The carrier has a parcel, or hands it over."""
        sold = self._some(data, "shipped")
        key = self._one(data, sorted({sold.sent_as[place] for place in sold.places("shipped")}), "parcel")
        if arrives:
            sold.move([place for place in sold.places("shipped") if sold.sent_as[place] == key], "delivered")
        at = self.world.later(minutes=1)
        code = "DELIVERED" if arrives else "HUB"
        self.world.tell(telling(self.world.carrier, sold.number, f"T-{key}", code, at, key))

    @precondition(lambda self: self._able("open", kind="click_and_collect"))
    @rule(data=st.data(), what=st.sampled_from(["PRET", "RETIRE", "EXPIRE"]))
    def at_the_counter(self, data: st.DataObject, what: str) -> None:
        """A store has pieces ready, hands them out, or puts them back on sale."""
        sold = self._some(data, "open", kind="click_and_collect")
        places = self._take(data, sold.places("open"))
        if what == "PRET":
            lines = sold.lines(places)
        else:
            lines = sold.move(places, "collected" if what == "RETIRE" else "cancelled")
        said = telling(self.world.store, sold.number, what, sold.fresh("M"), lines, at=self.world.at())
        self.world.tell(said)

    @precondition(lambda self: self._able("delivered", "collected"))
    @rule(data=st.data())
    def announce(self, data: st.DataObject) -> None:
        """A customer says that goods come back."""
        sold = self._some(data, "delivered", "collected")
        places = self._take(data, sold.places("delivered", "collected"))
        number = sold.fresh("R")
        sold.announced_as |= dict.fromkeys(places, number)
        self._event(sold, "RETOUR_PREVU", number, lines=sold.move(places, "announced"), RETOUR=number)

    @precondition(lambda self: self._able("announced"))
    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        """What was announced is back."""
        sold = self._some(data, "announced")
        announced = sorted({sold.announced_as[place] for place in sold.places("announced")})
        number = self._one(data, announced, "return")
        places = [place for place in sold.places("announced") if sold.announced_as[place] == number]
        sold.returns[number] = PRICE * len(places)
        lines = sold.move(places, "received")
        self._event(sold, "RETOUR", sold.fresh("E"), lines=lines, RETOUR=number, ETAT="A")

    @precondition(lambda self: any(sold.returns for sold in self.world.orders.values()))
    @rule(data=st.data())
    def pay_back(self, data: st.DataObject) -> None:
        """The payment provider pays a return back by its own hand."""
        returns = [(sold.number, one) for sold in self.world.orders.values() for one in sorted(sold.returns)]
        order, number = self._one(data, returns, "which return")
        sold = self.world.orders[order]
        amount = sold.paid_back[number] = sold.returns.pop(number)
        self._event(
            sold, "REMBOURSE", sold.fresh("P"), lines=(), RETOUR=number, MONTANT=f"{amount // 100},00"
        )

    def _event(self, sold: Sold, kind: str, ref: str, *, lines: Any, **says: str) -> None:
        at = self.world.at()
        self.world.tell(telling(self.world.event, sold.number, kind, ref, at=at, lines=lines, **says))

    def teardown(self) -> None:
        """Let everything come to rest, then compare."""
        try:
            self._do(self.world.settle())
            self._do(compare(self.world))
            self.played["histories"] += 1
            self.played["crashes"] += self.world.crashes
            self.played["faults"] += self.world.faults
            self.played["runs"] += self.world.runs
            self.played["orders"] += len(self.world.orders)
        finally:
            self._do(self.world.leave())
            self._runner.close()

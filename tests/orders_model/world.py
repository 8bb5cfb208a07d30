"""The world of a history: customers, the ERP with its stores and carriers, and everything that goes wrong.

What is said is written down when it happens and read when the history says so: in any order, twice, or never
until its end. A run may lose answers of the shop, or die at any moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from typing_extensions import override

from passerelle.commercetools import Client
from passerelle.feeds import RunOptions, RunReport, run_feed
from passerelle.ledger import Ledger, OrderLife
from passerelle.testing import Crash
from tests.feeds.incoming.crashing import Death
from tests.feeds.orders.counter import Counter
from tests.feeds.orders.till import CHECKOUT

from .ground import Ground, Premises
from .truth import PRICE, Sold

__all__ = ["FAULTS", "Fault", "World", "telling"]

#: The night in which clocks go back: midnight and the doubled hour are close.
BEGINNING = datetime(2026, 10, 24, 19, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
#: Where the files of each feed lie.
BACK_FEEDS = {
    "order-acks": "out/acquittements",
    "shipments": "out/expeditions",
    "order-messages": "out/evenements",
    "store-messages": "out/magasins",
    "carrier-events": "out/transporteur",
}
#: So many rounds are enough to come to rest; more would mean that something is done again and again.
ROUNDS = 8


class Fault(NamedTuple):
    """What goes wrong in a run: the shop's answers, or the process at one of its moments."""

    shop: str | None = None
    times: int = 0
    dies_at: int | None = None


#: Kinds of trouble with the shop.
FAULTS = ("lost_answer", "reset", "truncated", "status")
NOTHING = Fault()

Telling = Callable[[], Awaitable[Any]]


class World(Counter):
    """One project, one ERP, our ledger; all in this process but as real as they come."""

    def __init__(self, ground: Ground, project: str) -> None:
        super().__init__(ground.clear(), ground.sandbox, project)
        self.ground = ground
        settings = self.workspace.settings
        self.workspace: Premises = Premises(settings, ground)
        shop = settings.commercetools
        assert shop is not None
        theirs = {"client_id": CHECKOUT.id, "client_secret": SecretStr(CHECKOUT.secret.get_secret_value())}
        self._checkout = Premises(
            settings.model_copy(update={"commercetools": shop.model_copy(update=theirs)}), ground
        )
        self.now = BEGINNING
        self.orders: dict[str, Sold] = {}
        self.said: list[Telling] = []
        """What was said and is not written into a file yet."""
        self.old: list[Telling] = []
        """What was written once and may be said again."""
        self._dropped: set[str] | None = None
        self.crashes = self.faults = self.runs = 0

    # Time.

    def later(self, **step: float) -> str:
        """Let time pass; gives the moment in UTC as the carrier writes it."""
        self.now += timedelta(**step)
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def at(self) -> str:
        """A moment that nobody named before, by the clock on the wall; of a doubled hour, which one."""
        self.now += timedelta(seconds=1)
        here = self.now.astimezone(PARIS)
        twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
        return here.isoformat(timespec="seconds") if twice else here.strftime("%Y-%m-%dT%H:%M:%S")

    # Customers.

    async def buys(self, kind: Any, lines: Sequence[tuple[str, int]], *, paid: bool) -> Sold:
        """A customer orders; whether it is paid at once is theirs to decide."""
        number = f"W-{len(self.placed) + 1}"
        method = "Retrait" if kind == "click_and_collect" else "Domicile"
        self.place(
            paid=paid,
            number=number,
            totalPrice={"currencyCode": "EUR", "centAmount": PRICE * sum(count for _, count in lines)},
            lineItems=[
                {
                    "name": {"fr-FR": sku},
                    "variant": {"sku": sku},
                    "quantity": count,
                    "price": {"value": {"currencyCode": "EUR", "centAmount": PRICE}},
                }
                for sku, count in lines
            ],
            shippingInfo={
                "shippingMethodName": method,
                "price": {"currencyCode": "EUR", "centAmount": 0},
                "shippingRate": {"price": {"currencyCode": "EUR", "centAmount": 0}},
            },
        )
        pieces: list[Any] = [(sku, "open") for sku, count in lines for _ in range(count)]
        sold = Sold(number, kind, pieces, paid)
        self.orders[number] = sold
        return sold

    async def pays(self, sold: Sold) -> None:
        """The money comes."""
        await self.act(sold.number, {"action": "changePaymentState", "paymentState": "Paid"})
        sold.paid = True

    async def withdraws(self, sold: Sold) -> None:
        """An order that was never paid is given up in the shop."""
        await self.act(sold.number, {"action": "changeOrderState", "orderState": "Cancelled"})
        sold.withdrawn = True
        sold.move(sold.places("open"), "cancelled")

    @override
    async def act(self, number: str, *actions: dict[str, Any]) -> None:
        """Somebody does something to an order in the shop, by the shop's own checkout."""
        async with self._checkout.client() as client:
            body = await self.order(client, number)
            await client.update("orders", body["id"], body["version"], actions)

    # Files and runs.

    def tell(self, telling: Telling) -> None:
        """Somebody says something; when it is read is another question."""
        self.said.append(telling)

    @override
    async def run(self, feed: str = "orders-out", **options: Any) -> RunReport:
        """Run a feed; while files are written, only remember which."""
        if self._dropped is not None:
            self._dropped.add(feed)
            return RunReport(feed=feed, entity="order", run_id="")
        self.runs += 1
        return await run_feed(self.workspace, feed, RunOptions(**options))

    async def write(self, tellings: Sequence[Telling]) -> set[str]:
        """Write what was said into files, in this order; gives the feeds that have something to read."""
        self._dropped = set()
        try:
            for one in tellings:
                await one()
            return self._dropped
        finally:
            self._dropped = None
            self.old += [one for one in tellings if one not in self.old]

    async def carry(self, feed: str, fault: Fault = NOTHING) -> RunReport | None:
        """Run a feed while something goes wrong; None when the process died on the way."""
        override_guard = "" if feed == "orders-out" else "one count of files for all feeds"
        if fault.shop is not None:
            self.faults += 1
            rule = {
                "path": f"/{self.project}/orders",
                "method": "write",
                "kind": fault.shop,
                "count": fault.times,
            }
            self.sandbox.fail(rule | ({"status": 500} if fault.shop == "status" else {}))
        try:
            if fault.dies_at is None:
                return await self.run(feed, override_guard=override_guard)
            death = Death(fault.dies_at)
            report = None
            try:
                with pytest.MonkeyPatch.context() as patch, death.upon(patch):
                    # Before or after a write to the shop, too.
                    patch.setattr(Client, "update", death.acting_later(Client.update))
                    report = await self.run(feed, override_guard=override_guard)
            except Crash:
                pass
            if death.dead:
                self.crashes += 1
                await self._begin_again()
                return None
            return report
        finally:
            if fault.shop is not None:
                self.sandbox.control("DELETE", "/faults")

    async def _begin_again(self) -> None:
        """A new process on what the dead one left: its lease has run out, its runs are over."""
        await self.workspace.leave()
        self.ground.let_go()
        for feed in ("orders-out", *BACK_FEEDS):
            self.bury(feed)
        with closing(sqlite3.connect(self.ledger_path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM lease")

    async def leave(self) -> None:
        """Close what is open."""
        await self.workspace.leave()
        await self._checkout.leave()

    async def settle(self) -> None:
        """Everything is said, nothing goes wrong any more: run until nothing is left to do."""
        for _ in range(ROUNDS):
            report = await self.carry("orders-out")
            assert report is not None
            assert report.outcome == "succeeded", report
            self.answer_orders()
            told, self.said = self.said, []
            feeds = await self.write(told) | set(self.unread())
            if not feeds and self.open_ledger().order_book.dirty(1):
                feeds = {"shipments"}
            if not feeds and not report.created and not report.updated:
                return
            for feed in sorted(feeds):
                await self.carry(feed)
        raise AssertionError(f"after {ROUNDS} rounds there is still something to do: {list(self.unread())}")

    def unread(self) -> Iterator[str]:
        """Name the feeds whose folders still hold a file."""
        for feed, folder in BACK_FEEDS.items():
            place = self.home / "erp" / folder
            if any(path.is_file() for path in place.rglob("*") if "archive" not in path.parts):
                yield feed

    # What everybody sees.

    def open_ledger(self) -> Ledger:
        """Give the ledger."""
        return self.workspace.ledger()

    @override
    def life(self, number: str) -> OrderLife:
        """Everything that the ledger knows of an order."""
        found = self.open_ledger().order_book.life(number)
        assert found is not None
        return found

    # The ERP.

    def answer_orders(self, refuse: Callable[[str], bool] = lambda _: False) -> None:
        """The ERP takes the files that are there, and answers each new order."""
        taken = self.erp.take_orders()
        assert taken.duplicates == (), "the ERP gets no order twice, not even in the middle of things"
        for order in taken.orders:
            sold = self.orders[order.number]
            sold.answer = "refused" if refuse(order.number) else "accepted"
            status, name = ("R", "") if sold.answer == "refused" else ("A", f"C-{order.number}")
            self.tell(telling(self.acknowledged, order.number, status, name))


def telling(says: Callable[..., Awaitable[Any]], *what: Any, **named: Any) -> Telling:
    """Keep what somebody says until it is written down."""

    async def said() -> None:
        await says(*what, **named)

    return said

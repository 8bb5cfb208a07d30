"""Orders met: whoever names them (a poll of orders, of messages, a queue), they are read and handed over.

Every cursor moves in the transaction that writes the orders down; a notification is deleted after it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from ...commercetools import Client, OrderSource
from ...commercetools import OrderCursor as ShopCursor
from ...commercetools.orders.health import HEALTHY, subscription_health
from ...commercetools.orders.messages import OrderMessages
from ...commercetools.orders.source import OrderPage
from ...commercetools.orders.subscriptions import OrderSubscription
from ...errors import ConfigError, Fault, Position, Retriable, Skippable
from ...ledger import Ledger, OrderCursor, Quarantined, SweepKind
from ...records import Order
from ...sync import Progress, RunReport, Watch
from .elsewhere import elsewhere_on, without
from .handling import OrderHandler
from .out_settings import OrderOutSettings
from .remarks import OrderRemarks

__all__ = ["OrderCollector", "messages_cursor"]


def messages_cursor(feed: str) -> str:
    """Name the cursor of a feed in the shop's messages."""
    return f"{feed} messages"


class OrderCollector:
    """Reads the shop's orders into the ledger, page by page; a dry run only looks."""

    def __init__(
        self,
        ledger: Ledger,
        feed: str,
        settings: OrderOutSettings,
        handler: OrderHandler,
        report: RunReport,
        remarks: OrderRemarks,
        watch: Watch,
        *,
        dry_run: bool,
    ) -> None:
        self._ledger = ledger
        self._feed = feed
        self._settings = settings
        self._handler = handler
        self._report = report
        self._remarks = remarks
        self._watch = watch
        self._dry_run = dry_run

    async def orders(self, source: OrderSource) -> AsyncIterator[list[Order]]:
        """Meet every order of the shop, once: those put aside before, then those behind the cursor."""
        aside = [entry.record_key or "" for entry in self._ledger.quarantine.entries(self._feed)]
        self._begin("orders")
        if aside:
            yield self._take(await source.by_ids(aside), None)
        at = self._ledger.orders.cursor(self._feed)
        cursor = None if at is None else ShopCursor(at.created_at, at.shop_id)
        async for page in source.since(cursor):
            yield self._take(page, OrderCursor(page.cursor.created_at, page.cursor.id))
            self._watch(Progress(self._feed, "collect", "orders", self._report.received))
        self._end("orders")

    def begin_messages(self, messages: OrderMessages) -> None:
        """From now on changes count: what happened before is in the orders, which are read whole."""
        name = messages_cursor(self._feed)
        if not self._dry_run and self._ledger.orders.cursor(name) is None:
            start = messages.start()
            self._ledger.orders.set_cursor(name, OrderCursor(start.created_at, start.id))

    async def changed(self, source: OrderSource, messages: OrderMessages) -> AsyncIterator[list[Order]]:
        """Read again every order that a message tells of."""
        name = messages_cursor(self._feed)
        at = self._ledger.orders.cursor(name)
        if at is None:
            return
        self._begin("messages")
        async for page in messages.since(ShopCursor(at.created_at, at.shop_id)):
            for order_id in page.gaps:
                self._remarks.add("orders with a message missing, they were read whole", order_id)
            read = await source.by_ids(page.order_ids)
            cursor = OrderCursor(page.cursor.created_at, page.cursor.id)
            yield self._take(read, cursor, name, numbers=page.numbers)
        self._end("messages")

    async def notified(
        self, source: OrderSource, subscription: OrderSubscription
    ) -> AsyncIterator[list[Order]]:
        """Read again every order that a notification names; it is deleted when the ledger has the order."""
        if self._dry_run:
            return
        self._begin("notifications")
        async for batch in subscription.batches():
            read = await source.by_ids(batch.order_ids)
            self._keep_unreadable(batch.unreadable)
            orders = self._take(read, None)
            await subscription.done(batch)
            yield orders
        self._end("notifications")

    async def look_after(self, client: Client) -> None:
        """Ask how the Subscription is that fills the feed's queue, where the feed names one.

        What it says is kept and noted in the report; the orders are found without it.
        """
        key = self._settings.subscription
        if key is None or self._dry_run:
            return
        try:
            self._begin("subscription")
            state = await subscription_health(client, key)
        except (ConfigError, Retriable, Skippable) as error:
            self._report.notes.append(f"The subscription {key} cannot be looked after: {error.message}")
            return
        self._end("subscription", state)
        if state != HEALTHY:
            self._report.notes.append(f"The subscription {key} is not healthy, the shop says {state}")

    def _begin(self, kind: SweepKind) -> None:
        if not self._dry_run:
            every, run_id = self._settings.sweep_every, self._report.run_id
            self._ledger.order_sweeps.begin(self._feed, kind, every=every, run_id=run_id)

    def _end(self, kind: SweepKind, state: str | None = None) -> None:
        if not self._dry_run:
            self._ledger.order_sweeps.end(self._feed, kind, state=state)

    def _take(
        self,
        page: OrderPage,
        cursor: OrderCursor | None,
        source: str = "",
        *,
        numbers: Mapping[str, int] | None = None,
    ) -> list[Order]:
        if not self._dry_run:
            return self._handler.take(page, source=source or self._feed, cursor=cursor, numbers=numbers or {})
        page = without(page, elsewhere_on(self._ledger, page))
        self._report.quarantined += len(page.refused)
        for refusal in page.refused:
            self._report.reject(refusal.code, refusal.message, refusal.advice)
        known = self._ledger.orders.known([order.id for order in page.orders])
        new = [order for order in page.orders if order.id not in known and self._settings.takes(order)]
        self._report.received += len(new)
        return new

    def _keep_unreadable(self, unreadable: tuple[tuple[str, str], ...]) -> None:
        """Keep what nobody can read for a person to look at, so that the queue can be rid of it."""
        if not unreadable:
            return
        self._ledger.quarantine.add(
            self._report.run_id,
            f"{self._feed} notifications",
            [
                Quarantined(
                    record_key=None,
                    faults=(Fault("unreadable_notification", Position("queue"), body, why),),
                )
                for body, why in unreadable
            ],
        )
        for _, why in unreadable:
            self._report.quarantined += 1
            self._report.reject("unreadable_notification", why, "Is the queue shared with somebody else?")

"""Orders out: collected from the shop, written into one file of the ERP, delivered, marked (ADR 0007)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ..commercetools import Client, OrderDesk, OrderSource
from ..commercetools import OrderCursor as ShopCursor
from ..errors import DataError, Fatal, Fault, Position, Refused, Retriable, Skippable
from ..files import DeliveryState, Folder, MarkerReady, deliver
from ..ledger import Content, Ledger, NewOrder, OrderCursor, OutboxFile, Quarantined
from ..mapping import OutgoingMapping
from ..records import Order
from ..sync import ChangeRow, FileReport, Progress, RunReport, Watch
from .options import RunOptions
from .wiring import name_pattern

__all__ = ["OrderExport"]

#: Orders in one file: a file of a size that any ERP reads at once.
IN_ONE_FILE = 500
#: More orders than this never wait at a time; the rest comes with the next run.
AT_ONCE = 20_000


class OrderExport:
    """Exports what is due; in the report `created` is exported and `updated` is marked in the shop."""

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        options: RunOptions,
        report: RunReport,
        watch: Watch,
        *,
        lag: timedelta,
    ) -> None:
        self._lag = lag
        self._ledger = ledger
        self._mapping = mapping
        self._options = options
        self._report = report
        self._watch = watch
        self._feed = mapping.feed
        self._pattern = name_pattern(mapping.spec.files)
        self._target = mapping.spec.target.get("commercetools", {})
        self._channel = str(self._target.get("channel", "erp"))
        #: Orders that this run met first: what the ledger holds of them is what they are now.
        self._fresh: set[str] = set()
        #: Orders that a dry run met and did not write down.
        self._unwritten: list[Order] = []

    async def carry(self, client: Client, root: Folder) -> None:
        """Finish what a dead run left, collect, export what may go, mark it in the shop."""
        source = OrderSource(client, channel=self._channel, lag=self._lag)
        await source.prepare()
        if not self._options.dry_run:
            self._ledger.orders.doubt_abandoned()
            await self._deliver_pending(root)
        await self._collect(source)
        due = await self._due(client, source)
        if self._options.dry_run:
            self._show(due)
            return
        for start in range(0, len(due), IN_ONE_FILE):
            self._prepare(due[start : start + IN_ONE_FILE])
        await self._deliver_pending(root)
        await self._mark(client)

    async def _collect(self, source: OrderSource) -> None:
        """Meet every order of the shop, once; the cursor moves in the transaction that writes them down."""
        await self._look_again(source)
        at = self._ledger.orders.cursor(self._feed)
        cursor = None if at is None else ShopCursor(at.created_at, at.shop_id)
        async for page in source.since(cursor):
            self._meet(page.orders, page.refused, OrderCursor(page.cursor.created_at, page.cursor.id))
            self._watch(Progress(self._feed, "collect", "orders", self._report.received))

    async def _look_again(self, source: OrderSource) -> None:
        """Read the orders that could not be carried when they were met: the cursor has passed them."""
        orders: list[Order] = []
        refused: list[Refused] = []
        for entry in self._ledger.quarantine.entries(self._feed):
            try:
                order = await source.by_id(entry.record_key or "")
            except Refused as refusal:
                refused.append(refusal)
            else:
                orders += [] if order is None else [order]
        self._meet(orders, refused, None)

    def _meet(self, orders: Sequence[Order], refused: Sequence[Refused], cursor: OrderCursor | None) -> None:
        self._report.quarantined += len(refused)
        for refusal in refused:
            self._report.reject(refusal.code, refusal.message, refusal.advice)
        if self._options.dry_run:
            known = self._ledger.orders.known([order.id for order in orders])
            new = [order for order in orders if order.id not in known]
            self._unwritten += [order for order in new if order.exported_as is None]
            self._report.received += len(new)
        else:
            self._write_down(orders, refused, cursor)

    def _write_down(
        self, orders: Sequence[Order], refused: Sequence[Refused], cursor: OrderCursor | None
    ) -> None:
        ledger = self._ledger
        with ledger.transaction():
            ledger.quarantine.add(self._report.run_id, self._feed, map(self._put_aside, refused))
            ledger.quarantine.resolve_keys(self._feed, [order.id for order in orders], self._report.run_id)
            added = ledger.orders.add_pending(
                [
                    NewOrder(
                        number=order.order_number,
                        shop_id=order.id,
                        destination=self._feed,
                        created_at=order.created_at,
                        record=msgspec.json.encode(order),
                    )
                    for order in orders
                ],
                run_id=self._report.run_id,
                source=self._feed,
                cursor=cursor,
            )
            new = set(added.new)
            for order in orders:
                if order.order_number not in new:
                    continue
                if order.exported_as is None:
                    ledger.orders.set_step(order.order_number, "mark", "pending")
                else:
                    # The shop remembers an export that this ledger does not: it is not done again.
                    ledger.orders.set_step(
                        order.order_number, "export", "done", external_id=order.exported_as
                    )
        for clash in added.clashes:
            self._report.reject(
                "order_number_clash",
                f"order {clash.number} ({clash.shop_id}) has the number of another order",
                "Give one of the two another number in the shop",
            )
        self._fresh |= new
        self._report.received += len(new)

    def _put_aside(self, refusal: Refused) -> Quarantined:
        order_id = str(refusal.data["order_id"])
        fault = Fault(refusal.code, Position("orders"), order_id, refusal.message, refusal.advice)
        return Quarantined(record_key=order_id, faults=(fault,))

    async def _due(self, client: Client, source: OrderSource) -> list[Order]:
        """Choose the orders that may go now; what was met by an earlier run is read again first."""
        pending = [
            entry
            for entry, _ in self._ledger.orders.in_state(
                "export", "pending", destination=self._feed, limit=AT_ONCE
            )
            if self._asked_for(entry.number, entry.created_at)
        ]
        waited = [entry.number for entry in pending if entry.number not in self._fresh]

        async def fetch(number: str) -> Order | None:
            try:
                return await source.fetch(number)
            except Refused as refusal:
                self._report.reject(refusal.code, refusal.message, refusal.advice)
                return None

        now = dict(zip(waited, await client.each(waited, fetch), strict=True))
        due: list[Order] = []
        for entry in pending:
            order = now[entry.number] if entry.number in now else _decoded(entry.record)
            if self._is_due(entry.number, order) and order is not None:
                due.append(order)
        due += [
            order
            for order in self._unwritten
            if self._asked_for(order.order_number, order.created_at)
            and self._is_due(order.order_number, order)
        ]
        waiting = self._report.unchanged
        if waiting:
            self._report.notes.append(f"{waiting} orders wait for their payment")
        return due

    def _is_due(self, number: str, order: Order | None) -> bool:
        """Decide about one order as it is now: it goes, it waits, or it will never go."""
        if order is not None and order.exported_as is not None:
            self._close(number, "done", order.exported_as)
            return False
        if order is not None and order.state == "Cancelled":
            self._close(number, "refused", "cancelled before it was exported")
            self._report.notes.append(f"order {number} was cancelled and is not exported")
            return False
        allowed: Sequence[str] = self._target.get("payment_states", ("Paid",))
        if order is None or order.payment_state not in allowed:
            self._report.unchanged += 1
            return False
        try:
            self._mapping.tree(order)
        except DataError as error:
            # One order that cannot be written must not hold the others.
            self._report.quarantined += 1
            self._report.reject(error.code, error.message, error.advice)
            return False
        return True

    def _close(self, number: str, state: Literal["done", "refused"], what: str) -> None:
        """End both steps of an order that needs no export of ours."""
        if self._options.dry_run:
            return
        orders, run_id = self._ledger.orders, self._report.run_id
        with self._ledger.transaction():
            for step in ("export", "mark"):
                if state == "done":
                    orders.set_step(number, step, state, external_id=what, run_id=run_id)
                else:
                    orders.set_step(number, step, state, detail={"reason": what}, run_id=run_id)

    def _asked_for(self, number: str, created_at: datetime) -> bool:
        options, day = self._options, created_at.date()
        if options.skus and number not in options.skus:
            return False
        return (options.since is None or day >= options.since) and (
            options.until is None or day <= options.until
        )

    def _show(self, due: list[Order]) -> None:
        self._report.mapped += len(due)
        self._report.planned += len(due)
        self._report.changes += [
            ChangeRow(order.order_number, "create", "export", None, str(order.total)) for order in due[:200]
        ]
        self._report.fields["export"] = len(due)

    def _prepare(self, orders: list[Order]) -> OutboxFile:
        """Number and store the file with its orders, in one transaction."""
        now = datetime.now(UTC)

        def build(sequence: int) -> Content:
            day = now.astimezone(ZoneInfo("Europe/Paris")).date()
            buffer = BytesIO()
            self._mapping.write(orders, buffer, sequence=sequence, written_at=now)
            return Content(self._pattern.format(sequence=sequence, date=day), buffer.getvalue())

        self._report.mapped += len(orders)
        return self._ledger.outbox.prepare(
            self._feed, [order.order_number for order in orders], build, run_id=self._report.run_id
        )

    async def _deliver_pending(self, root: Folder) -> None:
        """Deliver every stored file that is not delivered, in order; a file that is stuck holds the next."""
        folder = root.child(self._mapping.spec.files.folder)
        for file in self._ledger.outbox.pending(self._feed):
            numbers = self._ledger.outbox.numbers(file.id)
            try:
                await asyncio.to_thread(self._deliver, folder, file)
            except Retriable as error:
                self._report.files.append(FileReport(file.name, "held", str(error), len(numbers)))
                self._report.failed += len(numbers)
                self._report.settle("failed", f"{file.name} is not delivered: {error.message}", error.advice)
                return
            self._report.created += len(numbers)
            self._report.files.append(FileReport(file.name, "applied", "", len(numbers)))

    def _marker(self, name: str) -> str | None:
        suffix = self._mapping.spec.files.ready.marker
        return None if suffix is None else MarkerReady(suffix).markers(name)[0]

    def _deliver(self, folder: Folder, file: OutboxFile) -> None:
        def step(state: DeliveryState) -> None:
            self._ledger.outbox.set_state(file.id, state.value)

        deliver(
            folder,
            file.name,
            file.content,
            marker=self._marker(file.name),
            step=step,
            state=DeliveryState(file.state),
        )

    async def _mark(self, client: Client) -> None:
        """Say in the shop what left, reading each order first: said twice it is still said once."""
        desk = OrderDesk(client, channel=self._channel)
        await desk.prepare()
        waiting = [
            entry.number
            for entry, _ in self._ledger.orders.in_state(
                "mark", "pending", "in_doubt", destination=self._feed, limit=AT_ONCE
            )
        ]
        done = 0

        async def mark(number: str) -> None:
            nonlocal done
            export = self._ledger.orders.step(number, "export")
            if export is None or export.state != "done":
                return
            if (
                self._ledger.orders.claim(number, "mark", run_id=self._report.run_id, after_reading=True)
                is None
            ):
                return
            try:
                await desk.mark_exported(number, export.external_id or number)
            except Retriable as error:
                self._report.failed += 1
                self._report.reject("not_taken", f"order {number}: {error.message}", error.advice)
                self._ledger.orders.set_step(number, "mark", "in_doubt", detail={"reason": error.message})
            except Skippable as error:
                self._report.quarantined += 1
                self._report.reject(error.code, f"order {number}: {error.message}", error.advice)
                self._ledger.orders.set_step(number, "mark", "refused", detail={"reason": error.message})
            except Fatal as error:
                self._ledger.orders.set_step(number, "mark", "in_doubt", detail={"reason": error.message})
                raise
            else:
                self._ledger.orders.set_step(number, "mark", "done", external_id=export.external_id)
                self._report.updated += 1
            done += 1
            self._watch(Progress(self._feed, "apply", "orders", done, len(waiting)))

        await client.each(waiting, mark)


def _decoded(record: bytes | None) -> Order | None:
    return None if record is None else msgspec.json.decode(record, type=Order)

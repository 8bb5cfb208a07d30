"""Black Friday in small: orders in bursts while stock is counted and the catalogue is carried.

A minute of the day lasts `interval` seconds here, in real time: orders are collected and stock is counted and
carried once in it, while files of products come one after the other. Customers order in bursts what the shop
shows as available, in mode ReserveOnOrder, of the warehouse and of stores, and who finds nothing orders
something else; tills sell from the same shelves. The second half of the day begins when stock and catalogue
were carried twice: however slow a machine is, it is sold what was counted while others bought.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

import yaml
from rich.console import Console

from passerelle.commercetools import CommercetoolsConfig, ensure, load_model
from passerelle.errors import PasserelleError
from passerelle.feeds import RunOptions, RunReport, Settings, Workspace, run_feed
from passerelle.retailer import Erp, House, Mode, lay_folders
from passerelle.retailer.model import feed_of
from passerelle.retailer.sheet import drop
from passerelle.sandbox import Sandbox, SandboxConfig

from .children import peak_mb
from .friday_books import Books, Ordered, Place
from .result import Result, figure

__all__ = ["Friday", "Told", "measure", "play"]

_ROOT = Path(__file__).parent.parent
#: Of sixty seconds, ten: so late the shop shows what orders take.
_LAG = 1 / 6
_BUFFER = 1
_CUSTOMERS = 4
#: A quarter of the minutes have two thirds of the orders.
_BURST = 6
#: So often stock and catalogue were carried when the second half of the day begins.
_ROUNDS = 2
#: So often a customer orders something else when the shop has none of what was chosen.
_TRIES = 12


@dataclass(frozen=True)
class Friday:
    """How much of a day: so many orders in so many minutes of `interval` seconds."""

    orders: int
    minutes: int
    interval: float
    skus: int
    depots: int
    styles: int
    seed: int = 11
    #: What the shop does with pieces of an order that is not sent yet (see its `StockRules`).
    reserved: Literal["stay", "leave"] = "stay"
    #: Without the stock law the counts are written as they come: to see what is sold twice then.
    is_lawful: bool = True


@dataclass
class Told:
    """What was seen; delays in seconds, `peaks` in MB after each minute."""

    books: Books
    placed: dict[str, Ordered] = field(default_factory=dict)
    #: How often the shop had none of what was chosen.
    refused: int = 0
    #: Customers who found nothing whatever they chose.
    gave_up: int = 0
    taken: dict[str, float] = field(default_factory=dict)
    stock_delays: list[float] = field(default_factory=list)
    stock_records: int = 0
    peaks: list[float] = field(default_factory=list)
    catalogue_files: int = 0
    duplicates: int = 0
    troubles: list[str] = field(default_factory=list)

    def latency(self, share: float) -> float:
        """Tell within how many seconds so large a share of the orders was with the ERP."""
        return _quantile(list(self.taken.values()), share)


def measure(folder: Path, console: Console) -> list[Result]:
    """Black Friday: 20,000 orders in bursts while 2,000 SKUs in 41 places are counted, catalogue beside.

    Half an hour, minute by minute: stock comes and orders are collected once a minute.
    """
    friday = Friday(orders=20_000, minutes=30, interval=60.0, skus=2_000, depots=41, styles=300)
    told = asyncio.run(play(friday, folder))
    books = told.books
    console.print(
        f"  {len(told.placed):,} orders placed; {told.refused:,} times a customer found nothing,"
        f" {told.gave_up} went. {books.sold_on_web:,} pieces on the web, {books.sold_at_tills:,} at tills;"
        f" {told.stock_records:,} stock records, {told.catalogue_files} files of products;"
        f" {books.oversold} pieces sold twice, each by a till since the count, but {books.unexplained}"
    )
    for trouble in told.troubles:
        console.print(f"  [red]{trouble}[/]")
    third = len(told.peaks) // 3
    name = "Black Friday"
    return [
        figure(f"{name}: orders placed", len(told.placed), "orders"),
        figure(f"{name}: orders that did not leave, or left twice", _lost(told), "orders", 0),
        figure(f"{name}: pieces sold that no till explains", books.unexplained, "pieces", 0),
        figure(f"{name}: pieces that a till sold first", books.oversold - books.unexplained, "pieces"),
        figure(
            f"{name}: order to ERP, 99th percentile, in polling intervals",
            told.latency(0.99) / friday.interval,
            "times",
            2,
        ),
        figure(
            f"{name}: count to shop, 99th percentile, in minutes of the day",
            _quantile(told.stock_delays, 0.99) / friday.interval,
            "times",
            2,
        ),
        figure(
            f"{name}: peak memory, at the end to a third", told.peaks[-1] / told.peaks[third], "times", 1.25
        ),
        figure(f"{name}: peak memory", told.peaks[-1], "MB"),
    ]


def _lost(told: Told) -> int:
    return len(told.placed) - len(told.taken) + told.duplicates


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else float("inf")


async def play(friday: Friday, folder: Path) -> Told:
    """Live through the day; the shop is a process of its own."""
    config = SandboxConfig(
        unknown_order_skus="accept",
        reserved_stock=friday.reserved,
        stock_lag_seconds=friday.interval * _LAG,
    )
    with Sandbox(config) as shop:
        return await _Day(friday, folder, shop).live()


class _Day:
    """The day: a shop, a workspace between it and the ERP, customers."""

    def __init__(self, friday: Friday, folder: Path, shop: Sandbox) -> None:
        self.friday = friday
        self.shop = shop
        self.erp_root = folder / "erp"
        lay_folders(self.erp_root)
        self.erp = Erp(self.erp_root)
        self.workspace = Workspace(
            Settings(
                home=folder / "ours",
                mappings=_mappings(folder / "mappings", is_lawful=friday.is_lawful),
                folder=self.erp_root,
                order_lag=0,
                commercetools=CommercetoolsConfig(
                    project_key=shop.project,
                    client_id=shop.client_id,
                    client_secret=shop.client_secret,
                    auth_url=shop.url,
                    api_url=shop.url,
                    concurrency=20,
                ),
            )
        )
        # Chance makes a workload here, no secret.
        self.dice = Random(friday.seed)  # noqa: S311
        depots = [f"{number:03}" for number in (1, *range(101, 100 + friday.depots))]
        skus = [f"BF-{number:05}" for number in range(friday.skus)]
        self.told = Told(Books(depots, skus, Random(friday.seed + 1)))  # noqa: S311
        self.counted_at = datetime.now(UTC)
        self.over = False
        self.carried = asyncio.Event()
        # Customers wait for themselves, not for threads that the runs want.
        self.doors = ThreadPoolExecutor(_CUSTOMERS, thread_name_prefix="customer")

    async def live(self) -> Told:
        """Open the shop with its stock and catalogue, then let everybody do what they do."""
        await self._open()
        began = time.monotonic()
        at_work = [
            asyncio.create_task(self._catalogue()),
            asyncio.create_task(self._each_minute(self._export)),
            asyncio.create_task(self._each_minute(self._count)),
        ]
        for task in at_work:
            # None ends before the day does, but by an error: that is raised in the evening.
            task.add_done_callback(lambda _: self.carried.set())
        try:
            await asyncio.gather(*(self._customers(began, part) for part in range(_CUSTOMERS)))
        finally:
            self.over = True
            self.doors.shutdown()
            await asyncio.gather(*at_work)
        await self._export()
        self.told.duplicates = len(self.erp.duplicates)
        return self.told

    async def _open(self) -> None:
        async with self.workspace.client() as client:
            await ensure(client, load_model(_ROOT / "mappings" / "commercetools" / "model.yaml"))
        self.house = House.invent(seed=7, styles=self.friday.styles, stores=1)
        self._drop("CATEG_FR", day=1, sequence=1)
        await self._carry("categories-fr")
        self.counted_at = datetime.now(UTC)
        self.told.books.count(self.erp_root / "out" / "stock", self.counted_at, full=True)
        await self._carry("stock")

    def _drop(self, name: str, *, day: int, sequence: int) -> None:
        feed = feed_of(name)
        later = self.house.books.today + timedelta(days=sequence - 1)
        sheet = self.house.day(day).sheet(feed, mode=Mode.FULL)
        drop(replace(sheet, sequence=sequence, day=later, named_on=later), self.erp_root / feed.folder)

    async def _carry(self, feed: str) -> RunReport:
        report = await run_feed(self.workspace, feed, RunOptions(override_guard="a day of bursts"))
        # Products may name others that this small catalogue has not: those wait, which is no trouble here.
        waits = feed == "products-fr" and report.outcome == "completed_with_rejects"
        if report.outcome != "succeeded" and not waits:
            self.told.troubles.append(f"{feed}: {report.outcome} {report.message} {report.rejects[:3]}")
        return report

    # What runs beside each other.

    async def _each_minute(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Act once in each interval, at once when the last act took longer."""
        while not self.over:
            started = time.monotonic()
            await act()
            left = self.friday.interval - (time.monotonic() - started)
            while left > 0 and not self.over:
                await asyncio.sleep(min(left, 0.2))
                left = self.friday.interval - (time.monotonic() - started)

    async def _export(self) -> None:
        await self._carry("orders-out")
        taken = await asyncio.to_thread(self.erp.take_orders)
        now = datetime.now(UTC)
        for order in taken.orders:
            placed = self.told.placed[order.number]
            self.told.taken[order.number] = (now - placed.at).total_seconds()
            self.told.books.put_aside(placed)
        self.told.peaks.append(peak_mb())

    async def _count(self) -> None:
        books = self.told.books
        for _ in range(self.friday.skus // 20):
            books.receive(Place(self._sku(), self.dice.choice(books.depots)), 1)
        at = datetime.now(UTC)
        self.told.stock_records += books.count(self.erp_root / "out" / "stock", at)
        report = await self._carry("stock")
        if report.outcome == "succeeded":
            self.counted_at = at
        self.told.stock_delays.append((datetime.now(UTC) - at).total_seconds())
        self._note_round()

    async def _catalogue(self) -> None:
        day = 1
        while not self.over:
            await asyncio.to_thread(self._drop, "ARTICLES_FR", day=1 + day % 2, sequence=day)
            await self._carry("products-fr")
            self.told.catalogue_files += 1
            self._note_round()
            day += 1

    def _note_round(self) -> None:
        if min(self.told.catalogue_files, len(self.told.stock_delays)) >= _ROUNDS:
            self.carried.set()

    # Customers.

    def _sku(self) -> str:
        """A SKU; some are wanted by many."""
        skus = self.told.books.skus
        return skus[int(len(skus) * self.dice.random() ** 3)]

    async def _customers(self, began: float, part: int) -> None:
        """Order one after the other when it is time; a fourth of the minutes are bursts."""
        noon = self.friday.minutes * self.friday.interval / 2
        for moment, number in self._moments()[part::_CUSTOMERS]:
            wait = began + moment - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if moment >= noon:
                began += await self._twice_carried()
            if self.dice.random() < 0.3:
                stores = self.told.books.depots[1:]
                self.told.books.sell_at_till(Place(self._sku(), self.dice.choice(stores)), datetime.now(UTC))
            for _ in range(_TRIES):
                if await self._bought(number):
                    break
            else:
                self.told.gave_up += 1

    async def _twice_carried(self) -> float:
        """Wait until stock and catalogue were carried often enough; tell how long that took."""
        if self.carried.is_set():
            return 0.0
        began = time.monotonic()
        await self.carried.wait()
        return time.monotonic() - began

    def _moments(self) -> list[tuple[float, int]]:
        weights = [_BURST if minute % 4 == 1 else 1 for minute in range(self.friday.minutes)]
        # The same for all customers: each takes a part.
        dice = Random(self.friday.seed + 2)  # noqa: S311
        minutes = dice.choices(range(self.friday.minutes), weights, k=self.friday.orders)
        moments = sorted((minute + dice.random()) * self.friday.interval for minute in minutes)
        return [(moment, number) for number, moment in enumerate(moments, 1)]

    async def _bought(self, number: int) -> bool:
        """Order something; tell whether the shop had it."""
        books = self.told.books
        depot = books.depots[0] if self.dice.random() < 0.7 else self.dice.choice(books.depots[1:])
        bought = {Place(self._sku(), depot): self.dice.randint(1, 2) for _ in range(self.dice.randint(1, 2))}
        name = f"BF-{number:06}"
        order = Ordered(name, datetime.now(UTC), self.counted_at, tuple(bought.items()))
        # Known before it is placed: it may leave before the answer is here.
        self.told.placed[name] = order
        try:
            await asyncio.get_running_loop().run_in_executor(
                self.doors, self.shop.control, "POST", f"/{self.shop.project}/orders", _draft(order)
            )
        except PasserelleError as error:
            if "OutOfStock" not in str(error):
                raise
            del self.told.placed[name]
            self.told.refused += 1
            return False
        return True


def _draft(order: Ordered) -> dict[str, Any]:
    pieces = sum(count for _, count in order.lines)
    return {
        "orderNumber": order.number,
        "totalPrice": _euro(1000 * pieces),
        "orderState": "Open",
        "paymentState": "Paid",
        "country": "FR",
        "inventoryMode": "ReserveOnOrder",
        "lineItems": [
            {
                "name": {"fr-FR": place.sku},
                "variant": {"sku": place.sku},
                "quantity": count,
                "price": {"value": _euro(1000)},
                "supplyChannel": {"typeId": "channel", "key": f"depot-{place.depot}"},
            }
            for place, count in order.lines
        ],
        "shippingAddress": {"country": "FR", "lastName": "Quénard", "city": "Lyon"},
    }


def _euro(cents: int) -> dict[str, Any]:
    return {"currencyCode": "EUR", "centAmount": cents}


def _mappings(folder: Path, *, is_lawful: bool) -> Path:
    """The project's mappings, with a piece of each store kept back; or with nothing said of stock at all."""
    source = _ROOT / "mappings"
    for path in source.rglob("*"):
        if path.is_file() and path.suffix in {".yaml", ".csv"}:
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    stock = folder / "erp" / "stock.yaml"
    said = yaml.safe_load(stock.read_text("utf-8"))
    said["stock"]["categories"]["store"]["buffer"] = _BUFFER
    if not is_lawful:
        del said["stock"], said["codes"]["selling"]
    stock.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
    return folder

"""What an order costs in calls, counted step by step and held against docs/reference/order-calls.md."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest

from passerelle.retailer import Split

from .test_order_handling import Tray, export, telling, told
from .till import Till

PAGE = Path(__file__).parents[3] / "docs/reference/order-calls.md"
#: One more than the smallest page, so that a page more shows.
ORDERS = 201

#: Step, and what the page says of it: reads in words, writes, calls an order.
ROWS = {
    cells[0]: cells[1:4]
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("| ")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
    if cells[0] != "step"
}


def written(step: str) -> tuple[int, int]:
    """Reads and writes of a step for `ORDERS` orders, as the page has it."""
    reads, writes, _ = ROWS[step]
    pages = [int(size) for size in re.findall(r"one for (\d+)", reads)]
    return sum(math.ceil(ORDERS / size) for size in pages), int(writes) * ORDERS if writes.isdigit() else 0


class Meter:
    """Counts the calls of one project about orders and messages since the last look, the others apart."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self.others: Counter[str] = Counter()

    def begin(self) -> None:
        """Count anew; what was placed by the shop's own customers is no call of ours."""
        self._till.sandbox.reset_stats()
        self.others.clear()

    def read(self) -> Counter[str]:
        """Give the calls by what they asked: `orders by time`, `orders by id`, `orders by number`, ..."""
        found: Counter[str] = Counter()
        for entry in self._till.sandbox.log(2_000):
            path = entry["path"].removeprefix(f"/{self._till.project}/")
            if path == entry["path"]:
                continue
            kind = path.partition("/")[0]
            if kind not in {"orders", "messages"}:
                self.others[kind] += 1
            elif entry["method"] == "POST":
                found["write"] += 1
            else:
                found[f"{kind} {_asked(entry['query'])}"] += 1
        return found


def _asked(query: str) -> str:
    for word, how in (("orderNumber", "by number"), ("createdAt", "by time"), ("id+in", "by id")):
        if word in query or word.replace("+", "%20") in query:
            return how
    return "otherwise"


def test_the_last_column_is_the_sum_of_the_others() -> None:
    """Worked out from the page sizes: a read that so many orders share is a part of a call for each."""
    for step, (reads, writes, each) in ROWS.items():
        shares = sum(1 / int(size) for size in re.findall(r"one for (\d+)", reads))
        assert float(each) == pytest.approx(shares + (int(writes) if writes.isdigit() else 0), abs=0.0005), (
            step
        )


async def test_each_step_costs_what_the_page_says(till: Till) -> None:
    """201 orders from the shop to the ERP and back: reads by page, writes by order, and nothing else."""
    meter = Meter(till)
    await telling(till)
    for _ in range(ORDERS):
        till.place(paid=False)
    meter.begin()
    await till.run()
    met = meter.read()
    assert (met["orders by time"], 0) == written("collected")
    assert met["messages by time"] + met["orders by id"] == written("told by a message")[0]
    assert met.total() == written("collected")[0] + written("told by a message")[0]
    # Nothing left, nothing was marked: the export channel is read once.
    assert (meter.others, written("let through")) == ({"channels": 1}, (0, 0))

    meter.begin()
    assert (await till.run()).unchanged == ORDERS
    waiting = meter.read()
    assert (waiting["orders by number"], waiting["write"]) == written("waiting, each run")

    till.say(messages=False, gates={"payment_states": ["Paid", "Pending"]})
    meter.begin()
    report = await till.run()
    assert (report.created, report.updated) == (ORDERS, ORDERS)
    left = meter.read()
    assert (0, left["write"]) == written("marked")
    # The file itself asks nothing of the shop; what waited was read as in any run.
    assert written("exported") == (0, 0)
    assert left.total() == ORDERS + written("waiting, each run")[0] + left["orders by time"]
    assert meter.others == {"channels": 2}

    till.erp.take_orders()
    for step, feed, act in (
        ("acknowledged", "order-acks", till.erp.acknowledge),
        ("shipped", "shipments", lambda: till.erp.ship(Split.WHOLE)),
    ):
        act()
        meter.begin()
        assert (await till.run(feed)).created == ORDERS
        back = meter.read()
        assert (back["orders by number"], back["write"]) == written(step)
        assert back.total() == sum(written(step))
        assert meter.others == {"channels": 1}


async def test_a_notification_costs_what_the_page_says(till: Till) -> None:
    """The payload is not trusted: the orders are read, many in a call."""
    meter = Meter(till)
    tray = Tray(*(told(till.place(paid=False)) for _ in range(ORDERS)))
    meter.begin()
    await export(till, tray)
    told_by_queue = meter.read()
    assert (told_by_queue["orders by id"], told_by_queue["write"]) == written("told by a notification")


async def test_a_page_of_orders_is_as_large_as_the_page_says(till: Till) -> None:
    """Collecting asks for so many at once."""
    till.place(paid=False)
    till.sandbox.reset_stats()
    await till.run()
    [asked] = [one for one in till.sandbox.log(100) if one["path"] == f"/{till.project}/orders"]
    [size] = re.findall(r"one for (\d+)", ROWS["collected"][0])
    assert f"limit={size}&" in f"{asked['query']}&"

"""The sheet of a reconciliation: each order once, with all that is said of it, in flat memory."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from passerelle.feeds.reconciling.rules import Difference, ShopOrder
from passerelle.feeds.reconciling.sheet import Count, Sheet
from passerelle.records import OrderStatement
from tests.memory import allocated, alone

ORDER = ShopOrder(
    number="W-1",
    id="id-1",
    created_at=datetime(2026, 11, 2, tzinfo=UTC),
    state="Open",
    shipment=None,
    payment=None,
    amount=100,
    currency="EUR",
)


def test_each_order_comes_once_with_all_that_is_said_of_it(tmp_path: Path) -> None:
    """Sides that were written in any order meet by number; an ERP may say an order twice."""
    twice = OrderStatement(order_number="W-2", erp_number="C-1")
    with Sheet(tmp_path) as sheet:
        sheet.put("erp", [("W-2", twice), ("W-1", OrderStatement(order_number="W-1")), ("W-2", twice)])
        sheet.put("shop", [("W-1", ORDER)])
        met = {
            one.number: (one.shop is not None, one.ledger is not None, len(one.erp)) for one in sheet.sides()
        }
    assert met == {"W-1": (True, False, 1), "W-2": (False, False, 2)}
    assert list(tmp_path.iterdir()) == []


def test_counts_add_up_by_side_state_and_currency(tmp_path: Path) -> None:
    """Amounts of two currencies are never one sum."""
    with Sheet(tmp_path) as sheet:
        sheet.count("shop", [("Open", "EUR", 100), ("Open", "PLN", 7), ("Open", "EUR", 0)])
        sheet.count("ledger", [("waits", None, None)])
        assert sheet.counts() == [
            Count("shop", "Open", "EUR", 2, 100),
            Count("shop", "Open", "PLN", 1, 7),
            Count("ledger", "waits", "", 1, 0),
        ]


def test_differences_are_found_by_kind_and_by_repair(tmp_path: Path) -> None:
    """What will be gone tomorrow is told, and is not grave."""
    found = [
        Difference(number="W-1", code="one", cause="x", repair="collect"),
        Difference(number="W-2", code="two", cause="x", grave=False),
        Difference(number="W-3", code="one", cause="x"),
    ]
    with Sheet(tmp_path) as sheet:
        sheet.tell(found)
        assert sheet.codes() == {"one": 2, "two": 1}
        assert sheet.grave() == 2
        assert [one.number for one in sheet.found(code="one")] == ["W-1", "W-3"]
        assert list(sheet.found(repair="collect")) == found[:1]
        assert [one.number for one in sheet.found(limit=2)] == ["W-1", "W-2"]


def peak_of_a_day(workdir: str, orders: int) -> int:
    """Write and read a day of so many orders and give the most bytes that Python held."""

    def day(orders: int) -> None:
        with Sheet(Path(workdir)) as sheet:
            for begin in range(0, orders, 100):
                page = [f"W-{number}" for number in range(begin, begin + 100)]
                sheet.put(
                    "shop", [(number, msgspec.structs.replace(ORDER, number=number)) for number in page]
                )
            assert sum(1 for _ in sheet.sides()) == orders

    day(500)  # what is loaded once
    return allocated(lambda: day(orders))


def test_a_long_day_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """Of ten thousand orders Python holds no more at any time than a page of them."""
    # A page and the order in hand, not the day: its records alone are over two million bytes.
    assert alone(peak_of_a_day, str(tmp_path), 10_000) < 200_000

"""Reconciling one order: each thing that can differ is told once, with a cause and the way to mend it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError
from passerelle.feeds.reconciling.comparing import day_window
from passerelle.feeds.reconciling.rules import Difference, ShopOrder, Sides, differences
from passerelle.ledger import ReckonedOrder
from passerelle.records import Money, OrderStatement

DAY = date(2026, 11, 2)
PLACED = datetime(2026, 11, 2, 10, tzinfo=UTC)
LISTED = datetime(2026, 11, 3, 3, tzinfo=UTC)

SHOP = ShopOrder(
    number="W-1",
    id="id-1",
    created_at=PLACED,
    state="Confirmed",
    shipment=None,
    payment="Paid",
    amount=5990,
    currency="EUR",
)
LEDGER = ReckonedOrder(
    id=1,
    number="W-1",
    shop_id="id-1",
    created_at=PLACED,
    destination="orders-out",
    kind="delivery",
    total=5990,
    currency="EUR",
    revision=1,
    order_state="Confirmed",
    shipment_state=None,
    payment_state=None,
    erp_number="C-1",
    dirty=0,
    export="done",
    export_at=PLACED + timedelta(minutes=5),
    code="",
    reason="",
    file="CMDWEB_00001_20261102.xml",
)
ERP = OrderStatement(
    order_number="W-1",
    erp_number="C-1",
    state="confirmed",
    amount=Money(5990, "EUR"),
    revision=1,
    placed_on="2026-11-02",
)
_NONE: dict[str, Any] = {}


def told(
    shop: dict[str, Any] | None = _NONE,
    ledger: dict[str, Any] | None = _NONE,
    *erp: dict[str, Any],
    listed: datetime | None = LISTED,
) -> list[Difference]:
    """What differs when each side says something else than that all is well; None: it has no such order."""
    sides = Sides(
        number="W-1",
        shop=None if shop is None else msgspec.structs.replace(SHOP, **shop),
        ledger=None if ledger is None else msgspec.structs.replace(LEDGER, **ledger),
        erp=tuple(msgspec.structs.replace(ERP, **one) for one in erp),
    )
    return list(differences(sides, day=DAY, stated_at=listed))


def test_where_all_say_the_same_nothing_is_told() -> None:
    """Three sides that agree are silent."""
    assert told({}, {}, {}) == []


@pytest.mark.parametrize(
    ("shop", "ledger", "erp", "code", "cause", "repair"),
    [
        ({}, None, [], "missing_in_ledger", "not_collected", "collect"),
        ({"has_number": False}, None, [], "missing_in_ledger", "no_number", None),
        (None, {}, [{}], "missing_in_shop", "deleted", None),
        ({}, {"erp_number": None}, [], "missing_in_erp", "never_answered", "export"),
        ({}, {}, [], "missing_in_erp", "accepted_and_not_listed", "export"),
        ({}, {}, [{}, {"erp_number": "C-2"}], "twice_in_erp", "two_numbers", None),
        ({}, {}, [{}, {}], "twice_in_erp", "listed_twice", None),
        (None, None, [{}], "only_in_erp", "unknown_to_us", None),
        ({}, {}, [{"amount": Money(5000, "EUR")}], "amount_differs_in_erp", "changed_in_erp", None),
        ({}, {"revision": 2}, [{"amount": Money(1, "EUR")}], "amount_differs_in_erp",
         "change_not_taken", None),
        ({}, {}, [{"amount": Money(5990, "PLN")}], "amount_differs_in_erp", "changed_in_erp", None),
        ({"amount": 0}, {}, [{}], "amount_differs_in_shop", "not_read_again", "collect"),
        ({"state": "Open"}, {"dirty": 3}, [{}], "state_differs_in_shop", "not_shown_yet", "project"),
        ({"state": "Open"}, {}, [{}], "state_differs_in_shop", "changed_in_shop", "project"),
        ({}, {"payment_state": "Pending"}, [{}], "state_differs_in_shop", "changed_in_shop", "collect"),
        ({}, {}, [{"state": "shipped"}], "state_differs_in_erp", "message_lost", "replay"),
        ({}, {}, [{"state": "cancelled"}], "state_differs_in_erp", "cancelled_on_one_side",
         "replay"),
        ({}, {}, [{"erp_number": "C-7"}], "erp_number_differs", "answer_not_heard", None),
        ({"state": "Open"}, {"export": "pending", "order_state": "Open", "file": None}, [],
         "paid_and_waiting", "export_pending", None),
        ({"payment": "Pending", "state": "Open"}, {"refused": True, "order_state": "Open"}, [], "refused",
         "refused_by_erp", "export"),
        ({"payment": "Pending", "state": "Open"}, {"refused": True, "order_state": "Open"},
         [{"state": "refused"}], "refused", "refused_by_erp", "export"),
        ({"payment": None}, {"export": "pending", "file": None}, [{}], "not_sent_and_in_erp",
         "sent_by_other_way", None),
    ],
)  # fmt: skip
def test_each_difference_has_its_cause_and_what_mends_it(
    shop: dict[str, Any] | None,
    ledger: dict[str, Any] | None,
    erp: list[dict[str, Any]],
    code: str,
    cause: str,
    repair: str | None,
) -> None:
    """One thing is apart: that is told, and nothing else."""
    assert [(one.code, one.cause, one.repair) for one in told(shop, ledger, *erp)] == [(code, cause, repair)]


def test_what_left_after_the_list_was_written_is_not_missed() -> None:
    """An ERP cannot list what it did not have yet."""
    assert told({}, {"export_at": LISTED + timedelta(seconds=1)}) == []


def test_without_a_list_nothing_is_said_of_the_erp() -> None:
    """Nobody is accused by silence."""
    assert told({}, {}, listed=None) == []


def test_news_that_the_list_is_too_old_for_are_not_grave() -> None:
    """What we know to be further on than the list will be there tomorrow."""
    (found,) = told({"shipment": "Shipped"}, {"shipment_state": "Shipped"}, {"state": "confirmed"})
    assert (found.cause, found.grave, found.repair) == ("list_is_older", False, None)


def test_an_order_that_the_erp_cancelled_and_took_again_is_there_once() -> None:
    """What is over counts for no second order."""
    assert told({}, {}, {"erp_number": "C-0", "state": "cancelled"}, {}) == []


def test_a_reservation_is_in_no_list_of_orders() -> None:
    """Stores hold it; no ERP has it, and nobody misses it there."""
    assert told({}, {"kind": "reservation", "order_state": "Confirmed"}) == []


def test_an_order_of_another_day_is_left_to_that_day() -> None:
    """The list holds many days; only one is compared."""
    assert told(None, None, {"placed_on": "2026-11-01"}) == []


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 11, 2), 24)]
)
def test_a_day_has_the_hours_that_the_clocks_give_it(day: date, hours: int) -> None:
    """The days on which clocks change are longer and shorter, and nothing falls between two."""
    begin, end = day_window(day, "Europe/Paris")
    assert end - begin == timedelta(hours=hours)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 30)))
def test_days_follow_each_other_without_a_gap(day: date) -> None:
    """The end of each is the begin of the next."""
    assert day_window(day, "Europe/Paris")[1] == day_window(day + timedelta(days=1), "Europe/Paris")[0]


def test_a_zone_that_is_none_is_refused() -> None:
    """The message names what would be one."""
    with pytest.raises(ConfigError, match="Europe/Paname"):
        day_window(DAY, "Europe/Paname")

"""Reconciliation: one day's orders in shop, ledger and ERP, counted and compared order by order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ...commercetools import Client
from ...commercetools.http.predicates import quoted
from ...commercetools.planning.wire import instant, moment
from ...errors import ConfigError, Fault, FileRefused
from ...ledger import Ledger, MetOrder
from ..workspace import Workspace
from .rules import Difference, ShopOrder, Sides, differences, stated
from .sheet import Count, Sheet
from .statement import Statement, statement_for

__all__ = ["Reconciliation", "day_window", "reconciled"]

#: Orders read together of the ledger, and orders that only the ERP has, asked about together.
_TOGETHER = 1000
_ASKED_ABOUT = 100
#: Faults of the ERP's list that are told one by one.
_NAMED = 20


class Reconciliation(msgspec.Struct, kw_only=True):
    """What came of it. `sheet` holds the differences, as long as the block of `reconciled` lasts.

    `statement` is the ERP's list that was compared, written at `stated_at`; None when there is none, and
    then nothing is said of the ERP. `unreadable` counts records of it that could not be read.
    """

    day: date
    zone: str
    since: datetime
    until: datetime
    sheet: Sheet
    statement: str | None = None
    stated_at: datetime | None = None
    unreadable: int = 0
    faults: tuple[str, ...] = ()

    @property
    def counts(self) -> list[Count]:
        """Orders and amounts by side and state."""
        return self.sheet.counts()

    @property
    def agrees(self) -> bool:
        """Tell whether nothing is left to a person: no grave difference, and a list that was read whole."""
        return not self.sheet.grave() and not self.unreadable


def day_window(day: date, zone: str) -> tuple[datetime, datetime]:
    """Give the begin of a day and of the next one in UTC, also where a day has 23 or 25 hours.

    Raises:
        ConfigError: there is no such zone.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"{zone!r} is no time zone", advice="Give one such as Europe/Paris") from error
    begin, end = (
        datetime.combine(one, time(), tzinfo=place).astimezone(UTC) for one in (day, day + timedelta(days=1))
    )
    return begin, end


@asynccontextmanager
async def reconciled(
    workspace: Workspace,
    day: date,
    *,
    zone: str = "Europe/Paris",
    named: Path | None = None,
) -> AsyncIterator[Reconciliation]:
    """Compare the orders that were placed on a day; nothing is written anywhere but on a scratch sheet.

    `named` is a file of the ERP's list to use instead of the newest one in its folder. The three sides are
    read one after the other, page by page: what moves meanwhile may look different once.

    Raises:
        ConfigError, Retriable, Fatal: the settings, the shop or the partner's folder do not allow it.
        FileRefused: the ERP's list is cut short or contradicts itself.
    """
    since, until = day_window(day, zone)
    with Sheet(workspace.workdir("reconcile")) as sheet, workspace.ledger() as ledger:
        done = Reconciliation(day=day, zone=zone, since=since, until=until, sheet=sheet)
        async with workspace.client() as client, statement_for(workspace, day, named=named) as statement:
            if statement is not None:
                await asyncio.to_thread(_read_statement, statement, done)
            async for whole in _shop_pages(client, since, until):
                page = _without_others(ledger, whole)
                sheet.put("shop", [(order.number, order) for order in page])
                sheet.count("shop", [(order.state, order.currency, order.amount) for order in page])
            await asyncio.to_thread(_read_ledger, ledger, done)
            await _compare(done, client, ledger)
        yield done


async def _shop_pages(client: Client, since: datetime, until: datetime) -> AsyncIterator[list[ShopOrder]]:
    """Read the shop's orders of a window, page by page behind the last id."""
    where = f"createdAt >= {quoted(instant(since))} and createdAt < {quoted(instant(until))}"
    page: list[ShopOrder] = []
    async for body in client.query("orders", where):
        page.append(_shop_order(body))
        if len(page) >= client.config.page_size:
            yield page
            page = []
    if page:
        yield page


def _without_others(ledger: Ledger, page: list[ShopOrder]) -> list[ShopOrder]:
    """Leave out what was placed elsewhere: the shop shows it, and nobody here sold it."""
    met = [MetOrder(one.number, one.id, one.amount, one.currency) for one in page]
    others = ledger.placed_orders.among(met)
    return [one for one in page if one.number not in others]


def _shop_order(body: dict[str, Any]) -> ShopOrder:
    total = body["totalPrice"]
    return ShopOrder(
        number=body.get("orderNumber") or body["id"],
        id=body["id"],
        created_at=moment(body["createdAt"]),
        state=body["orderState"],
        shipment=body.get("shipmentState"),
        payment=body.get("paymentState"),
        amount=total["centAmount"],
        currency=total["currencyCode"],
        has_number=bool(body.get("orderNumber")),
    )


def _read_ledger(ledger: Ledger, done: Reconciliation) -> None:
    after: tuple[datetime, int] | None = None
    while page := ledger.order_reckoning.page(done.since, done.until, after=after, limit=_TOGETHER):
        after = (page[-1].created_at, page[-1].id)
        done.sheet.put("ledger", [(order.number, order) for order in page])
        done.sheet.count(
            "ledger", [(stated(order) or "waits", order.currency, order.total) for order in page]
        )


def _read_statement(statement: Statement, done: Reconciliation) -> None:
    faults: list[Fault] = []
    day = done.day.isoformat()
    count = 0
    for record in statement.records(faults):
        count += 1
        # Orders of other days stay: who places an order at midnight on another day has it all the same.
        done.sheet.put("erp", [(record.order_number, record)])
        if record.placed_on in (None, day):
            amount = record.amount
            told = (None, 0) if amount is None else (amount.currency, amount.cent_amount)
            done.sheet.count("erp", [(record.state or "—", *told)])
    if faults and not count:
        # Of a list in which nothing can be read every order would seem to be missing.
        raise FileRefused(faults[0])
    done.statement, done.stated_at = statement.name.name, statement.at
    done.unreadable, done.faults = len(faults), tuple(str(fault) for fault in faults[:_NAMED])


async def _compare(done: Reconciliation, client: Client, ledger: Ledger) -> None:
    strangers: list[tuple[Sides, Difference]] = []
    kept: list[Difference] = []
    for sides in done.sheet.sides():
        for found in differences(sides, day=done.day, stated_at=done.stated_at):
            if found.code == "only_in_erp":
                strangers.append((sides, found))
            else:
                kept.append(found)
        if len(kept) >= _TOGETHER:
            done.sheet.tell(kept)
            kept.clear()
        if len(strangers) >= _ASKED_ABOUT:
            done.sheet.tell(await _asked_about(strangers, client, ledger))
            strangers.clear()
    done.sheet.tell(kept)
    done.sheet.tell(await _asked_about(strangers, client, ledger))


async def _asked_about(
    strangers: Sequence[tuple[Sides, Difference]], client: Client, ledger: Ledger
) -> Iterator[Difference]:
    """Tell of orders that only the ERP has on this day: another day's are none, or the ledger lacks them."""
    numbers = [found.number for _, found in strangers]
    # What the ERP placed itself it may well have in its list.
    known = ledger.order_reckoning.known(numbers) | ledger.placed_orders.numbers(numbers)
    asked = {found.number: found for _, found in strangers if found.number not in known}
    bodies = await client.query_in("orders", "orderNumber", asked) if asked else []
    for order in map(_shop_order, bodies):
        asked[order.number] = msgspec.structs.replace(
            asked[order.number],
            code="missing_in_ledger",
            cause="not_collected",
            shop=order.state,
            shop_id=order.id,
            repair="collect",
        )
    return iter(asked.values())

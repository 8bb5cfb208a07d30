"""What `order` and `orders` do: read the ledger, print, write a page or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from rich.console import Console

from ...errors import ConfigError, Skippable
from ...feeds.orders.life_rules import read_life_rules
from ...feeds.settings import Settings
from ...ledger import KeptEdit, Ledger, OrderChoice, OrderLife, PlacedElsewhere
from ..page import write_page
from ..sheets import Block, Line, terminal
from ..words import Language, say
from .edit_views import edits_view
from .elsewhere import elsewhere_json, elsewhere_view
from .list_views import orders_view, overdue_view
from .views import life_json, life_view

__all__ = ["recompute", "show_order", "show_orders", "show_overdue"]


def show_order(number: str, *, html: Path | None, as_json: bool, lang: Language) -> None:
    """Show the life of an order.

    Raises:
        Skippable: the ledger does not know it; says which numbers are near, and what waits for it.
    """
    now = datetime.now(tz=UTC)
    with _ledger() as ledger:
        life = ledger.order_book.life(number)
        placed = ledger.placed_orders.get(number) if life is None else None
        if life is None and placed is None:
            raise _unknown(ledger, number, lang)
        edits = ledger.order_edits.of(number)
    if placed is not None:
        _show_elsewhere(placed, html=html, as_json=as_json, lang=lang)
    elif life is not None:
        _show_life(life, edits, html=html, as_json=as_json, lang=lang, now=now)


def _show_life(
    life: OrderLife,
    edits: Sequence[KeptEdit],
    *,
    html: Path | None,
    as_json: bool,
    lang: Language,
    now: datetime,
) -> None:
    if as_json:
        _print_json({**life_json(life, now=now), "edits": edits})
        return
    blocks = [*life_view(life, lang, now=now), *edits_view(edits, lang)]
    _show(blocks, html, say("order_title", lang, number=life.number), lang)


def show_overdue(*, store: str, limit: int, html: Path | None, as_json: bool, lang: Language) -> int:
    """Show what is late, and count it."""
    now = datetime.now(tz=UTC)
    with _ledger() as ledger:
        counts = ledger.order_book.overdue_counts(now, store=store or None)
        late = ledger.order_book.overdue(now, limit, store=store or None)
    if as_json:
        _print_json({"at": now, "counts": counts, "overdue": late})
    else:
        _show(overdue_view(late, counts, lang, now=now), html, "passerelle orders --overdue", lang)
    return sum(counts.values())


def show_orders(
    *,
    day: date | None,
    state: str,
    store: str,
    zone: str,
    limit: int,
    html: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Show counts and amounts of orders, and the first of them."""
    since, until = (None, None) if day is None else _window(day, zone)
    choice = OrderChoice(since=since, until=until, state=state or None, store=store or None)
    with _ledger() as ledger:
        counts = ledger.order_book.lists.counts(choice)
        rows = ledger.order_book.lists.rows(choice, limit=limit)
    if as_json:
        _print_json({"counts": counts, "orders": rows})
        return
    _show(orders_view(counts, rows, lang, shown=limit), html, "passerelle orders", lang)


def recompute(lang: Language) -> None:
    """Work out all orders that are not closed anew, and say how many."""
    with _ledger() as ledger:
        count = ledger.order_book.recompute_open()
    Console().print(terminal([Line(say("orders_recomputed", lang, count=count), "good")]))


def _show_elsewhere(placed: PlacedElsewhere, *, html: Path | None, as_json: bool, lang: Language) -> None:
    if as_json:
        _print_json(elsewhere_json(placed))
        return
    title = say("order_title", lang, number=placed.number)
    _show([*elsewhere_view(placed, lang)], html, title, lang)


@contextmanager
def _ledger() -> Iterator[Ledger]:
    """Open the ledger alone: the mappings and the shop's client are not needed, and cost half a second."""
    settings = Settings.load()
    with Ledger.open(settings.ledger_url, life=read_life_rules(settings.order_rules)) as ledger:
        yield ledger


def _window(day: date, zone: str) -> tuple[datetime, datetime]:
    """Give the begin of a day and of the next one, also where a day has 23 or 25 hours."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"{zone!r} is no time zone", advice="Give one such as Europe/Paris") from error
    begin = datetime.combine(day, time(), tzinfo=place)
    return begin.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), tzinfo=place).astimezone(
        UTC
    )


def _unknown(ledger: Ledger, number: str, lang: Language) -> Skippable:
    near = ", ".join(ledger.order_book.near(number)) or say("order_no_orders", lang)
    message = say("order_unknown", lang, number=number)
    waiting = ledger.order_book.parked_for(number)
    if waiting:
        first = waiting[0]
        where = f"{first.file or '—'}:{first.line}" if first.line is not None else first.file or "—"
        told = say("order_parked_for", lang, count=len(waiting), feed=first.feed, file=where)
        message = f"{message}: {told}"
    advice = say("order_unknown_advice", lang, near=near)
    return Skippable(message, code="unknown_order", advice=advice)


def _show(blocks: Sequence[Block], html: Path | None, title: str, lang: Language) -> None:
    if html is not None:
        write_page(html, title, blocks, lang=lang)
        return
    Console().print(terminal(blocks))


def _print_json(body: object) -> None:
    sys.stdout.write(msgspec.json.encode(body).decode() + "\n")

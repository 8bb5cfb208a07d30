"""Real processes carry out a plan together: the end is that of one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from subprocess import Popen

import pytest

from passerelle.commercetools import Client

from .conftest import MakeYard
from .yard import Yard, counts, dismiss, levels

LATENCY_MS = 100


def _twins(yards: MakeYard, url: str) -> tuple[Yard, Yard]:
    """Two yards of the same content: one for one process, one for several."""
    alone, together = yards(), yards(url)
    for yard in (alone, together):
        asyncio.run(yard.set_up())
    return alone, together


def _started(yard: Yard, feed: str, workers: list[Popen[str]], *, is_first: bool) -> Popen[str]:
    """Start a run while the shop is so slow that something is left to do when the workers look again.

    Of the first run each of them gets a part.
    """
    if is_first:
        return yard.start_helped("run", feed, "--parts", "4", "--json", by=workers, latency=LATENCY_MS)
    yard.shop.control("POST", "/latency", {"ms": LATENCY_MS})
    return yard.start_run(feed, parts=4)


def _prices(count: int, month: int) -> list[tuple[str, ...]]:
    """Two periods for each SKU; a month later the second one has to leave before the first one may come."""
    lines: list[tuple[str, ...]] = []
    for number in range(count):
        for which, starts in (("a", month), ("b", month + 1)):
            amount = f"{10 + number % 90}.90"
            days = f"2027{starts:02d}01", f"2027{starts:02d}28"
            lines.append((f"{number:05d}-{which}", f"S{number:05d}", amount, *days))
    return lines


def _tree(width: int) -> list[tuple[str, ...]]:
    """A tree of three levels, children before their parents."""
    leaves = [(f"c-{a}-{b}", f"C {a} {b}", f"b-{a}") for a in range(width) for b in range(width)]
    return [*leaves, *((f"b-{a}", f"B {a}", "root") for a in range(width)), ("root", "Root", "")]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_three_processes_do_what_one_does(
    yards: MakeYard, postgresql: Callable[[], str], database: str
) -> None:
    """Shop, ledger, before-images and report of three processes are those of one, for flat and other feeds.

    Stock that is created, then changed; prices that have to make way for each other; a tree whose children
    come before their parents.
    """
    alone, together = _twins(yards, postgresql() if database == "postgresql" else "")
    workers = [together.start_worker() for _ in range(2)]
    story: list[tuple[str, list[tuple[str, ...]]]] = [
        ("levels", levels(800, 5)),
        ("levels", levels(800, 7)),
        ("tariffs", _prices(300, 1)),
        ("tariffs", _prices(300, 2)),
        ("tree", _tree(17)),
    ]
    for sequence, (feed, lines) in enumerate(story, 1):
        number = sum(1 for name, _ in story[:sequence] if name == feed)
        for yard in (alone, together):
            yard.drop(feed, number, lines)
        wanted = alone.run_here(feed)
        assert wanted.outcome == "succeeded", wanted
        told = together.report(_started(together, feed, workers, is_first=sequence == 1))
        together.shop.control("POST", "/latency", {"ms": 0})
        assert {name: told[name] for name in counts(wanted)} == counts(wanted), told
        assert (told["outcome"], told["verified"]) == ("succeeded", wanted.verified), told
        assert together.dump() == alone.dump()
        assert together.memory() == alone.memory()
        assert together.images() == alone.images()
    dismiss(workers)


ORDERS = 800


def _drop_orders(yard: Yard, sequence: int, more: int = 0) -> None:
    """The old shop's export: orders of one piece each, `more` of them than before."""
    path = yard.home / "erp" / "out" / "past" / f"PAST_C_{sequence:05d}_20261101.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    orders = "".join(
        f"<ORDER><NUMBER>OLD-{number:04d}</NUMBER><PLACED>2024-03-01T10:30:00</PLACED>"
        f"<LINE><NAME>a shirt</NAME><PRICE>{10 + number % 90}.90</PRICE></LINE></ORDER>"
        for number in range(ORDERS + more)
    )
    path.write_text(f"<PAST>{orders}</PAST>", encoding="utf-8")
    path.with_suffix(".ok").touch()


async def _open_export(yard: Yard) -> None:
    async with Client(yard.config) as client:
        await client.create("channels", {"key": "erp", "roles": ["OrderExport"]})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_three_processes_import_orders_once(yards: MakeYard, postgresql: Callable[[], str]) -> None:
    """Orders placed elsewhere, shared out: each once, marked, and the sender's in the ledger."""
    alone, together = yards(), yards(postgresql())
    for yard in (alone, together):
        asyncio.run(_open_export(yard))
    workers = [together.start_worker() for _ in range(2)]
    for sequence, more in enumerate((0, 50), 1):
        for yard in (alone, together):
            _drop_orders(yard, sequence, more)
        wanted = alone.run_here("past")
        assert (wanted.outcome, wanted.created) == ("succeeded", more or ORDERS), wanted
        told = together.report(_started(together, "past", workers, is_first=sequence == 1))
        together.shop.control("POST", "/latency", {"ms": 0})
        assert {name: told[name] for name in counts(wanted)} == counts(wanted), told
        assert together.dump()["orders"] == alone.dump()["orders"]
        assert together.memory() == alone.memory()
    with alone.ledger() as one, together.ledger() as other:
        for number in (f"OLD-{number:04d}" for number in range(ORDERS + 50)):
            mine, theirs = one.placed_orders.get(number), other.placed_orders.get(number)
            assert mine is not None
            assert theirs is not None
            assert (theirs.state, theirs.total) == (mine.state, mine.total)
            assert theirs.shop_id is not None
    dismiss(workers)

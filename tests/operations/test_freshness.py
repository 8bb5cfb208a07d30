"""Freshness: what the ledger knows of arrivals, held against what the mappings expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from passerelle.ledger import Ledger, files, runs
from passerelle.ledger.files import FileState
from passerelle.mapping import Mapping, OutgoingMapping, load_feeds
from passerelle.operations.freshness import FeedFreshness, Sizes, freshness

STOCK = """\
feed: stock
title: {en: Stock, fr: Les stocks}
entity: stock
files: {folder: out, pattern: "S_{mode}_{sequence:3}.xml", modes: {C: full, D: delta}, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: [SKU, DEPOT]
expects:
  - {between: "05:00-06:30", mode: full}
  - {every: 10min, late_after: 20min, mode: delta}
fields:
  - {to: sku, from: SKU, required: true}
  - {to: supply_channel, from: DEPOT, required: true}
  - {to: quantity, from: Q, as: integer}
"""
PRICES = """\
feed: prices
entity: price
files: {folder: out, pattern: "P_{sequence:3}.xml", mode: full, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: SKU
fields:
  - {to: sku, from: SKU, required: true}
  - {to: value, money: {amount: P, currency: C, decimal: "1234.5"}}
"""
ORDERS = """\
feed: orders
entity: order
files: {folder: in, pattern: "O_{sequence:3}.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/O}}
expects: {every: 5min, late_after: 10min}
fields:
  - {to: NUMBER, from: order_number, required: true}
"""


class Clock:
    """The time, as the ledger and the tests see it; it goes on when it is told to."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 4, 10, tzinfo=dt.UTC)  # 05:10 in Paris, a Monday

    def __call__(self) -> dt.datetime:
        """Tell it."""
        return self.now

    def on(self, **span: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock in the place of the ledger's."""
    hands = Clock()
    for room in (files, runs):
        monkeypatch.setattr(room, "utc_now", hands)
    return hands


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened


@pytest.fixture
def mappings(tmp_path: Path) -> dict[str, Mapping | OutgoingMapping]:
    """Three feeds: one that is expected in two ways, one that is not, one that goes out."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name, text in (("stock", STOCK), ("prices", PRICES), ("orders", ORDERS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_feeds(folder)


Mappings = dict[str, Mapping | OutgoingMapping]


def run(ledger: Ledger, feed: str, file: str = "", mode: str = "full", state: FileState = "applied") -> None:
    """Let a run of a feed take a file."""
    started = ledger.runs.start(feed, mode="auto")
    if file:
        ledger.files.record(feed, file, f"sha-{file}", 10, mode=mode, state=state, run_id=started.id)
    ledger.runs.finish(started.id, "succeeded" if state == "applied" else "failed")


def of(feed: str, found: list[FeedFreshness]) -> FeedFreshness:
    """Pick one feed."""
    return next(one for one in found if one.feed == feed)


HOLIDAY = """\
expects: {between: "05:00-06:30", holidays: FR, closed: [2026-12-27, 2027-01-04..2027-01-05]}
"""


def test_a_public_holiday_is_no_lateness(ledger: Ledger, tmp_path: Path, clock: Clock) -> None:
    """On Christmas and on a closed day the board is calm, and says why in both languages; then it is not."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "prices.yaml").write_text(PRICES.replace("fields:", f"{HOLIDAY}fields:"), encoding="utf-8")
    mappings = load_feeds(folder)
    clock.now = dt.datetime(2026, 12, 24, 5, tzinfo=dt.UTC)
    run(ledger, "prices", "P_001.xml")
    stands = {}
    for day in (25, 26):
        clock.now = dt.datetime(2026, 12, day, 11, tzinfo=dt.UTC)
        stands[day] = of("prices", freshness(ledger, mappings, clock.now))
    assert {day: one.state for day, one in stands.items()} == {25: "fresh", 26: "late"}
    assert stands[25].why("en") == "The next one is expected between 26 Dec 05:00 and 06:30."
    closed = "2026-12-27, 2027-01-04..2027-01-05"
    assert stands[25].expects == {
        "en": (f"05:00-06:30 (Europe/Paris), not on public holidays (FR), closed {closed}",),
        "fr": (f"05:00-06:30 (Europe/Paris), sauf jours fériés (FR), fermé {closed}",),
    }
    run(ledger, "prices", "P_002.xml")
    clock.now = dt.datetime(2026, 12, 27, 11, tzinfo=dt.UTC)
    assert of("prices", freshness(ledger, mappings, clock.now)).state == "fresh"


def test_a_window_of_seconds_is_a_moment(ledger: Ledger, tmp_path: Path, clock: Clock) -> None:
    """A feed of every few seconds is not awaited between a minute and the same minute."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    often = "expects: {every: 5s, late_after: 10min}\nfields:"
    (folder / "prices.yaml").write_text(PRICES.replace("fields:", often), encoding="utf-8")
    mappings = load_feeds(folder)
    clock.now = dt.datetime(2026, 12, 1, 5, 0, 10, tzinfo=dt.UTC)
    run(ledger, "prices", "P_001.xml")
    one = of("prices", freshness(ledger, mappings, clock.now))
    assert one.why("en").startswith("The next one is expected at about 06:00")
    assert one.why("fr").startswith("Le prochain est attendu vers 06:00")


def test_a_feed_turns_late_when_its_file_does_not_come(
    ledger: Ledger, mappings: Mappings, clock: Clock
) -> None:
    """Fresh, awaited, late: with the moment since when, the SKUs that stand on it, and how old they are."""
    run(ledger, "stock", "S_C_001.xml")
    run(ledger, "stock", "S_D_002.xml", "delta")
    ledger.fingerprints.store("stock", [(f"{sku}|{depot}", b"r", b"s") for sku in "ab" for depot in "123"])
    assert of("stock", freshness(ledger, mappings, clock.now)).state == "fresh"
    clock.on(minutes=12)
    assert of("stock", freshness(ledger, mappings, clock.now)).state == "due"
    clock.on(hours=3)
    one = of("stock", freshness(ledger, mappings, clock.now))
    assert (one.state, one.records, one.skus) == ("late", 6, 2)
    assert one.late_since == dt.datetime(2026, 11, 23, 4, 40, tzinfo=dt.UTC)
    assert one.effect("en") == "2 SKUs on stock older than 3 h"
    assert one.effect("fr") == "2 SKU avec un stock de plus de 3 h"
    assert (
        one.why("fr") == "Il était attendu entre 05:10 et 05:20 et n'est pas arrivé : en retard depuis 05:40."
    )
    run(ledger, "stock", "S_D_003.xml", "delta")
    assert of("stock", freshness(ledger, mappings, clock.now)).state == "fresh"


def test_deltas_do_not_stand_for_the_full_file(ledger: Ledger, mappings: Mappings, clock: Clock) -> None:
    """Of several expectations the worst counts: deltas come all day, the full file of the night did not."""
    run(ledger, "stock", "S_C_001.xml")
    clock.on(days=1, hours=3)
    run(ledger, "stock", "S_D_002.xml", "delta")
    one = of("stock", freshness(ledger, mappings, clock.now))
    assert (one.state, one.late_since) == ("late", dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC))


def test_what_came_and_was_refused_is_stuck(ledger: Ledger, mappings: Mappings, clock: Clock) -> None:
    """A file that was refused is no late file: the partner sent it, and the shop still does not have it."""
    run(ledger, "stock", "S_C_001.xml")
    clock.on(days=1)
    run(ledger, "stock", "S_C_002.xml", state="refused")
    clock.on(hours=2)
    run(ledger, "stock", "S_D_003.xml", "delta")
    one = of("stock", freshness(ledger, mappings, clock.now))
    assert one.state == "stuck"
    assert one.late_since == dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)


def test_orders_are_late_when_no_run_ends_well(ledger: Ledger, mappings: Mappings, clock: Clock) -> None:
    """What goes out has no file to wait for: a run must end well, and a dry run is none."""
    run(ledger, "orders")
    clock.on(minutes=14)
    assert of("orders", freshness(ledger, mappings, clock.now)).state == "due"
    ledger.runs.finish(ledger.runs.start("orders", mode="dry_run").id, "succeeded")
    ledger.runs.finish(ledger.runs.start("orders", mode="auto").id, "failed")
    clock.on(minutes=16)
    one = of("orders", freshness(ledger, mappings, clock.now))
    assert (one.state, one.outcome) == ("late", "failed")
    assert one.effect("en") == "Orders have not left for 30 min: nobody prepares them"


def test_what_nobody_expects_and_what_never_ran(ledger: Ledger, mappings: Mappings, clock: Clock) -> None:
    """A mapping without `expects` is not watched; one that never ran is told as new, not as late."""
    found = freshness(ledger, mappings, clock.now)
    assert {one.feed: one.state for one in found} == {"stock": "new", "orders": "new", "prices": "unwatched"}
    assert [one.is_late for one in found] == [False] * 3
    assert all(one.why(lang) for one in found for lang in ("en", "fr"))


def test_late_feeds_come_first_and_may_be_chosen(ledger: Ledger, mappings: Mappings, clock: Clock) -> None:
    """The worst stands on top; `feeds` asks for some."""
    run(ledger, "orders")
    clock.on(hours=1)
    assert next(one.feed for one in freshness(ledger, mappings, clock.now)) == "orders"
    assert [one.feed for one in freshness(ledger, mappings, clock.now, feeds=["prices"])] == ["prices"]


def test_records_are_counted_once_a_run(ledger: Ledger, mappings: Mappings, clock: Clock) -> None:
    """A caller that asks again and again pays for a million rows once a run."""
    run(ledger, "stock", "S_C_001.xml")
    ledger.fingerprints.store("stock", [("a|1", b"r", b"s")])
    clock.on(hours=5)
    sizes = Sizes()
    assert of("stock", freshness(ledger, mappings, clock.now, sizes=sizes)).skus == 1
    ledger.fingerprints.store("stock", [("b|1", b"r", b"s")])
    assert of("stock", freshness(ledger, mappings, clock.now, sizes=sizes)).skus == 1
    run(ledger, "stock")
    assert of("stock", freshness(ledger, mappings, clock.now, sizes=sizes)).skus == 2

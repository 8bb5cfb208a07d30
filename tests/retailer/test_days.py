from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.retailer import FEEDS, Feed, House, Manifest, Mode
from passerelle.retailer.sheet import drop
from tests.retailer.reading import read

_EVERY_FEED = pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)


@_EVERY_FEED
@pytest.mark.parametrize("number", [2, 3])
def test_a_delta_holds_exactly_the_announced_keys(small: Manifest, feed: Feed, number: int) -> None:
    """The keys in a delta are those that its day announces, added and changed."""
    entry = next(e for e in small.files if e.feed == feed and e.sequence == number)
    assert entry.mode is Mode.DELTA
    assert set(read(entry.path).by_key()) == entry.changes.keys
    assert entry.changes.added.isdisjoint(entry.changes.changed)


@_EVERY_FEED
@pytest.mark.parametrize("number", [2, 3])
def test_a_night_changes_exactly_the_announced_keys(
    small: Manifest, tmp_path: Path, feed: Feed, number: int
) -> None:
    """Two fulls of successive days differ in the announced keys and nowhere else; nothing disappears."""
    house = small.house
    before, after = (
        read(drop(house.day(n).sheet(feed, mode=Mode.FULL), tmp_path).path).by_key()
        for n in (number - 1, number)
    )
    changes = house.day(number).changes[feed]
    assert after.keys() - before.keys() == changes.added
    assert before.keys() <= after.keys()
    assert {key for key in before if before[key] != after[key]} == changes.changed


@_EVERY_FEED
def test_the_deltas_lead_from_the_first_full_to_the_last(small: Manifest, tmp_path: Path, feed: Feed) -> None:
    """Full, delta, delta, applied in order, say what a full of the third day says."""
    known: dict[tuple[str, ...], bytes] = {}
    for entry in small.of(feed.name):
        known |= read(entry.path).by_key()
    last = drop(small.house.day(3).sheet(feed, mode=Mode.FULL), tmp_path)
    assert read(last.path).by_key() == known


@pytest.mark.parametrize("number", [2, 3])
def test_a_night_changes_about_two_percent(full_house: House, number: int) -> None:
    """Each price and stock delta changes 2 % of the records, each text delta 2 to 3 %, and adds a few."""
    for feed in FEEDS:
        day = full_house.day(number)
        total = len(full_house.day(number - 1).sheet(feed, mode=Mode.FULL).records)
        changes = day.changes[feed]
        assert changes.changed
        assert changes.added
        assert len(changes.changed) / total == pytest.approx(0.02, abs=0.007)
        assert len(changes.added) / total < 0.04


def test_a_new_category_has_a_style_from_its_first_day(full_house: House) -> None:
    """The branch that opens in a night is not empty in the morning."""
    for number in (2, 3):
        day = full_house.day(number)
        opened = [key[0] for feed, c in day.changes.items() if feed.name == "CATEG_FR" for key in c.added]
        assert opened
        shown = {code for style in day.books.styles.values() for code in style.families}
        assert set(opened) <= shown


def test_asking_for_a_later_day_first_changes_nothing() -> None:
    """Days do not depend on the order in which one asks for them."""
    one, two = (House.invent(seed=5, styles=10, stores=2) for _ in range(2))
    three = one.day(3).books
    two.day(2)
    assert two.day(3).books == three

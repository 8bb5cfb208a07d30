from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import Fault, Position
from passerelle.formats import Row
from passerelle.formats.batches import GivenRows
from passerelle.mapping.origins import AssembledRow, Found, Origin
from passerelle.sync.news import News, Novelty, Sighting

from .desk import Desk, line

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
values = st.recursive(
    st.one_of(st.none(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
numbers = st.integers(1, 2**62)
rows = st.builds(Row, st.dictionaries(texts, values, max_size=4), numbers, st.one_of(st.none(), numbers))
sightings = st.builds(Sighting, numbers, texts, st.binary(max_size=16), st.booleans())


@given(batches=st.lists(st.lists(st.tuples(sightings, rows), max_size=3), max_size=4))
def test_what_is_taken_is_what_was_added(batches: list[list[tuple[Sighting, Row]]]) -> None:
    """Groups, lists and nulls in the rows included, batch after batch; then nothing is held."""
    news = News()
    for batch in batches:
        kept = GivenRows([row for _, row in batch]).kept(range(len(batch)))
        news.add([seen for seen, _ in batch], kept)
    added = [Novelty(*one) for batch in batches for one in batch]
    assert len(news) == len(added)
    assert news.take() == added
    assert (len(news), news.take()) == (0, [])


def test_a_row_that_was_put_together_keeps_where_it_came_from() -> None:
    """A join's origins and faults are needed when the record is mapped, also when that is later."""
    found = Found.of({"PRICE": "1"}, Origin("prices.csv", 4, 5))
    joined, plain = AssembledRow({"SKU": "A", "PRICES": found}, 1, 2), Row({"SKU": "B"}, 2, 3)
    joined.faults = (Fault("missing_row", Position("prices.csv", 4, 5), None, "a row", "Ask for it"),)
    news = News()
    seen = [Sighting(1, "A", b"", is_new=True), Sighting(2, "B", b"", is_new=False)]
    news.add(seen, GivenRows([joined, plain]).kept([0, 1]))
    first, second = (one.row for one in news.take())
    assert isinstance(first, AssembledRow)
    assert first.faults == joined.faults
    assert first.values["PRICES"] is found
    assert second == plain


async def test_a_few_changes_in_each_of_many_batches_are_looked_up_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty batches of five, one record of each changed: the ledger is asked for ten of these at once."""
    await desk.carry([line(f"S{n:03d}", 1) for n in range(100)])
    asked: list[list[str]] = []
    fingerprints = desk.ledger.fingerprints
    look_up = fingerprints.lookup

    def noting(feed: str, keys: Any) -> Any:
        asked.append(list(keys))
        return look_up(feed, keys)

    monkeypatch.setattr(fingerprints, "lookup", noting)
    report = await desk.carry([line(f"S{n:03d}", 1 if n % 5 else 2) for n in range(100)], batch=5)
    assert (report.updated, report.unchanged, report.mapped) == (20, 80, 20)
    assert asked[:2] == [[f"S{n:03d}|001" for n in range(start, start + 50, 5)] for start in (0, 50)]

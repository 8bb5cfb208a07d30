"""Records that are kept past their batch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats import Chosen, Row, RowBatch
from passerelle.formats.batches import GivenRows, Parts


@given(sizes=st.lists(st.integers(0, 4), max_size=4), chosen=st.booleans(), data=st.data())
def test_what_is_kept_are_the_rows_in_the_order_that_was_asked(
    sizes: list[int], *, chosen: bool, data: st.DataObject
) -> None:
    """Of one batch or of several as one, of all of it or of what was chosen; one twice, too."""
    rows = [Row({"SKU": f"A{number}", "N": None}, number, None) for number in range(sum(sizes))]
    numbers = iter(rows)
    batch: RowBatch = Parts([GivenRows([next(numbers) for _ in range(size)]) for size in sizes])
    if chosen and rows:
        batch = Chosen(batch, data.draw(st.lists(st.integers(0, len(rows) - 1))))
    places = data.draw(st.lists(st.integers(0, len(batch) - 1))) if len(batch) else []
    kept, expected = batch.kept(places), [batch.row(place) for place in places]
    del batch
    assert kept() == expected

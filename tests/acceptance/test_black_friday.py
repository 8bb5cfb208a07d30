"""Black Friday, smaller still: `python -m bench black-friday` plays it with 20,000 orders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.black_friday import Friday, play

SMALL = Friday(orders=500, minutes=8, interval=4.0, skus=60, depots=41, styles=8)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_day_of_bursts_sells_nothing_that_is_not_there(tmp_path: Path) -> None:
    """Every order is with the ERP once; what was sold twice was sold by a till since the last count.

    Stock is carried while files of products are carried beside it. How soon is measured by the bench.
    """
    told = await play(SMALL, tmp_path)
    assert told.troubles == []
    assert len(told.placed) + told.gave_up == SMALL.orders
    assert told.refused > 0, "something is sold out, or nothing was tried"
    assert told.taken.keys() == told.placed.keys()
    assert told.duplicates == 0
    assert told.books.sold_at_tills > 0
    assert told.books.unexplained == 0
    assert told.catalogue_files >= 2
    assert len(told.stock_delays) >= 2
    assert told.stock_records > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_without_the_stock_law_pieces_are_sold_that_are_not_there(tmp_path: Path) -> None:
    """The day can fail: counts written as they come give back what was sold, and it is sold again."""
    told = await play(replace(SMALL, skus=15, reserved="leave", is_lawful=False), tmp_path)
    assert told.troubles == []
    assert told.books.unexplained > 0

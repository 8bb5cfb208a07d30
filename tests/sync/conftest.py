"""A desk of its own for each test of the sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Desk, category_shelf, mapping_of, open_ledger


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Stock, an empty ledger, an empty shop."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        yield Desk(ledger)


@pytest.fixture
def tree_desk(tmp_path: Path) -> Iterator[Desk]:
    """Categories, an empty ledger, an empty shop."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        yield Desk(ledger, mapping_of("categories-fr"), category_shelf())

"""A house of its own for each test of the feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from .house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An ERP that dropped nothing yet, an empty shop, nothing known."""
    return House(tmp_path)

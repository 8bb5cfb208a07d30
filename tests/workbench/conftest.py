"""What the tests of the workbench share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.workplace import Workplace


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A folder of its own for each test."""
    return Workplace(tmp_path)

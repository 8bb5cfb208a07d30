"""A fixed set of mutated files for every reader; `make fuzz` fires many more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from .__main__ import ALL
from .firing import Tally

ROOT = Path(__file__).resolve().parents[2]
FILES = 300
MEMORY = 300


@pytest.mark.parametrize("name", [case.name for case in ALL])
def test_no_mutated_file_breaks_a_reader(name: str) -> None:
    """Each file is read or refused within 2 s and 300 MB; each record is mapped or in quarantine."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, "--json", f"--files={FILES}"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    tally = msgspec.json.decode(done.stdout, type=Tally)
    assert tally.broken == []
    assert tally.files == FILES
    assert tally.rows == tally.mapped + tally.quarantined
    assert tally.mapped > 0, "a set in which nothing is ever mapped proves nothing"
    assert 0 < tally.refused < FILES
    assert tally.peak_mb < MEMORY

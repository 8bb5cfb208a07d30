"""Several ledgers on one file in one process: none takes the locks of another away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from passerelle.ledger import Ledger

#: SQLite's shared lock on a database file: held by every connection in WAL mode, so that nobody who closes
#: takes himself for the last one and drops the log.
TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except OSError:
        sys.exit(3)
"""


def _is_locked(path: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", TRY_LOCK, str(path)], check=False, timeout=60)
    assert done.returncode in {0, 3}
    return done.returncode == 3


def test_opening_a_ledger_again_leaves_the_locks_of_the_first(tmp_path: Path) -> None:
    """A process that waits with an open ledger and opens another must not corrupt the file."""
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}") as first:
        first.runs.last()
        assert _is_locked(path)
        with Ledger.open(f"sqlite:///{path}") as second:
            second.runs.last()
        first.runs.last()
        assert _is_locked(path)

"""Running the peers: each in a virtual environment of its own, CPU seconds of all its processes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["Job", "dlt_seconds", "singer_seconds"]

_HERE = Path(__file__).parent
_ENVIRONMENTS = _HERE.parent.parent / "build" / "peers"


class Job(NamedTuple):
    """A file of flat XML records, and what names a record."""

    path: Path
    record: str
    keys: Sequence[str]
    columns: Sequence[str]
    rows: int


def dlt_seconds(job: Job, folder: Path) -> float:
    """Merge the rows into DuckDB twice; give the CPU seconds of the second time, after all imports."""
    python = _environment("dlt")
    arguments = [python, _HERE / "dlt_stock.py", job.path, job.record, ",".join(job.keys), folder]
    settings = os.environ | {
        "DLT_DATA_DIR": str(folder),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(list(map(str, arguments)), check=True, capture_output=True, text=True, env=settings)
    told = json.loads(done.stdout.splitlines()[-1])
    _expect(told["rows"], job.rows, "dlt")
    return float(told["cpu"])


def singer_seconds(job: Job, folder: Path) -> float:
    """Pipe the rows from a tap into an empty SQLite database; CPU seconds of both processes."""
    python = _environment("singer")
    tap, target = folder / "tap.json", folder / "target.json"
    settings = {"path": str(job.path), "record": job.record, "keys": job.keys, "columns": job.columns}
    tap.write_text(json.dumps(settings))
    target.write_text(json.dumps({"path_to_db": str(folder / "stock.db")}))
    before = _children_seconds()
    with subprocess.Popen(
        [python, _HERE / "tap_stock.py", "--config", tap], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as source:
        done = subprocess.run(
            [python, _HERE / "sqlite_target.py", "--config", target],
            stdin=source.stdout,
            check=True,
            capture_output=True,
            text=True,
        )
    _expect(source.returncode, 0, "the tap's exit code")
    if f"{job.rows} records" not in done.stderr:
        raise SystemExit(f"the target did not take {job.rows} records: {done.stderr[-500:]}")
    return _children_seconds() - before


def _environment(name: str) -> Path:
    """Make the environment once, from its pinned requirements; give its interpreter."""
    place = _ENVIRONMENTS / name
    python = place / "bin" / "python"
    ready = place / "ready"
    requirements = _HERE / f"requirements-{name}.txt"
    if not ready.exists() or ready.read_text() != requirements.read_text():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "-q", "--clear", place], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, "-r", requirements], check=True)
        ready.write_text(requirements.read_text())
    return python


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _expect(received: int, wanted: int, what: str) -> None:
    if received != wanted:
        raise SystemExit(f"{what}: {received}, expected {wanted}")

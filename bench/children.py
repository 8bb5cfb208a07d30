"""Measuring in processes of their own: CPU seconds of the work alone, peak memory of the whole process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

__all__ = ["Cost", "costs_of", "report_costs"]


class Cost(NamedTuple):
    """CPU seconds (user and system) of the work after imports, wall seconds, peak memory in MB."""

    cpu: float
    wall: float
    peak_mb: float
    detail: dict[str, float]


def costs_of(module: str, *arguments: str | Path, timeout: float = 900) -> Cost:
    """Run `python -m module arguments…` and read the costs that it printed last."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout, cwd=root)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def report_costs(work: Callable[[], dict[str, float]]) -> None:
    """Do the work, then print what it cost as one line of JSON; for the measured process."""
    before, start = time.process_time(), time.perf_counter()
    detail = work()
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"cpu": cpu, "wall": wall, "peak_mb": peak, "detail": detail}) + "\n")

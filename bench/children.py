"""Measuring in processes of their own: CPU seconds of the work alone, peak memory of the whole process."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["Cost", "costs_of", "peak_mb", "report_costs"]


class Cost(NamedTuple):
    """CPU seconds (user and system) of the work after imports, wall seconds, peak memory in MB."""

    cpu: float
    wall: float
    peak_mb: float
    detail: dict[str, float]


def costs_of(
    module: str, *arguments: str | Path, timeout: float = 900, settings: Mapping[str, str] | None = None
) -> Cost:
    """Run `python -m module arguments…` and read the costs that it printed last.

    `settings` are variables of its environment beside those of this process.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    root = Path(__file__).parent.parent
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=root,
        env=os.environ | dict(settings or {}),
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}{done.stdout}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def report_costs(work: Callable[[], dict[str, float]]) -> None:
    """Do the work, then print what it cost as one line of JSON; for the measured process."""
    before, start = time.process_time(), time.perf_counter()
    detail = work()
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    sys.stdout.write(json.dumps({"cpu": cpu, "wall": wall, "peak_mb": peak_mb(), "detail": detail}) + "\n")


def peak_mb() -> float:
    """Give the peak memory of this program; what stood in the process before is not counted."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

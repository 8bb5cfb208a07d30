"""Memory, measured in a process of its own: no other test allocates there or reached a mark before."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
STATUS = Path("/proc/self/status")

needs_proc = pytest.mark.skipif(not STATUS.exists(), reason="needs /proc: a Linux kernel")


def alone(function: Callable[..., T], *args: object) -> T:
    """Call a function of a test's module in a new process; what it takes and gives is plain JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.memory", f"{function.__module__}:{function.__qualname__}"],
        input=json.dumps(args),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    given: T = json.loads(done.stdout)
    return given


def allocated(work: Callable[[], object]) -> int:
    """Do the work and give the most bytes that Python held for it at one time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def high_water() -> int:
    """Give the most bytes of memory that this process ever had.

    Not `ru_maxrss`: that begins with the mark of the process that started this one.
    """
    (mark,) = re.findall(r"VmHWM:\s*(\d+) kB", STATUS.read_text("ascii"))
    return int(mark) * 1024


if __name__ == "__main__":
    json.dump(pkgutil.resolve_name(sys.argv[1])(*json.load(sys.stdin)), sys.stdout)

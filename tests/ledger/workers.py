"""Processes that work on a ledger (see `worker.py`): what they say, and that they begin together."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

#: Start one: its command, the address of the ledger, and more.
Work = Callable[..., "subprocess.Popen[str]"]


def line(worker: subprocess.Popen[str]) -> str:
    """Give the next line that it says."""
    if worker.stdout is None:
        raise AssertionError("the worker was started without pipes")
    return worker.stdout.readline().strip()


def ready(*workers: subprocess.Popen[str]) -> None:
    """Wait until each has opened its ledger."""
    assert [line(worker) for worker in workers] == ["ready"] * len(workers)


def go(*workers: subprocess.Popen[str]) -> None:
    """Let them begin, all at once."""
    for worker in workers:
        if worker.stdin is None:
            raise AssertionError("the worker was started without pipes")
        worker.stdin.write("go\n")
        worker.stdin.flush()


def done_together(*workers: subprocess.Popen[str]) -> list[list[str]]:
    """Let them work at once and to their end; give the words of each before its `done`."""
    ready(*workers)
    go(*workers)
    said = [worker.communicate()[0].split() for worker in workers]
    assert [words.pop() for words in said] == ["done"] * len(workers)
    return said

"""Processes that a test kills: all of them are gone before it goes on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import psutil

from .waiting import until

__all__ = ["kill", "lives"]


def kill(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL, as far as they live; fail when one of them goes on."""
    family = list(processes)
    for process in family:
        # The death of one ends others, before it is their turn.
        with suppress(psutil.NoSuchProcess):
            process.kill()
    until(lambda: not any(map(lives, family)))


def lives(process: psutil.Process) -> bool:
    """Say whether a process does anything; one that nobody has buried yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

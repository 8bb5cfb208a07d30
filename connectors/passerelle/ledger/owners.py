"""Who holds something: a process on a host, and whether it still lives."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

import msgspec
import psutil

__all__ = ["Owner", "is_alive", "this_process"]

#: Start times are compared with this slack in seconds: they are computed from the boot time.
_SLACK = 2.0


class Owner(msgspec.Struct, frozen=True):
    """One process: its host, its number there, and when it started (a number alone is given out again)."""

    host: str
    pid: int
    process_started: float

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Owner:
    """Name the process that asks."""
    return _process(os.getpid())


def is_alive(owner: Owner) -> bool | None:
    """Say whether a process still runs; None when it is on another host and cannot be asked."""
    if owner.host != _host():
        return None
    try:
        process = psutil.Process(owner.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(process.create_time() - owner.process_started) < _SLACK
    except psutil.NoSuchProcess:
        return False


@lru_cache(maxsize=1)
def _process(pid: int) -> Owner:
    return Owner(_host(), pid, psutil.Process(pid).create_time())


@lru_cache(maxsize=1)
def _host() -> str:
    """Name the place whose process numbers mean something to each other.

    Two containers may share a host name and not their process numbers, so the name carries the process
    number space where the system tells it.
    """
    name = socket.gethostname()
    space = Path("/proc/self/ns/pid")
    try:
        return f"{name}/{space.readlink().name.removeprefix('pid:').strip('[]')}"
    except OSError:
        return name

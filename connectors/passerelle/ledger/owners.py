"""Who holds something: a process on a host, and whether it still lives."""

from __future__ import annotations

import hashlib
import os
import socket
from functools import lru_cache
from pathlib import Path

import msgspec
import psutil

__all__ = ["Owner", "is_alive", "lives", "process_started", "this_process"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")
#: Eleven years of clock ticks, and as many boots as fit beside them into the 53 bits of a double.
_TICKS = 1 << 35
_BOOTS = 1 << 18
#: Times of day are compared with this slack in seconds: they are computed from the boot time.
_SLACK = 2.0


class Owner(msgspec.Struct, frozen=True):
    """One process: its host, its number there, and its start (a number alone is given out again).

    `process_started` is what the function of this name gives.
    """

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
    return lives(owner.pid, owner.process_started)


def process_started(pid: int) -> float:
    """Give the start of a process of this host, as a number that tells it from others of its pid.

    Where the kernel says them, its boot and the clock ticks from there to the start, as one whole number
    below zero: a clock that is set while the process works, as after a pause of the machine, changes neither.
    Elsewhere seconds since 1970, which follow the clock. Raises psutil.NoSuchProcess.
    """
    boot = _boot()
    if boot is None:
        return psutil.Process(pid).create_time()
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError) as error:
        raise psutil.NoSuchProcess(pid) from error
    # proc(5): the 22nd field; the second is a name in parentheses, which may hold anything.
    ticks = int(stat.rpartition(b")")[2].split()[19])
    return -float(boot * _TICKS + ticks)


def lives(pid: int, started: float) -> bool:
    """Say whether the process of this host with this pid and start still works."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if started < 0:
            return process_started(pid) == started
        return abs(process.create_time() - started) < _SLACK
    except psutil.NoSuchProcess:
        return False


@lru_cache(maxsize=1)
def _process(pid: int) -> Owner:
    return Owner(_host(), pid, process_started(pid))


@lru_cache(maxsize=1)
def _boot() -> int | None:
    """Give a number of this boot of the kernel, never 0; None where it has none."""
    try:
        name = _BOOT.read_bytes()
    except OSError:
        return None
    return 1 + int.from_bytes(hashlib.sha256(name).digest()[:8]) % (_BOOTS - 1)


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

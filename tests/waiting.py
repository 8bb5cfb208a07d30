"""What tests of several processes share: waiting for something to be so, and a port that is free."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from random import SystemRandom

import psutil

_HOST = "127.0.0.1"
#: Below what a kernel gives to those who connect (from 32768 on Linux). In no order: two processes do not
#: ask for the same ones.
_ports = iter(SystemRandom().sample(range(20_000, 32_000), k=12_000))


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Look until something is so; fail when it is not in time."""
    deadline, pause = time.monotonic() + seconds, 0.01
    while not true():
        assert time.monotonic() < deadline, f"it was not so within {seconds} s"
        time.sleep(pause)
        # A server that is asked in a loop has something else to do, too.
        pause = min(2 * pause, 0.1)


def free_port() -> int:
    """Give a port that nobody listens on, and that no test gets again before this process ends.

    It stays free until its server binds it, however late: nobody connects from there, and other processes
    of the tests see that it is given.
    """
    return next(port for port in _ports if given(port))


def given(port: int) -> bool:
    """Mark a port as given until this process ends; False when it is given or in use already.

    The mark is the UDP port of the same number, which keeps nobody from listening and is held by one process.
    """
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mark.bind((_HOST, port))
        socket.create_server((_HOST, port)).close()
    except OSError:
        mark.close()
        return False
    mark.detach()  # its descriptor stays open
    return True


def over(process: psutil.Process) -> bool:
    """Say whether a process has ended; whether its parent has asked for its exit code is not our concern."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

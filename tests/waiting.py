"""What tests of several processes share: waiting for something to be so, and a port that is free."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Look until something is so; fail when it is not in time."""
    deadline, pause = time.monotonic() + seconds, 0.01
    while not true():
        assert time.monotonic() < deadline, f"it was not so within {seconds} s"
        time.sleep(pause)
        # A server that is asked in a loop has something else to do, too.
        pause = min(2 * pause, 0.1)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port

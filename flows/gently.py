"""Gently: a cancelled run first ends the batch it is at, then lets Prefect end it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["cancelled_gently"]


@contextmanager
def cancelled_gently() -> Iterator[Callable[[], bool]]:
    """Note SIGTERM instead of obeying at once; gives what says whether it came.

    Prefect's own answer to SIGTERM raises wherever the run is, in the middle of a call to the shop too. It
    gets the signal when the block ends. Outside of the main thread no signal comes, and nothing is noted.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)
        if asked.is_set():
            signal.raise_signal(signal.SIGTERM)

"""Gently: a cancelled run first ends the batch it is at, then lets Prefect end it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from prefect.utilities import engine as _engine

__all__ = ["cancelled_gently"]

#: Prefect's own answer to SIGTERM, and the lock under which it is put in place. Its runner says "cancel" to
#: the run beforehand, which the run hears only while this very function answers the signal; else it takes the
#: signal for a crash. The names are private: Prefect is pinned, and a test cancels a real run.
_ANSWER, _LOCK = "_prefect_sigterm_handler", "_prefect_sigterm_bridge_lock"


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

    before = _answer_with(note, instead_of=signal.getsignal(signal.SIGTERM))
    try:
        yield asked.is_set
    finally:
        _answer_with(before, instead_of=note)
        if asked.is_set():
            signal.raise_signal(signal.SIGTERM)


def _answer_with(handler: Any, *, instead_of: Any) -> Any:
    """Let this answer SIGTERM, as Prefect's answer when that is what answered before; gives what did."""
    with getattr(_engine, _LOCK):
        if getattr(_engine, _ANSWER) is instead_of:
            setattr(_engine, _ANSWER, handler)
        return signal.signal(signal.SIGTERM, handler)

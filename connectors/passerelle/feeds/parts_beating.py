"""Beating: a thread that says, as long as a lease is held, that its process works on.

A thread of its own, because the loop of a run may be busy for longer than a lease lasts: with a large batch,
or with waiting for a database that is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ..errors import PasserelleError
from ..ledger import HeldPart, LeaseLost

__all__ = ["PartHeart", "beating"]

#: A beat comes so many times in the time of a lease.
_BEATS = 3.0


class beating:  # noqa: N801 - reads as a phrase: with beating(lease.heartbeat, seconds)
    """Beat inside the block; `lost` is the error when the lease went to another process.

    What else goes wrong with a beat is left to the next one: who cannot reach the ledger finds the lease gone
    when it can.
    """

    def __init__(self, beat: Callable[[], object], seconds: float) -> None:
        self._beat = beat
        self._every = seconds / _BEATS
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beating", daemon=True)
        self.lost: LeaseLost | None = None

    def _run(self) -> None:
        while not self._over.wait(self._every):
            try:
                self._beat()
            except LeaseLost as lost:
                self.lost = lost
                return
            except PasserelleError:
                continue

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=self._every)


class PartHeart:
    """The heart of a part that is held: beats in its block, and knows when to stop.

    `asked` says that this process is to end; `is_left`, asked with each beat, that the run of the part died:
    it is carried anew, not to its end by others. By our own clock, too, the part is lost when its time is
    over: a process that cannot reach the ledger stops before another one begins with the part.
    """

    def __init__(
        self,
        held: HeldPart,
        *,
        asked: Callable[[], bool] = lambda: False,
        is_left: Callable[[], bool] = lambda: False,
    ) -> None:
        self._held = held
        self._asked = asked
        self._is_left = is_left
        self._all_stop = False
        self._beating = beating(self._beat, held.division.lease_seconds)

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._all_stop or self._asked()

    def check(self) -> None:
        """Raise LeaseLost when the part is no longer ours."""
        if self._beating.lost is not None:
            raise self._beating.lost
        if self._held.expires_in <= 0:
            raise self._held.lost()

    def _beat(self) -> None:
        self._all_stop = not self._held.beat() or self._is_left()

    def __enter__(self) -> Self:
        self._beating.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beating.__exit__(kind, error, trace)

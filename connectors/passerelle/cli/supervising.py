"""Supervising: services that end by themselves are started again, with growing pauses, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .services import Service, how_it_ended

__all__ = ["Supervisor"]

#: Who ends so often in a row does not end by accident.
TRIES = 5
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
#: Who worked so long has started well: what ends it now is something new.
_WELL = 120.0


class Supervisor:
    """Watches services: look with `check` every half second or so.

    A service that ended is said (`say`), what it left at work is ended, and after a pause of 1, 2, 4… seconds
    it is started again. After five ends in a row `check` raises Fatal with the last words of its log; one of
    `spare` is given up instead, and the others work on.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        say: Callable[[str], None],
        spare: Sequence[Service] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watched = [_Watched(service, clock()) for service in (*services, *spare)]
        self._spare = spare
        self._say = say
        self._clock = clock

    def check(self) -> None:
        """Look once at each service, and start again what is due."""
        for watched in list(self._watched):
            self._look(watched)

    def _look(self, watched: _Watched) -> None:
        service, now = watched.service, self._clock()
        if watched.again_at is not None:
            if now >= watched.again_at:
                watched.again_at, watched.since = None, now
                service.start()
            return
        if service.ended is None:
            return
        how = how_it_ended(service.ended)
        watched.tries = 1 if now - watched.since >= _WELL else watched.tries + 1
        service.clear()
        if watched.tries > TRIES:
            words = service.last_words()
            if service not in self._spare:
                raise words
            self._watched.remove(watched)
            self._say(f"{words.message}, again and again: it is given up. {words.advice}")
            return
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (watched.tries - 1))
        watched.again_at = self._clock() + pause
        self._say(f"The {service.name} {how}; it is started again in {pause:.0f} s ({watched.tries}/{TRIES})")


class _Watched:
    """A service, since when it works, how often it ended in a row, and when it is started again."""

    def __init__(self, service: Service, since: float) -> None:
        self.service = service
        self.since = since
        self.tries = 0
        self.again_at: float | None = None

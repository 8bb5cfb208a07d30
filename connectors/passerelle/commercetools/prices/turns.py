"""Turns: in which order prices of one scope move to other times, so that no two ever hold at one time.

A price whose days are free goes first. Where each waits for another (A takes B's days, B takes A's), one of
them steps aside to a day that nobody has, far before or behind all others, and comes back when its own are
free. Where no such day is left, since prices begin and end nowhere, it keeps the last second of its own days.
What wants the place where it waits goes there shortened meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ..planning.wire import instant, moment
from .scopes import Window

__all__ = ["Turn", "turns"]

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
#: Years that every calendar knows; a partner's "for ever" (0001, 9999) leaves no room behind it.
_FIRST, _LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Turn(NamedTuple):
    """One move: `last` when the price is where it was going."""

    id: str
    window: Window
    last: bool


class _Aside(NamedTuple):
    """Days that nobody has: before an instant, or from it on."""

    border: datetime
    before: bool

    def place(self, number: int) -> Window:
        """Give one day of them, another for each number."""
        start = self.border - (number + 2) * _DAY if self.before else self.border + (number + 1) * _DAY
        return Window(instant(start), instant(start + _DAY))


def turns(moves: Mapping[str, tuple[Window, Window]], fixed: Sequence[Window] = ()) -> list[Turn]:
    """Put moves of one scope, by id from one window to another, in an order that the shop takes.

    `fixed` are windows of prices that stay. Where no order is right, since two want the same days or nowhere
    is room, the moves are given as they are: the shop says no to one of them.
    """
    return _Order(moves, _aside(moves, fixed)).turns()


class _Order:
    def __init__(self, moves: Mapping[str, tuple[Window, Window]], aside: _Aside | None) -> None:
        self._wanted = {name: to for name, (_, to) in moves.items()}
        self._now = {name: was for name, (was, _) in moves.items()}
        self._pending = dict(self._wanted)
        self._aside = aside
        #: Where those wait that stepped aside.
        self._waiting: dict[str, Window] = {}
        self._places = 0
        self._turns: list[Turn] = []

    def turns(self) -> list[Turn]:
        """Move them all, one after the other."""
        while self._pending:
            if not (self._go() or self._go_shortened() or self._step_aside()):
                self._turns += [Turn(name, to, last=True) for name, to in self._pending.items()]
                break
        return self._turns

    def _go(self) -> bool:
        """Let one go whose days are free."""
        name = next((name for name, to in self._pending.items() if self._is_free(name, to)), None)
        if name is None:
            return False
        self._move(name, self._pending.pop(name), last=True)
        self._waiting.pop(name, None)
        return True

    def _go_shortened(self) -> bool:
        """Let one go as far as it can that is only kept from where others wait."""
        for name, to in self._pending.items():
            cut = self._cut(to)
            if name not in self._waiting and cut not in (to, self._now[name]) and self._is_free(name, cut):
                self._move(name, cut, last=False)
                return True
        return False

    def _step_aside(self) -> bool:
        """Let one step aside that is in the way of another."""
        in_the_way = (name for name in self._pending if self._is_in_the_way(name))
        if self._aside is None:
            name = next((name for name in in_the_way if _last_of(self._now[name]) is not None), None)
            place = None if name is None else _last_of(self._now[name])
        else:
            name, place = next(in_the_way, None), self._aside.place(self._places)
        if name is None or place is None:
            return False
        self._places += 1
        self._waiting[name] = place
        for other, window in list(self._now.items()):
            if other != name and window.conflicts(place):
                self._move(other, self._cut(window), last=False)
                self._pending[other] = self._wanted[other]
        self._move(name, place, last=False)
        return True

    def _is_free(self, name: str, window: Window) -> bool:
        return not any(other != name and held.conflicts(window) for other, held in self._now.items())

    def _is_in_the_way(self, name: str) -> bool:
        held = self._now[name]
        return name not in self._waiting and any(
            other != name and held.conflicts(to) for other, to in self._pending.items()
        )

    def _cut(self, window: Window) -> Window:
        """Give the part of a window in which nobody waits; the window itself where no part is left."""
        for place in self._waiting.values():
            if not window.conflicts(place):
                continue
            parts = [Window(window.start, place.start), Window(place.end, window.end)]
            if self._aside is not None and self._aside.before:
                parts.reverse()
            window = next((part for part in parts if _is_some(part)), window)
        return window

    def _move(self, name: str, window: Window, *, last: bool) -> None:
        self._now[name] = window
        self._turns.append(Turn(name, window, last))


def _is_some(window: Window) -> bool:
    return window.start is None or window.end is None or window.start < window.end


def _last_of(window: Window) -> Window | None:
    """The last second of a window, the first of one without end; None of one without dates, or as short."""
    if window.end is not None:
        end = moment(window.end)
        start = end - _SECOND
    elif window.start is not None:
        start = moment(window.start)
        end = start + _SECOND
    else:
        return None
    short = Window(instant(start), instant(end))
    inside = window.start is None or window.start < (short.start or "")
    return short if inside or window.end is None else None


def _aside(moves: Mapping[str, tuple[Window, Window]], fixed: Sequence[Window]) -> _Aside | None:
    """Find days that no price of the scope has: before the first of all instants, else behind the last."""
    windows = [window for pair in moves.values() for window in pair]
    instants = [moment(text) for window in (*windows, *fixed) for text in window if text is not None]
    if not instants:
        return None
    first, last = min(instants), max(instants)
    if first > _FIRST and not _reach(fixed, begin=True):
        return _Aside(first - _DAY, before=True)
    if last < _LAST and not _reach(fixed, begin=False):
        return _Aside(last + _DAY, before=False)
    return None


def _reach(windows: Iterable[Window], *, begin: bool) -> bool:
    return any(window.dated and (window.start if begin else window.end) is None for window in windows)

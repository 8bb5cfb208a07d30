"""The installation that the page shows: its ledger, its mappings as they are on the disk, what it counted."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from pathlib import Path
from typing import TypeAlias

from ..errors import ConfigError
from ..feeds import Settings, Workspace
from ..ledger import Ledger
from ..mapping import Mapping as IncomingMapping
from ..mapping import OutgoingMapping
from ..operations.board import Board, board
from ..operations.freshness import FeedFreshness, Sizes, freshness
from ..operations.landscape import Landscape, landscape

__all__ = ["Installation"]

_Mappings: TypeAlias = dict[str, IncomingMapping | OutgoingMapping]
#: So often the mappings' files are looked at, in seconds.
_LOOK_EVERY = 10.0
#: A board is read once for everybody who asks within so many seconds.
_SHARED_FOR = 2.0


class Installation:
    """One installation, opened once; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.workspace = Workspace(settings)
        self.ledger: Ledger = self.workspace.ledger()
        #: What is wrong with the mappings on the disk; the ones read before stay in use.
        self.flaws = ""
        self._mappings: _Mappings = {}
        self._stamp: tuple[tuple[str, int, int], ...] | None = None
        self._looked = 0.0
        self._sizes = Sizes()
        self._board: tuple[float, Board] | None = None
        self._lock = threading.Lock()

    @property
    def mappings(self) -> _Mappings:
        """Every feed, read again when a file of the mappings' folder changed."""
        with self._lock:
            if time.monotonic() - self._looked >= _LOOK_EVERY or self._stamp is None:
                self._looked = time.monotonic()
                stamp = _stamp(self.workspace.settings.mappings)
                if stamp != self._stamp:
                    self._stamp = stamp
                    self._read()
            return self._mappings

    def board(self) -> Board:
        """Read the board as it is now."""
        mappings = self.mappings
        with self._lock:
            now = time.monotonic()
            if self._board is None or now - self._board[0] > _SHARED_FOR:
                fresh = board(self.ledger, mappings, dt.datetime.now(dt.UTC), sizes=self._sizes)
                self._board = (time.monotonic(), fresh)
            return self._board[1]

    def forget_board(self) -> None:
        """Read the board anew when it is asked for next: somebody did something."""
        with self._lock:
            self._board = None

    def feed(self, name: str) -> FeedFreshness | None:
        """Tell how one feed stands; None when there is none of this name."""
        found = freshness(
            self.ledger, self.mappings, dt.datetime.now(dt.UTC), feeds=[name], sizes=self._sizes
        )
        return found[0] if found else None

    def landscape(self) -> Landscape:
        """Draw up who sends what to whom."""
        shop = self.workspace.settings.commercetools
        return landscape(
            self.mappings,
            self.board().feeds,
            shop="" if shop is None else f"commercetools ({shop.project_key})",
        )

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _read(self) -> None:
        try:
            self._mappings = dict(Workspace(self.workspace.settings).mappings)
            self.flaws = ""
        except ConfigError as error:
            self.flaws = error.message


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Tell by name, time and size of its files whether anything in a folder changed."""
    found: list[tuple[str, int, int]] = []
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                state = (Path(root) / name).stat()
            except FileNotFoundError:
                continue  # gone between two looks: the next look tells
            found.append((f"{root}/{name}", state.st_mtime_ns, state.st_size))
    return tuple(sorted(found))

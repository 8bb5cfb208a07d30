"""A process that dies at a chosen moment: between any two acts that leave something behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from passerelle.feeds.incoming.answering import Answering
from passerelle.feeds.incoming.departures import Departures
from passerelle.files import Archive, ContentIndex, LocalFolder
from passerelle.ledger.database import Database
from passerelle.testing import Crash

__all__ = ["ACTS", "Death"]


#: What leaves something behind, besides the ledger's transactions.
ACTS: dict[type, tuple[str, ...]] = {
    LocalFolder: ("rename", "remove", "write", "make_folder"),
    Archive: ("keep", "_index"),
    ContentIndex: ("note",),
    Answering: ("_keep", "_drop"),
    Departures: ("note", "forget"),
}


#: The death of all that the block of `upon` calls. What else happens in this process lives on: a thread that
#: an earlier test left may write into its ledger meanwhile.
_DYING: ContextVar[Death | None] = ContextVar("dying", default=None)


class Death:
    """Counts the moments before and after every act; at moment `at` the process dies.

    After one act and before the next is one moment.

    Acts are: a transaction of the ledger, a change of a folder, a file put into the archive or its index, an
    answer put into the tray, and whatever is wrapped with `acting`. Once dead nothing more happens: what the
    code does on its way out fails as well, as it would not happen at all. Without `at` the moments are only
    counted. `watch` looks at the world at each of them, as a partner might just then. Whoever was at work in
    this process before the block of `upon` passes no moment and does not die.
    """

    def __init__(self, at: int | None = None, watch: Callable[[], object] | None = None) -> None:
        self.at = at
        self.moments = 0
        self.dead = False
        self.watch = watch
        self._acted = False

    def before(self) -> None:
        """One moment passes, unless it is the one after the last act."""
        if _DYING.get() is not self:
            return
        if self.dead or not self._acted:
            self.after()
        self._acted = False

    def after(self) -> None:
        """One moment passes."""
        if _DYING.get() is not self:
            return
        self._acted = True
        self.moments += 1
        if self.watch is not None:
            self.watch()
        if self.dead or self.moments == self.at:
            self.dead = True
            raise Crash(f"moment {self.moments}")

    def acting(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same call with a moment before and a moment after it."""

        def acted(*arguments: Any, **options: Any) -> Any:
            self.before()
            result = act(*arguments, **options)
            self.after()
            return result

        return acted

    def acting_later(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same for a call that is awaited."""

        async def acted(*arguments: Any, **options: Any) -> Any:
            self.before()
            result = await act(*arguments, **options)
            self.after()
            return result

        return acted

    @contextmanager
    def upon(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        """Let the ledger, folders of this machine and the archive live and die with it."""
        write = Database.write

        @contextmanager
        def mortal(database: Database, *, durable: bool = False) -> Iterator[Any]:
            # Inside another transaction nothing is kept yet: that one's end decides.
            joined = database._joined() is not None  # noqa: SLF001 - there is no other way to tell
            if not joined:
                self.before()
            with write(database, durable=durable) as connection:
                yield connection
            if not joined:
                self.after()

        with patch.context() as patched:
            patched.setattr(Database, "write", mortal)
            for kind, names in ACTS.items():
                for name in names:
                    patched.setattr(kind, name, self.acting(getattr(kind, name)))
            meant = _DYING.set(self)
            try:
                yield
            finally:
                _DYING.reset(meant)

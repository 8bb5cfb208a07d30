"""A process that dies at a chosen moment: between any two acts that leave something behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from passerelle.files import Archive, LocalFolder
from passerelle.ledger.database import Database
from passerelle.testing import Crash

__all__ = ["Death"]


class Death:
    """Counts the moments before and after every act; at moment `at` the process dies.

    Acts are: a transaction of the ledger, a change of a folder, a file put into the archive, and whatever is
    wrapped with `acting`. Once dead nothing more happens: what the code does on its way out fails as well,
    as it would not happen at all. Without `at` the moments are only counted.
    """

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.moments = 0
        self.dead = False

    def moment(self) -> None:
        """One moment passes."""
        self.moments += 1
        if self.dead or self.moments == self.at:
            self.dead = True
            raise Crash(f"moment {self.moments}")

    def acting(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same call with a moment before and a moment after it."""

        def acted(*arguments: Any, **options: Any) -> Any:
            self.moment()
            result = act(*arguments, **options)
            self.moment()
            return result

        return acted

    def acting_later(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same for a call that is awaited."""

        async def acted(*arguments: Any, **options: Any) -> Any:
            self.moment()
            result = await act(*arguments, **options)
            self.moment()
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
                self.moment()
            with write(database, durable=durable) as connection:
                yield connection
            if not joined:
                self.moment()

        with patch.context() as patched:
            patched.setattr(Database, "write", mortal)
            for kind, names in ((LocalFolder, ("rename", "remove", "write")), (Archive, ("keep",))):
                for name in names:
                    patched.setattr(kind, name, self.acting(getattr(kind, name)))
            yield

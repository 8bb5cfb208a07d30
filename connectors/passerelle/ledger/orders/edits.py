"""Order edits: what the ERP changed in orders of the shop, claimed before the call that writes it there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from ...records import OrderEdit
from .. import bulk
from ..database import Database, utc_now
from ..schema import run
from ..table_rows import among
from .schema import order_edit

__all__ = ["EditClaim", "KeptEdit", "OrderEditState", "OrderEdits"]

#: `claimed`: about to be applied, and whether it is may be unknown; `done`: the shop applied it.
OrderEditState: TypeAlias = Literal["claimed", "done"]


class EditClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an edit, and where it stood: totals before and after in cents, a digest of the rest."""

    number: str
    key: str
    digest: str
    before: int
    after: int
    currency: str
    file: str | None = None
    line: int | None = None

    @staticmethod
    def digest_of(edit: OrderEdit) -> str:
        """Give the digest of what an edit does; why it is done is not part of it."""
        said = msgspec.json.encode(msgspec.structs.replace(edit, reason=""))
        return blake2b(said, digest_size=16).hexdigest()


class KeptEdit(msgspec.Struct, frozen=True, kw_only=True):
    """An edit in the ledger; `in_doubt` when its run ended without the shop's answer.

    `revision` is the order's revision that came of it, of which the ERP is told nothing; None when the order
    had not left, or changed otherwise at the same time.
    """

    number: str
    key: str
    feed: str
    state: OrderEditState
    in_doubt: bool
    digest: str
    before: int
    after: int
    currency: str
    revision: int | None
    file: str | None
    line: int | None
    run_id: str | None
    at: datetime


class OrderEdits:
    """Edits by order and the sender's own number of them, one row each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, edit: EditClaim, *, feed: str, run_id: str | None = None) -> bool:
        """Say, before the call, that an edit is about to be applied; False while another one of the order is.

        One that is claimed already is this run's from now on.
        """
        said = {**msgspec.structs.asdict(edit), "feed": feed, "run_id": run_id, "at": utc_now()}
        others = sa.select(order_edit.c.key).where(
            order_edit.c.number == edit.number, order_edit.c.key != edit.key, order_edit.c.state == "claimed"
        )
        with self._database.write(durable=True) as connection:
            if connection.execute(others).first() is not None:
                return False
            insert = self._database.insert(order_edit).values({**said, "state": "claimed"})
            connection.execute(insert.on_conflict_do_nothing())
            connection.execute(order_edit.update().where(_one(edit.number, edit.key), _CLAIMED).values(said))
        return True

    def release(self, number: str, key: str) -> None:
        """Take a claim back: the shop did not apply it."""
        with self._database.write(durable=True) as connection:
            connection.execute(order_edit.delete().where(_one(number, key), _CLAIMED))

    def done(self, number: str, key: str, *, before: int, after: int) -> None:
        """Note that the shop applied an edit, with the order's total before and after."""
        now = {"state": "done", "before": before, "after": after, "at": utc_now()}
        with self._database.write(durable=True) as connection:
            connection.execute(order_edit.update().where(_one(number, key)).values(now))

    def came_back(self, number: str, key: str, revision: int) -> None:
        """Note which revision of its order came of an edit."""
        with self._database.write(durable=True) as connection:
            connection.execute(order_edit.update().where(_one(number, key)).values(revision=revision))

    def open_among(self, numbers: Iterable[str]) -> frozenset[str]:
        """Tell which of these orders have an edit that is about to be applied, or in doubt."""
        with self._database.read() as connection:
            return among(connection, order_edit.c.number, numbers, _CLAIMED)

    def open(self, *, feed: str | None = None) -> list[KeptEdit]:
        """List the edits that are claimed: those of a feed, or all whose run is over."""
        mine = run.c.outcome.is_not(None) if feed is None else order_edit.c.feed == feed
        return self._read(_CLAIMED, mine)

    def of(self, *numbers: str) -> list[KeptEdit]:
        """Read the edits of these orders, the oldest first."""
        found: list[KeptEdit] = []
        for batch in bulk.batches(sorted(set(numbers))):
            found += self._read(order_edit.c.number.in_(batch))
        return found

    def _read(self, *where: sa.ColumnElement[bool]) -> list[KeptEdit]:
        query = (
            sa.select(order_edit, run.c.outcome)
            .outerjoin(run, run.c.id == order_edit.c.run_id)
            .where(*where)
            .order_by(order_edit.c.at, order_edit.c.number, order_edit.c.key)
        )
        with self._database.read() as connection:
            return [_kept(row) for row in connection.execute(query)]


_CLAIMED = order_edit.c.state == "claimed"
_KEPT: Sequence[str] = tuple(name for name in KeptEdit.__struct_fields__ if name != "in_doubt")


def _one(number: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(order_edit.c.number == number, order_edit.c.key == key)


def _kept(row: sa.Row[Any]) -> KeptEdit:
    in_doubt = row.state == "claimed" and row.outcome is not None
    return KeptEdit(in_doubt=in_doubt, **{name: getattr(row, name) for name in _KEPT})

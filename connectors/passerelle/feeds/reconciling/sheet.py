"""The sheet of a reconciliation: three lists of orders side by side, on disk, so that memory stays flat."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypeAlias

import msgspec

from ...ledger import ReckonedOrder
from ...records import OrderStatement
from .rules import Difference, ShopOrder, Sides

__all__ = ["Count", "Sheet", "Side"]

Side: TypeAlias = Literal["shop", "ledger", "erp"]
_SIDES: tuple[Side, ...] = ("shop", "ledger", "erp")
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "shop": msgspec.json.Decoder(ShopOrder),
    "ledger": msgspec.json.Decoder(ReckonedOrder),
    "erp": msgspec.json.Decoder(OrderStatement),
}
_encode = msgspec.json.Encoder().encode
_difference = msgspec.json.Decoder(Difference)
_TALLY = """CREATE TABLE tally (side INTEGER, state TEXT, currency TEXT, orders INTEGER, amount INTEGER,
PRIMARY KEY (side, state, currency))"""
_DIFFERENCE = """CREATE TABLE difference (id INTEGER PRIMARY KEY, code TEXT NOT NULL, grave INTEGER NOT NULL,
repair TEXT, record BLOB NOT NULL)"""
_TABLES = (
    "CREATE TABLE said (number TEXT NOT NULL, side INTEGER NOT NULL, record BLOB NOT NULL)",
    _TALLY,
    _DIFFERENCE,
)


class Count(NamedTuple):
    """How many orders of a side are in a state, and what they come to in minor units."""

    side: Side
    state: str
    currency: str
    orders: int
    amount: int


class Sheet:
    """A scratch database below `workdir`, gone when its block ends; holds nothing that is not elsewhere."""

    def __init__(self, workdir: Path) -> None:
        self._workdir = workdir

    def __enter__(self) -> Self:
        """Open an empty sheet."""
        self._folder = TemporaryDirectory(dir=self._workdir)
        self._database = sqlite3.connect(Path(self._folder.name) / "sheet.db", check_same_thread=False)
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *_TABLES):
            self._database.execute(statement)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw it away."""
        self._database.close()
        self._folder.cleanup()

    def put(self, side: Side, records: Iterable[tuple[str, msgspec.Struct]]) -> None:
        """Write down what a side says of orders, by their numbers."""
        place = _SIDES.index(side)
        self._database.executemany(
            "INSERT INTO said VALUES (?, ?, ?)",
            ((number, place, _encode(record)) for number, record in records),
        )

    def count(self, side: Side, states: Iterable[tuple[str, str | None, int | None]]) -> None:
        """Count orders of a side by `(state, currency, amount)`."""
        place = _SIDES.index(side)
        self._database.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET"
            " orders = orders + 1, amount = amount + excluded.amount",
            ((place, state, currency or "", amount or 0) for state, currency, amount in states),
        )

    def sides(self) -> Iterator[Sides]:
        """Give every order once, by number, with what each side says of it."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_number ON said (number, side)")
        with closing(
            self._database.execute("SELECT number, side, record FROM said ORDER BY number, side, rowid")
        ) as rows:
            for number, group in groupby(rows, key=lambda row: row[0]):
                said: dict[Side, list[Any]] = {side: [] for side in _SIDES}
                for _, place, record in group:
                    side = _SIDES[place]
                    said[side].append(_DECODERS[side].decode(record))
                yield Sides(
                    number=number,
                    shop=said["shop"][0] if said["shop"] else None,
                    ledger=said["ledger"][0] if said["ledger"] else None,
                    erp=tuple(said["erp"]),
                )

    def tell(self, found: Iterable[Difference]) -> None:
        """Keep differences."""
        self._database.executemany(
            "INSERT INTO difference (code, grave, repair, record) VALUES (?, ?, ?, ?)",
            ((one.code, one.grave, one.repair, _encode(one)) for one in found),
        )

    def counts(self) -> list[Count]:
        """Give the counts of all sides."""
        rows = self._database.execute("SELECT * FROM tally ORDER BY side, state, currency")
        return [Count(_SIDES[row[0]], *row[1:]) for row in rows]

    def codes(self) -> dict[str, int]:
        """Count the differences by their kind, the most frequent first."""
        rows = self._database.execute(
            "SELECT code, count(*) FROM difference GROUP BY code ORDER BY 2 DESC, 1"
        )
        return dict(rows.fetchall())

    def grave(self) -> int:
        """Count the differences that will not go by themselves."""
        return int(self._database.execute("SELECT count(*) FROM difference WHERE grave").fetchone()[0])

    def found(
        self, *, code: str | None = None, repair: str | None = None, limit: int = -1
    ) -> Iterator[Difference]:
        """Give the differences by number of the order, of one kind or with one repair."""
        query = (
            "SELECT record FROM difference WHERE (?1 IS NULL OR code = ?1) AND (?2 IS NULL OR repair = ?2)"
            " ORDER BY id LIMIT ?3"
        )
        with closing(self._database.execute(query, (code, repair, limit))) as rows:
            for (record,) in rows:
                yield _difference.decode(record)

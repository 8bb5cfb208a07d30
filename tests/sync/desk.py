"""A desk to try a sync at: a real ledger, the real stock mapping, and a shelf for a shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from passerelle.formats import Batched, Row
from passerelle.ledger import Ledger
from passerelle.mapping import Mapping, load_mapping
from passerelle.records import Category, StockLevel
from passerelle.sync import Job, Planner, RunReport, Sink, apply_plan, take_up, tell_waiting, verify_sample
from passerelle.testing import Shelf

MAPPINGS = Path(__file__).parents[2] / "mappings" / "erp"
FILE = "STOCK_TOUS_C_00001_20261101.xml"
NOBODY = "no-such-run"


@cache
def _empty_ledger() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        Ledger.open(f"sqlite:///{path}").close()
        return path.read_bytes()


def open_ledger(path: Path) -> Ledger:
    """Open a ledger on a real file; an empty one is copied, not migrated anew."""
    if not path.exists():
        path.write_bytes(_empty_ledger())
    return Ledger.open(f"sqlite:///{path}", migrate=False)


@cache
def mapping_of(name: str) -> Mapping:
    """One of the project's own mappings of incoming files."""
    mapping = load_mapping(MAPPINGS / f"{name}.yaml")
    assert isinstance(mapping, Mapping)
    return mapping


def stock_key(record: StockLevel) -> str:
    """SKU and channel, as a shop names a stock level."""
    return f"{record.sku}/{record.supply_channel}"


def stock_shelf(**options: Any) -> Shelf[StockLevel]:
    """A shop that holds stock levels."""
    return Shelf(StockLevel, key=stock_key, entity="stock", **options)


def category_shelf() -> Shelf[Category]:
    """A shop that holds a tree of categories."""

    def parents(record: Category) -> Sequence[str]:
        return (record.parent,) if isinstance(record.parent, str) else ()

    return Shelf(Category, key=lambda record: record.key, parents=parents, entity="category")


def level(sku: str, quantity: int, depot: str = "001") -> StockLevel:
    """The record that `lines` of the same words are mapped to."""
    return StockLevel(sku=sku, quantity=quantity, supply_channel=f"depot-{depot}")


def line(sku: str, quantity: int | str, depot: str = "001") -> dict[str, str]:
    """A line of the ERP; a text for a quantity stands as it is."""
    text = quantity if isinstance(quantity, str) else f"{quantity:05d},000"
    return {"SKU": sku, "DEPOT": depot, "QTE_PHYSIQUE": text}


def rows(values: Iterable[dict[str, Any]]) -> list[Row]:
    """The same as the reader gives it."""
    return [Row(value, number, number + 10) for number, value in enumerate(values, 1)]


def counted(report: RunReport) -> int:
    """How many records are in some count."""
    return (
        report.pending
        + report.created
        + report.updated
        + report.unchanged
        + report.parked
        + report.quarantined
        + report.failed
        + report.superseded
        + report.gone
    )


@dataclass
class Desk:
    """Plans and applies rows as a file's, one run after the other, without files."""

    ledger: Ledger
    mapping: Mapping = field(default_factory=lambda: mapping_of("stock"))
    shelf: Shelf[Any] = field(default_factory=stock_shelf)
    #: The job of the last call.
    job: Job[Any] = field(init=False)

    async def plan(
        self,
        values: Iterable[dict[str, Any]] | Batched,
        *,
        full: bool = False,
        careful: bool = False,
        header: dict[str, Any] | None = None,
        sink: Sink[Any] | None = None,
        **options: Any,
    ) -> tuple[Planner[msgspec.Struct], RunReport]:
        """Plan under a new run."""
        run = self.ledger.runs.start(self.mapping.feed, mode="auto")
        self.job = Job(
            feed=self.mapping.feed,
            run_id=run.id,
            system="shelf",
            mapping=self.mapping,
            sink=sink or self.shelf,
            ledger=self.ledger,
            **options,
        )
        report = RunReport(feed=self.mapping.feed, entity=self.mapping.entity, run_id=run.id)
        planner: Planner[msgspec.Struct] = Planner(self.job, report, file=FILE, full=full, careful=careful)
        await planner.run(values if isinstance(values, Batched) else rows(values), header)
        return planner, report

    async def carry(self, values: Iterable[dict[str, Any]], **options: Any) -> RunReport:
        """Plan, apply and verify under a new run."""
        planner, report = await self.plan(values, **options)
        await self.apply(planner, report)
        return report

    async def apply(self, planner: Planner[msgspec.Struct], report: RunReport) -> None:
        """Apply and verify what was planned last."""
        sample = await apply_plan(self.job, report, file=FILE, total=planner.spooled, base=planner.base)
        await verify_sample(self.job, report, sample, file=FILE)

    def known(self, *keys: str) -> list[str]:
        """Which of these keys the ledger knows as taken."""
        found = self.ledger.fingerprints.lookup(self.mapping.feed, keys)
        return [key for key in keys if key in found and found[key].strong is not None]

    def waiting(self) -> dict[str, tuple[str, ...]]:
        """The parked records: what they wait for, by key."""
        return {one.key: one.waits_for for one in self.ledger.parked.waiting(self.mapping.feed)}

    async def take_up(self, sink: Sink[Any] | None = None, **options: Any) -> RunReport:
        """Take parked records up under a new run, without a file, and tell what still waits."""
        _, report = await self.plan([], sink=sink, **options)
        await take_up(self.job, report)
        tell_waiting(self.job, report)
        return report

    def put_aside(self) -> dict[str | None, str]:
        """The open quarantine: code by key."""
        return {entry.record_key: entry.code for entry in self.ledger.quarantine.entries(self.mapping.feed)}

"""A stage for whole stories: an ERP on SFTP, a shop over HTTP, the workspace between them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from passerelle.feeds import Rehearsal, RunOptions, RunReport, Workspace, run_feed
from passerelle.ledger import Ledger
from passerelle.retailer import FEEDS, Feed, FileEntry, House, Manifest, Mode, Step, generate, lay_folders
from passerelle.retailer.sheet import Sheet, drop

__all__ = ["PROJECT", "SEED", "STORES", "STYLES", "Calls", "Stage", "erp_feed", "feed_name", "first"]

PROJECT = Path(__file__).parents[2]
SEED, STYLES, STORES = 3, 6, 1

_ROOMS = {"CATEG": "categories", "ARTICLES": "products", "TARIFS": "prices"}


def feed_name(erp_name: str) -> str:
    """Give our name of the ERP's feed: `ARTICLES_PL` is `products-pl`."""
    flux, _, zone = erp_name.partition("_")
    return "stock" if flux == "STOCK" else f"{_ROOMS[flux]}-{zone.lower()}"


def first(feed: str) -> tuple[str, ...]:
    """Name the feeds whose records this one needs in the shop."""
    needed = {
        "products-fr": ("categories-fr",),
        **{f"categories-{zone}": ("categories-fr",) for zone in ("be", "pl", "si")},
        **{f"products-{zone}": ("categories-fr", "products-fr") for zone in ("be", "pl", "si")},
    }
    return needed.get(feed, ())


class Calls(NamedTuple):
    """Requests that the shop counted; tokens are no reads."""

    reads: int
    writes: int
    tokens: int


class Stage:
    """One rehearsal, emptied for each story."""

    def __init__(self, rehearsal: Rehearsal, workspace: Workspace) -> None:
        self.rehearsal = rehearsal
        self.workspace = workspace
        self.house = House.invent(seed=SEED, styles=STYLES, stores=STORES)

    @property
    def erp(self) -> Path:
        """The root folder of the ERP."""
        return self.rehearsal.erp_root

    async def empty(self) -> None:
        """Begin anew: an empty shop with its project model, no files, nothing known."""
        self.rehearsal.sandbox.reset()
        self.rehearsal.sandbox.control("DELETE", "/faults")
        shutil.rmtree(self.erp)
        lay_folders(self.erp)
        self.forget()
        for name in ("archive", "looks", "work"):
            shutil.rmtree(self.rehearsal.home / name, ignore_errors=True)
        await self.rehearsal.set_up_project()
        self.rehearsal.sandbox.reset_stats()

    def forget(self) -> None:
        """Lose the ledger."""
        for path in self.rehearsal.home.glob("ledger.db*"):
            path.unlink()

    def drop(self, step: Step, *troubles: str, at: Path | None = None) -> Manifest:
        """Let the ERP write its files of a day."""
        return generate(at or self.erp, seed=SEED, styles=STYLES, stores=STORES, step=step, troubles=troubles)

    def drop_full(self, feed: Feed, *, day: int, sequence: int) -> Sheet:
        """Let the ERP write a full file of one feed as it stands on a day, under another number."""
        later = self.house.books.today + timedelta(days=sequence - 1)
        sheet = self.house.day(day).sheet(feed, mode=Mode.FULL)
        sheet = replace(sheet, sequence=sequence, day=later, named_on=later)
        drop(sheet, self.erp / feed.folder)
        return sheet

    async def run(self, feed: str, **options: Any) -> RunReport:
        """Carry one feed."""
        return await run_feed(self.workspace, feed, RunOptions(**options))

    async def load(self, *feeds: str) -> None:
        """Carry feeds that must go through without a reject."""
        for feed in feeds:
            report = await self.run(feed)
            assert report.outcome == "succeeded", report

    def feeds(self) -> list[str]:
        """Name every incoming feed of the catalogue and the stock, in running order."""
        groups = self.workspace.feeds()
        return [feed for group in ("category", "product", "price", "stock") for feed in groups[group]]

    def calls(self) -> Calls:
        """Count the requests since the last reset."""
        stats = self.rehearsal.sandbox.stats()
        return Calls(stats["reads"], stats["writes"], stats["tokens"])

    def count_anew(self) -> None:
        """Begin counting requests at zero."""
        self.rehearsal.sandbox.reset_stats()

    def shop(self) -> dict[str, Any]:
        """Everything the shop holds, without ids, versions and times."""
        return self.rehearsal.sandbox.dump()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger."""
        with self.workspace.ledger() as ledger:
            yield ledger

    def waiting(self, entry: FileEntry) -> bool:
        """Whether a file still lies where the ERP put it."""
        return entry.path.is_file()

    def put_away(self, entry: FileEntry, place: str) -> bool:
        """Whether a file lies in a sub-folder, `archive` or `error`, and no more in its place."""
        return not entry.path.exists() and (entry.path.parent / place / entry.name).is_file()


def erp_feed(name: str) -> Feed:
    """Find the ERP's feed by its name."""
    return next(feed for feed in FEEDS if feed.name == name)

"""A yard: a shop, a ledger and an ERP's folder, and processes that run feeds and help, to be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from pydantic import SecretStr

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.feeds import RunOptions, RunReport, Settings, Workspace, run_feed
from passerelle.ledger import Ledger
from passerelle.ledger.database import Database
from passerelle.sandbox import Sandbox

__all__ = ["COUNTS", "MAPPINGS", "Yard", "counts", "dismiss", "levels", "until"]

PROJECT = Path(__file__).parents[2]
MAPPINGS = Path(__file__).parent / "mappings"
CHANNEL = "depot"
#: So slow a shop leaves something to do for every worker, however late it looks.
SLOW_MS = 1_000
#: What differs by chance, by who was first, or by how a run was disturbed.
_BY_CHANCE = frozenset(
    {
        *("id", "no", "run_no", "run_id", "first_run_id", "absent_run_no", "since", "at", "target_id"),
        *("last_id", "feed_id", "kind_id", "plan_id", "archived_as"),
    }
)
_COMPARED = ("fingerprint", "wanted", "binding", "quarantine", "parked", "file", "sequence")
_TIMES = ("_at",)
#: What a report counts of records.
COUNTS = ("received", "created", "updated", "unchanged", "quarantined", "failed", "pending", "superseded")


def levels(count: int, quantity: int) -> list[tuple[str, ...]]:
    """Lines of a stock file: so many SKUs, the same pieces of each."""
    return [(f"A{number:06d}", str(quantity), CHANNEL) for number in range(count)]


def counts(report: RunReport) -> dict[str, int]:
    """What a report counted of records."""
    return {name: getattr(report, name) for name in COUNTS}


def until(happens: Callable[[], Any], *, within: float, what: str) -> Any:
    """Look until something is so, and give it; fail when it is not in time."""
    ends = time.monotonic() + within
    while True:
        found = happens()
        if found:
            return found
        assert time.monotonic() < ends, f"not within {within} s: {what}"
        time.sleep(0.02)


def dismiss(workers: Iterable[subprocess.Popen[str]]) -> None:
    """End workers in order; fail when one of them had nothing to do."""
    for worker in workers:
        worker.terminate()
        _, words = worker.communicate(timeout=60)
        assert worker.returncode == 0
        assert "part " in words, "this worker had nothing to do"


class Yard:
    """`project` names it in the shop; `ledger_url` is its ledger, everything else lies below `home`."""

    def __init__(
        self,
        home: Path,
        shop: Sandbox,
        project: str,
        ledger_url: str,
        *,
        lease: float = 2.0,
        connections: int = 8,
    ) -> None:
        self.home = home
        self.shop = shop
        self.project = project
        self.ledger_url = ledger_url
        self.lease = lease
        self.connections = connections
        self.processes: list[subprocess.Popen[str]] = []
        (home / "erp" / "out").mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find all of it."""
        shop = "PASSERELLE_COMMERCETOOLS__"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")},
            "PASSERELLE_HOME": str(self.home / "ours"),
            "PASSERELLE_FOLDER": str(self.home / "erp"),
            "PASSERELLE_MAPPINGS": str(MAPPINGS),
            "PASSERELLE_LEDGER": self.ledger_url,
            "PASSERELLE_LEASE": str(self.lease),
            f"{shop}PROJECT_KEY": self.project,
            f"{shop}CLIENT_ID": self.shop.client_id,
            f"{shop}CLIENT_SECRET": self.shop.client_secret.get_secret_value(),
            f"{shop}AUTH_URL": self.shop.url,
            f"{shop}API_URL": self.shop.url,
            f"{shop}CONCURRENCY": str(self.connections),
        }

    @property
    def config(self) -> CommercetoolsConfig:
        """The way to the project."""
        return CommercetoolsConfig(
            project_key=self.project,
            client_id=self.shop.client_id,
            client_secret=self.shop.client_secret,
            auth_url=self.shop.url,
            api_url=self.shop.url,
            concurrency=self.connections,
        )

    @property
    def workspace(self) -> Workspace:
        """The same, in this process."""
        return Workspace(
            Settings(
                home=self.home / "ours",
                folder=self.home / "erp",
                mappings=MAPPINGS,
                ledger=SecretStr(self.ledger_url),
                lease=self.lease,
                commercetools=self.config,
            )
        )

    async def set_up(self) -> None:
        """Give the shop the one channel that the stock lies in."""
        async with Client(self.config) as client:
            await client.create("channels", {"key": CHANNEL, "roles": ["InventorySupply"]})

    def drop(self, feed: str, sequence: int, lines: Iterable[tuple[str, ...]], *, mode: str = "C") -> None:
        """The ERP drops a file with its marker."""
        mapping = self.workspace.incoming(feed)
        head = ",".join(mapping.spec.format.model_dump(exclude_none=True)["csv"]["columns"])
        name = f"{feed.upper()}_{mode}_{sequence:05d}_20261101.csv"
        path = self.home / "erp" / mapping.spec.files.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([head, *(",".join(line) for line in lines)]) + "\n", encoding="utf-8")
        path.with_suffix(".ok").touch()

    def run_here(self, feed: str, **options: Any) -> RunReport:
        """Run a feed in this process, alone."""
        return asyncio.run(run_feed(self.workspace, feed, RunOptions(**options)))

    # Processes.

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `passerelle …`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "passerelle.cli.app", *words],
            env={**self.environment, "PYTHONWARNINGS": "error"},
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def start_worker(self, *words: str) -> subprocess.Popen[str]:
        """Start a worker, and wait until it looks for work."""
        worker = self.start("worker", *words)
        if worker.stderr is None:
            raise AssertionError("the worker was started without a pipe")
        assert worker.stderr.readline()
        return worker

    def start_run(self, feed: str, *, parts: int, **_: Any) -> subprocess.Popen[str]:
        """Start a run in parts."""
        return self.start("run", feed, "--parts", str(parts), "--json")

    def start_helped(
        self, *words: str, by: Iterable[subprocess.Popen[str]], latency: int, within: float = 60
    ) -> subprocess.Popen[str]:
        """Start a run in parts; the shop is slow until each worker has a part, then as slow as is said."""
        self.shop.control("POST", "/latency", {"ms": SLOW_MS})
        run = self.start(*words)
        missing = {worker.pid for worker in by}
        database = Database(self.ledger_url)

        def all_help() -> bool:
            with database.read() as connection:
                missing.difference_update(connection.execute(sa.text("SELECT pid FROM plan_part")).scalars())
            return not missing

        try:
            until(all_help, within=within, what="each worker has a part")
        finally:
            database.close()
        self.shop.control("POST", "/latency", {"ms": latency})
        return run

    @staticmethod
    def report(process: subprocess.Popen[str], *, within: float = 150) -> dict[str, Any]:
        """Wait for a run to end, and give its report; it may wait a minute for its database itself."""
        out, err = process.communicate(timeout=within)
        assert out, err[-3000:]
        found: dict[str, Any] = json.loads(out)
        return found

    def kill(self, process: subprocess.Popen[str]) -> None:
        """SIGKILL, and its last breath."""
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def close(self) -> None:
        """End every process that is left."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()

    # What is where.

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger."""
        with Ledger.open(self.ledger_url) as ledger:
            yield ledger

    def dump(self) -> dict[str, Any]:
        """What the shop shows, without the places of categories: it gives them in the order of creation."""
        shown = self.shop.dump(self.project)
        for category in shown["categories"]:
            category.pop("orderHint", None)
        return shown

    def memory(self) -> dict[str, Any]:
        """The whole of what the ledger knows, row by row, without what differs by chance."""
        database = Database(self.ledger_url)
        metadata = sa.MetaData()
        found: dict[str, Any] = {}
        try:
            with database.read() as connection:
                metadata.reflect(connection, only=[*_COMPARED, "plan", "plan_item", *_PARTS, "before_image"])
                for name in _COMPARED:
                    rows = connection.execute(sa.select(metadata.tables[name])).all()
                    found[name] = sorted((_settled(row) for row in rows), key=repr)
                for name in ("plan", "plan_item", *_PARTS):
                    query = sa.select(sa.func.count()).select_from(metadata.tables[name])
                    found[name] = connection.execute(query).scalar()
        finally:
            database.close()
        return found

    def images(self) -> list[Any]:
        """The before-images of changes that were made, without runs, ids and times."""
        database = Database(self.ledger_url)
        table = sa.table("before_image", *map(sa.column, ("key", "kind", "version", "record")))
        try:
            with database.read() as connection:
                rows = connection.execute(sa.select(table).where(table.c.version.is_not(None))).all()
        finally:
            database.close()
        return sorted(tuple(row) for row in rows)

    def watch(self) -> Watcher:
        """Look at the parts, on a connection that costs little."""
        return Watcher(self.ledger_url)


_PARTS = ("plan_division", "plan_part", "plan_part_item", "plan_part_note")


def _settled(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in row._mapping.items()  # noqa: SLF001 - the documented name of a row's mapping
        if name not in _BY_CHANCE and not name.endswith(_TIMES)
    }


class Watcher:
    """Looks at a PostgreSQL ledger while others work."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def parts(self) -> dict[int, tuple[int | None, int, int]]:
        """Who holds each part (a process number), how often it was taken, how much of it is noted."""
        rows = self._connection.execute("SELECT part, pid, times, noted FROM plan_part WHERE NOT is_done")
        return {part: (pid, times, noted) for part, pid, times, noted in rows.fetchall()}

    def leases(self, pid: int) -> dict[int, datetime]:
        """The parts that a process holds, and until when."""
        query = "SELECT part, expires_at FROM plan_part WHERE NOT is_done AND pid = %s"
        return dict(self._connection.execute(query, (pid,)).fetchall())

    def holder(self, part: int) -> tuple[int, datetime]:
        """Who took a part last, and when it did so or last said that it goes on."""
        query = "SELECT pid, beat_at FROM plan_part WHERE part = %s"
        ((pid, beat_at),) = self._connection.execute(query, (part,)).fetchall()
        return pid, beat_at

    def noted(self) -> int:
        """How many items of the division are answered."""
        found = self._connection.execute("SELECT coalesce(sum(noted), 0) FROM plan_part").fetchone()
        return 0 if found is None else int(found[0])

    def runs(self) -> list[tuple[int, str | None]]:
        """The process and the outcome of every run, the oldest first."""
        return list(self._connection.execute("SELECT pid, outcome FROM run ORDER BY no").fetchall())

    def sees_runs(self, count: int, *, within: float) -> None:
        """Wait for so many runs."""
        until(lambda: len(self.runs()) >= count, within=within, what=f"{count} runs")

    def sees_noted(self, count: int, *, within: float) -> None:
        """Wait for so many answers of the newest run's division; fail when its end is missed."""

        def are_there() -> bool:
            if self.noted() >= count:
                return True
            assert self.runs()[-1][1] is None, f"the run ended before {count} answers were seen"
            return False

        until(are_there, within=within, what=f"{count} answers")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

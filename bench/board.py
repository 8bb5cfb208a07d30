"""The board of a large installation: the CPU of reading it and of making its page."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

import httpx
from rich.console import Console
from starlette.applications import Starlette

from passerelle.feeds import Settings
from passerelle.ledger import Ledger
from passerelle.mapping import load_feeds
from passerelle.operations.board import board
from passerelle.operations.freshness import Sizes
from passerelle.web.app import web_app
from passerelle.web.installation import Installation
from passerelle.web.settings import WebSettings

from .result import Result, figure

__all__ = ["measure"]

FEEDS, SKUS, PLACES = 200, 250, 20
FILES, RUNS = 1_000, 300
#: So many feeds are late: what stands on them is counted.
LATE = 20
LIMIT = 0.2
_TIMES = 7
_MAPPING = """\
feed: stock-{number:03}
title: {{en: Stock {number}, fr: Stock {number}}}
entity: stock
files: {{folder: out, pattern: "S{number:03}_{{sequence:5}}.xml", mode: full, ready: {{marker: .ok}}}}
format: {{xml: {{charset: UTF-8, record: /F/L}}}}
key: [SKU, DEPOT]
expects: {expects}
fields:
  - {{to: sku, from: SKU, required: true}}
  - {{to: supply_channel, from: DEPOT, required: true}}
  - {{to: quantity, from: Q, as: integer}}
"""
#: Half of them come all day, half in hours of the day; all have calm hours.
_EXPECTS = (
    '{every: 10min, late_after: 20min, calm: "02:00-02:30"}',
    '{between: ["00:00-06:00", "06:00-12:00", "12:00-18:00", "18:00-00:00"], calm: "02:00-02:30"}',
)
T = TypeVar("T")


def measure(folder: Path, console: Console) -> list[Result]:
    """200 feeds, 1,000,000 records, 200,000 files, 60,000 runs, 20 feeds late: CPU of board and page."""
    mappings_folder = folder / "mappings"
    mappings_folder.mkdir()
    for number in range(FEEDS):
        path = mappings_folder / f"stock-{number:03}.yaml"
        path.write_text(
            _MAPPING.format(number=number, expects=_EXPECTS[number % len(_EXPECTS)]), encoding="utf-8"
        )
    url = f"sqlite:///{folder}/ledger.db"
    now = dt.datetime.now(dt.UTC)
    start = time.perf_counter()
    Ledger.open(url).close()
    _fill(folder / "ledger.db", now)
    console.print(f"  ledger written in {time.perf_counter() - start:.0f} s")
    mappings = load_feeds(mappings_folder)
    with Ledger.open(url) as ledger:
        cold = _cost(lambda: board(ledger, mappings, now))
        read, first = cold
        if (len(read.late), read.late[0].skus, read.late[0].records) != (LATE, SKUS, SKUS * PLACES):
            raise RuntimeError(f"the board counted wrong: {len(read.late)} late, {read.late[0]}")
        reads = median(_cost(lambda: board(ledger, mappings, now))[1] for _ in range(_TIMES))
        all_late = _cost(lambda: board(ledger, mappings, now + dt.timedelta(days=1)))[1]
        sizes = Sizes()
        board(ledger, mappings, now, sizes=sizes)
        warm = median(_cost(lambda: board(ledger, mappings, now, sizes=sizes))[1] for _ in range(_TIMES))
    page = _page(url, mappings_folder, folder)
    console.print(f"  first {first * 1000:.0f} ms, all {FEEDS} late {all_late * 1000:.0f} ms of CPU")
    name = f"board of {FEEDS} feeds, {FEEDS * SKUS * PLACES:,} records"
    return [
        figure(f"{name}, {LATE} late, counted anew: CPU (median of {_TIMES})", reads, "s", LIMIT),
        figure(f"{name}, {LATE} late, counted before: CPU", warm, "s", LIMIT),
        figure(f"{name}, its page with everything: CPU", page, "s", LIMIT),
        figure(f"{name}, all late, counted anew: CPU", all_late, "s"),
    ]


def _page(url: str, mappings: Path, home: Path) -> float:
    """Ask for the page as a browser does; the first answer, which reads 200 mappings, is not measured."""
    from passerelle.web import installation as shared  # noqa: PLC0415 - each answer reads the board anew

    shared._SHARED_FOR = -1.0  # noqa: SLF001 - as said
    settings = Settings.model_validate({"home": home, "mappings": mappings, "ledger": url})
    installation = Installation(settings)
    try:
        return asyncio.run(_asked(web_app(installation, WebSettings())))
    finally:
        installation.close()


async def _asked(app: Starlette) -> float:
    costs = []
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as browser:
        for _ in range(_TIMES + 1):
            before = time.process_time()
            (await browser.get("/")).raise_for_status()
            costs.append(time.process_time() - before)
    return median(costs[1:])


def _cost(work: Callable[[], T]) -> tuple[T, float]:
    before = time.process_time()
    done = work()
    return done, time.process_time() - before


def _fill(path: Path, now: dt.datetime) -> None:
    """Write half a year of runs and files for each feed; the last file of some is hours old."""

    def stamp(moment: dt.datetime) -> str:
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

    with sqlite3.connect(path) as database:
        database.execute("PRAGMA synchronous=OFF")
        for number in range(FEEDS):
            feed = f"stock-{number:03}"
            last = now - (dt.timedelta(hours=20) if number < LATE else dt.timedelta(minutes=3))
            database.execute("INSERT INTO feed (id, name, last_id) VALUES (?, ?, ?)", (number + 1, feed, 0))
            database.executemany(
                "INSERT INTO fingerprint (feed_id, key, id, raw, strong) VALUES (?, ?, ?, ?, ?)",
                (
                    (
                        number + 1,
                        f"{number:03}-{sku:06}|{place:03}",
                        sku * PLACES + place,
                        b"r" * 16,
                        b"s" * 16,
                    )
                    for sku in range(SKUS)
                    for place in range(PLACES)
                ),
            )
            database.executemany(
                "INSERT INTO run (id, feed, mode, parameters, host, pid, process_started, started_at,"
                " finished_at, outcome, totals, message) VALUES (?, ?, 'auto', '{}', 'h', 1, 1.0, ?, ?,"
                " 'succeeded', ?, '')",
                (
                    (
                        f"{feed}-{place}",
                        feed,
                        stamp(last - dt.timedelta(minutes=10 * (RUNS - place - 1))),
                        stamp(last - dt.timedelta(minutes=10 * (RUNS - place - 1))),
                        '{"received": 5000, "updated": 12}',
                    )
                    for place in range(RUNS)
                ),
            )
            database.executemany(
                "INSERT INTO file (feed, series, name, sha256, size, sequence, mode, state, note,"
                " recorded_at, changed_at) VALUES (?, ?, ?, ?, 10, ?, 'full', 'applied', '', ?, ?)",
                (
                    (
                        feed,
                        feed,
                        f"S{number:03}_{place:05}.xml",
                        f"{number}-{place}",
                        place,
                        stamp(last - dt.timedelta(minutes=10 * (FILES - place - 1))),
                        stamp(last - dt.timedelta(minutes=10 * (FILES - place - 1))),
                    )
                    for place in range(FILES)
                ),
            )
    database.close()

"""Fixtures of the page's tests: an installation with a past, and the page served for real."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
import uvicorn
from playwright.sync_api import Browser

from passerelle.errors import Fault, Position
from passerelle.feeds import Settings, Workspace
from passerelle.ledger import Ledger, ParkedRecord, PlanItem, Quarantined
from passerelle.ledger.schema import file as file_table
from passerelle.ledger.schema import run as run_table
from passerelle.operations.alerting import AlertSettings, check
from passerelle.sync.protocols import Change, FieldChange
from passerelle.web.app import web_app
from passerelle.web.installation import Installation
from passerelle.web.settings import WebSettings
from tests.chromium import chromium

#: What a partner may write where a name is expected.
HOSTILE = '"><img src=http://tracker.example/x.png onerror=alert(1)><script>alert(1)</script>'
TOKENS = {"read": "r" * 24, "operate": "o" * 24, "approve": "a" * 24}

_STOCK = """\
feed: stock
title: {en: Stock of warehouse and stores, fr: Stock de l'entrepôt et des magasins}
entity: stock
files: {folder: out, pattern: "S_{sequence:3}.xml", mode: full, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: [SKU, DEPOT]
expects: {every: 10min, late_after: 20min}
fields:
  - {to: sku, from: SKU, required: true}
  - {to: supply_channel, from: DEPOT, required: true}
  - {to: quantity, from: Q, as: integer}
"""
_PRICES = """\
feed: prices-fr
title: {en: French prices, fr: Tarifs France}
entity: price
files: {folder: out, pattern: "P_{sequence:3}.xml", mode: full, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: SKU
expects: {every: 1d}
fields:
  - {to: sku, from: SKU, required: true}
  - {to: value, money: {amount: P, currency: C, decimal: "1234.5"}}
"""
_ORDERS = """\
feed: orders-out
title: {en: Web orders, fr: Commandes web}
entity: order
files: {partner: warehouse, folder: in, pattern: "O_{sequence:3}.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/O}}
expects: {every: 5min, late_after: 10min}
fields:
  - {to: NUMBER, from: order_number, required: true}
"""
_NAMES = """\
feed: names
title: {en: '%s', fr: '%s'}
entity: category
files: {partner: "%s", folder: out, pattern: "N_{sequence:3}.xml", mode: full, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: K
fields:
  - {to: key, from: K, required: true}
  - {to: name.fr-FR, from: N}
"""


class Past:
    """Writes a past into a ledger: runs and files that were so many minutes ago."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def run(
        self,
        feed: str,
        *,
        minutes_ago: float,
        file: str = "",
        outcome: Any = "succeeded",
        seconds: float = 4.0,
        state: Any = "applied",
        **totals: Any,
    ) -> str:
        """Note a run, and its file."""
        started = self.ledger.runs.start(feed, mode="auto", parameters={"mode": "auto", "skus": ["A-1"]})
        files = []
        if file:
            self.ledger.files.record(
                feed, file, f"sha-{file}", 10, mode="full", state=state, run_id=started.id,
                archived_as=f"archive/{feed}/2026/11/{file}.zst",
            )  # fmt: skip
            files = [{"name": file, "state": state if state != "collected" else "skipped", "note": ""}]
        report = {"feed": feed, "entity": "stock", "run_id": started.id, "outcome": outcome, "files": files}
        self.ledger.runs.finish(started.id, outcome, {**report, **totals}, totals.get("message", ""))
        at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
        with self.ledger.transaction(), self.ledger._database.write() as connection:  # noqa: SLF001 - the past
            connection.execute(
                sa.update(run_table)
                .where(run_table.c.id == started.id)
                .values(started_at=at, finished_at=at + dt.timedelta(seconds=seconds))
            )
            connection.execute(
                sa.update(file_table).where(file_table.c.run_id == started.id).values(recorded_at=at)
            )
        return started.id

    def reject(self, feed: str, run: str, code: str, count: int, *, value: str, advice: str = "") -> None:
        """Put records into quarantine."""
        fault = Fault(code, Position("S_007.xml", 4, 12), value, "something else", advice)
        entries = [Quarantined(record_key=f"{code}-{n}", faults=(fault,)) for n in range(count)]
        self.ledger.quarantine.add(run, feed, entries)

    def plan(self, feed: str) -> int:
        """Store a plan that waits for a decision."""
        run = self.ledger.runs.start(feed, mode="plan")
        change = Change(
            kind="update",
            key="A-1",
            fields=(FieldChange("value", f"12.00 {HOSTILE}", "9.00"),),
        )
        item = PlanItem(1, "A-1", b"raw", b"strong", "update", b"{}", msgspec.json.encode(change))
        self.ledger.plans.spool(run.id, [item])
        self.ledger.runs.finish(run.id, "stopped_by_guard")
        stored = self.ledger.decisions.store(
            run.id,
            feed=feed,
            origin="run",
            digest="ab" * 32,
            facts={
                "guard": ["the price of 40 % of the records moves by more than 60 %"],
                "summary": {"kinds": {"update": 1}},
            },
            expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=6),
        )
        return stored.id


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of an installation with four feeds, one of which has the names of an enemy."""
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    hostile = HOSTILE.replace("'", "''")
    for name, text in (
        ("stock", _STOCK),
        ("prices", _PRICES),
        ("orders", _ORDERS),
        ("names", _NAMES % (hostile, hostile, HOSTILE.replace('"', '\\"'))),
    ):
        (mappings / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(mappings))
    return tmp_path / "home"


@pytest.fixture
def past(home: Path) -> Iterator[Past]:
    """An empty ledger to write a past into."""
    home.mkdir()
    with Ledger.open(Settings.load().ledger_url) as ledger:
        yield Past(ledger)


@pytest.fixture
def lived(past: Past) -> Past:
    """A past with everything in it: a late feed, rejects, a plan, a file with the name of an enemy."""
    counts = [12, 40, 8, 0, 95, 60, 33, 20, 71, 15, 44, 1240]
    for place, changed in enumerate(counts):
        stopped = place == 6
        past.run(
            "stock",
            minutes_ago=60 * (len(counts) - place) + 140,
            file=f"S_{place:03}.xml",
            outcome="stopped_by_guard" if stopped else "succeeded",
            state="held" if stopped else "applied",
            seconds=3.0 + changed / 40,
            received=16_000,
            updated=0 if stopped else changed,
            unchanged=16_000 - changed,
            quarantined=changed // 12,
            message="the shop would lose 34 % of its stock" if stopped else "",
        )
    keys = [(f"A-{sku}|{depot}", b"r", b"s") for sku in range(1240) for depot in range(2)]
    past.ledger.fingerprints.store("stock", keys)
    last = past.run(
        "prices-fr",
        minutes_ago=47,
        file="P_001.xml",
        outcome="completed_with_rejects",
        received=30_000,
        updated=412,
        unchanged=29_570,
        quarantined=18,
        fields={"value": 400, "valid_until": 30},
        rejects=[
            {
                "code": "unknown_code",
                "count": 15,
                "example": f"P_001.xml, line 7: {HOSTILE}",
                "advice": HOSTILE,
            },
            {"code": "not_a_number", "count": 3, "example": "P_001.xml, line 99: 12,3,4", "advice": ""},
        ],
        notes=[HOSTILE],
        calls=52,
        parked=4,
    )
    past.reject("prices-fr", last, "unknown_code", 15, value=HOSTILE, advice="Add it to depots.csv")
    past.reject("prices-fr", last, "not_a_number", 3, value="12,3,4")
    waiting = [
        ParkedRecord(key=f"k{n}", waits_for=(f"channel {HOSTILE}",), record=b"{}", raw=b"r", strong=b"s")
        for n in range(4)
    ]
    past.ledger.parked.park(last, "prices-fr", waiting, age_limit=dt.timedelta(days=14))
    past.run("orders-out", minutes_ago=2, received=7, created=7)
    past.run("names", minutes_ago=5, file=HOSTILE.replace("/", "_"), received=3)
    past.plan("prices-fr")
    check(Workspace(Settings.load()), AlertSettings(), telling=False)
    return past


Serve = Callable[..., str]


@pytest.fixture
def serve(home: Path) -> Iterator[Serve]:
    """Serve the page with settings; gives its address."""
    running: list[tuple[uvicorn.Server, threading.Thread, Installation]] = []

    def start(**settings: Any) -> str:
        home.mkdir(exist_ok=True)
        listening = socket.create_server(("127.0.0.1", 0))
        installation = Installation(Settings.load())
        config = uvicorn.Config(
            web_app(installation, WebSettings(**settings)), log_level="warning", ws="none", access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((server, thread, installation))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        deadline = time.monotonic() + 30
        while not server.started:
            if time.monotonic() > deadline:
                pytest.fail("the page did not start")
            time.sleep(0.01)
        return address

    yield start
    for server, thread, installation in running:
        server.should_exit = True
        thread.join(30)
        installation.close()


@pytest.fixture
def people() -> dict[str, str]:
    """Settings with one person for each role."""
    return {"tokens": ";".join(f"{role} person:{role}:{token}" for role, token in TOKENS.items())}


@contextmanager
def client(address: str, token: str = "", **headers: str) -> Iterator[httpx.Client]:
    """A client of the page, with a bearer token or without."""
    if token:
        headers["authorization"] = f"Bearer {token}"
    with httpx.Client(base_url=address, headers=headers, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    with chromium() as started:
        yield started

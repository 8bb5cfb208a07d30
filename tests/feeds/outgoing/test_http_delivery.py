"""Orders that leave by HTTP: one a request, once, whatever the receiver answers or does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from passerelle.errors import ConfigError
from passerelle.feeds import RunOptions, RunReport, Settings, Workspace
from passerelle.feeds.orders.out import OrderExport
from passerelle.feeds.outgoing.http_delivery import HttpDelivery
from passerelle.mapping import load_mapping
from passerelle.testing import Crash
from tests.sync.desk import open_ledger

from ..incoming.crashing import Death
from ..orders.till import Till

MAPPING = """
feed: oms
entity: order
http:
  url: {url}/orders
  read: {url}/orders/{{number}}
  token: oms
  timeout: 60s
  accepted: order.id
  tries: 2
format: {{ndjson: {{charset: UTF-8}}}}
fields:
  - {{to: number, from: order_number, required: true}}
  - {{to: revision, from: revision, via: {{decimal: "1234"}}}}
  - {{to: total, from: total, via: {{decimal: "1234.5", digits: 2}}}}
"""
TOKEN = "a-token-that-nobody-may-see"


class Receiver:
    """An order management system: takes an order once a key, answers as the test wants."""

    def __init__(self) -> None:
        self.orders: dict[str, Any] = {}
        self.keys: list[str] = []
        self.looked: list[str] = []
        #: What it answers to the next requests, before it behaves again: a status, or `lost` after taking it.
        self.answers: list[int | str] = []
        self._lock = threading.Lock()
        receiver = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def do_GET(self) -> None:
                receiver.show(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Take an order, unless it is there."""
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        key = request.headers["Idempotency-Key"]
        with self._lock:
            self.keys.append(key)
            answer = self.answers.pop(0) if self.answers else 201
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                answer = 401
            if answer in {201, "lost"}:
                if body["number"] in self.orders:
                    answer = 409 if answer == 201 else answer
                else:
                    self.orders[body["number"]] = body
        if answer == "lost":
            request.close_connection = True
            request.connection.close()
            return
        self._say(request, int(answer), {"order": {"id": f"OMS-{body['number']}"}})

    def show(self, request: BaseHTTPRequestHandler) -> None:
        """Show an order."""
        number = unquote(request.path.rsplit("/", 1)[1])
        with self._lock:
            self.looked.append(number)
            there = number in self.orders
        self._say(request, 200 if there else 404, {"order": {"id": f"OMS-{number}"}} if there else {})

    @staticmethod
    def _say(request: BaseHTTPRequestHandler, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


@pytest.fixture
def oms() -> Iterator[Receiver]:
    """A receiver over real HTTP."""
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def with_oms(till: Till, oms: Receiver, *, token: str | None = TOKEN) -> Till:
    """The till with a feed to the receiver, and no folder of anybody."""
    mappings = till.home / "mappings"
    mappings.mkdir(exist_ok=True)
    (mappings / "oms.yaml").write_text(MAPPING.format(url=oms.url), encoding="utf-8")
    settings = till.workspace.settings.model_copy(
        update={
            "mappings": mappings,
            "folder": None,
            "tokens": {} if token is None else {"oms": SecretStr(token)},
        }
    )
    till.workspace = Workspace(Settings.model_validate(settings.model_dump()))
    return till


async def test_an_order_leaves_as_one_request_and_its_answer_accepts_it(till: Till, oms: Receiver) -> None:
    """Under the key of its number and revision; the receiver's number is the ERP's, the shop is told."""
    with_oms(till, oms)
    for _ in range(3):
        till.place()
    report = await till.run("oms")
    assert (report.outcome, report.created, report.updated) == ("succeeded", 3, 3)
    assert sorted(oms.keys) == ["W-1-1", "W-2-1", "W-3-1"]
    assert oms.orders["W-1"] == {"number": "W-1", "revision": "1", "total": "59.90"}
    assert await till.marks() == {number: [f"{number}-1"] for number in ("W-1", "W-2", "W-3")}
    with open_ledger(till.ledger_path) as ledger:
        assert ledger.export_queue.erp_numbers(["W-1"]) == {"W-1": "OMS-W-1"}
    assert (await till.run("oms")).created == 0
    assert len(oms.keys) == 3


async def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(till: Till, oms: Receiver) -> None:
    """It arrived: it is done without a second request. It did not: it is sent once more."""
    with_oms(till, oms)
    till.place()
    oms.answers = ["lost"]
    report = await till.run("oms")
    assert (report.outcome, report.created) == ("succeeded", 1)
    assert (oms.keys, oms.looked) == (["W-1-1"], ["W-1"])
    till.place()
    oms.answers = [503]
    assert (await till.run("oms")).created == 1
    assert (oms.keys[1:], oms.looked[1:]) == (["W-2-1", "W-2-1"], ["W-2"])


async def test_a_receiver_that_stays_busy_gets_the_same_request_by_the_next_run(
    till: Till, oms: Receiver
) -> None:
    """The run says so; the same bytes go out under the same key."""
    with_oms(till, oms)
    till.place()
    oms.answers = [503, 503]
    report = await till.run("oms")
    assert (report.outcome, report.failed, report.files[0].state) == ("failed", 1, "held")
    assert till.state("W-1") == "claimed"
    report = await till.run("oms")
    assert (report.outcome, report.created) == ("succeeded", 1)
    assert set(oms.keys) == {"W-1-1"}


async def test_what_is_there_already_is_done(till: Till, oms: Receiver) -> None:
    """The receiver knows the order (409), from a ledger that was lost: nothing is wrong."""
    with_oms(till, oms)
    till.place()
    oms.orders["W-1"] = {}
    assert (await till.run("oms")).created == 1
    assert till.state("W-1") == "done"


async def test_a_refused_order_is_told_and_tried_again_when_a_person_says_so(
    till: Till, oms: Receiver
) -> None:
    """It holds no other order; a second attempt has the same key: the receiver still takes it once."""
    with_oms(till, oms)
    till.place()
    oms.answers = [422]
    report = await till.run("oms")
    assert (report.outcome, report.created) == ("completed_with_rejects", 0)
    assert [row.code for row in report.rejects] == ["refused_by_receiver"]
    assert till.state("W-1") == "refused"
    assert (await till.run("oms")).created == 0
    with open_ledger(till.ledger_path) as ledger:
        ledger.orders.try_again("W-1", "export")
    assert (await till.run("oms")).created == 1
    assert oms.keys == ["W-1-1", "W-1-1"]


async def test_a_token_that_is_not_taken_stops_the_run_and_is_never_shown(till: Till, oms: Receiver) -> None:
    """Nothing more is sent; a token that is missing is told before the first call."""
    with_oms(till, oms, token="another-secret")
    for _ in range(3):
        till.place()
    report = await till.run("oms")
    assert (report.outcome, report.created) == ("failed", 0)
    assert "does not let us in" in report.message
    assert b"another-secret" not in report.to_json()
    with_oms(till, oms, token=None)
    report = await till.run("oms")
    assert "PASSERELLE_TOKENS__OMS" in report.advice


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("url: http://oms.example/orders", "https://"),
        ("url: https://user:secret@oms.example/orders", "no user"),
        ("url: https://oms.example/{order}", "in braces"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(tmp_path: Path, line: str, told: str) -> None:
    """Plain HTTP leaves this machine only towards itself; secrets are no part of an address."""
    text = MAPPING.format(url="https://oms.example").replace("url: https://oms.example/orders", line)
    path = tmp_path / "oms.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_mapping(path)


@pytest.mark.slow
async def test_an_order_leaves_once_whenever_the_process_dies(
    till: Till, oms: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before or after any write and any request: the next run finishes, the receiver has each order once."""
    with_oms(till, oms)
    at = 0
    while True:
        at += 1
        till.place()
        till.place()
        death = Death(at)
        with death.upon(monkeypatch), monkeypatch.context() as patch:
            patch.setattr(HttpDelivery, "_call", death.acting_later(HttpDelivery._call))  # noqa: SLF001 - as said
            try:
                await export(till)
            except* Crash:
                assert death.dead
        if not death.dead:
            break
        close_dead_run(till)
        await export(till)
        assert sorted(oms.orders) == sorted(till.placed), at
        assert {till.state(number) for number in till.placed} == {"done"}, at
    assert at > 15


async def export(till: Till) -> None:
    """Export to the receiver without a lease."""
    mapping = till.workspace.outgoing("oms")
    assert mapping.spec.http is not None
    with open_ledger(till.ledger_path) as ledger:
        run = ledger.runs.start("oms", mode="auto")
        report = RunReport(feed="oms", entity="order", run_id=run.id)
        delivery = HttpDelivery(
            ledger, mapping, mapping.spec.http, report, tokens=till.workspace.settings.tokens
        )
        async with till.workspace.client() as client:
            await OrderExport(
                ledger, mapping, RunOptions(), report, lambda _: None, delivery, lag=timedelta(0)
            ).carry(client)
        ledger.runs.finish(run.id, report.outcome, {}, report.message)


def close_dead_run(till: Till) -> None:
    """What the next start does about a run whose process is gone."""
    with open_ledger(till.ledger_path) as ledger:
        for run in ledger.runs.last("oms", 10):
            if run.outcome is None:
                ledger.runs.finish(run.id, "failed", {}, "interrupted")

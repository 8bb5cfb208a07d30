"""Run pages, trends and the landscape: what is drawn is what the ledger and the mappings say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from passerelle.ledger import Ledger, Owner
from passerelle.mapping import load_feeds
from passerelle.operations.freshness import freshness
from passerelle.operations.landscape import SHOP, landscape, topic_of
from passerelle.operations.run_pages import run_page
from passerelle.operations.trends import trend

_STOCK = """\
feed: stock
entity: stock
files: {folder: out, pattern: "S_{sequence:3}.xml", mode: full, ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L}}
key: SKU
inputs:
  places:
    files: {partner: pim, folder: out, pattern: "P_{sequence:3}.csv", mode: full, ready: {marker: .ok}}
    format: {csv: {charset: UTF-8, delimiter: ";"}}
join:
  place: {input: places, on: {SKU: SKU}}
fields:
  - {to: sku, from: SKU, required: true}
  - {to: quantity, from: place/Q, as: integer}
"""
_ORDERS = """\
feed: orders
entity: order
http: {url: "https://oms.example/orders", read: "https://oms.example/orders/{number}"}
format: {ndjson: {}}
fields:
  - {to: number, from: order_number, required: true}
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened


def test_a_run_that_died_has_a_page(ledger: Ledger) -> None:
    """It left no totals: it did not work, and nothing is made up for it."""
    dead = Owner("this-host/1", 999_999, 1.0)
    run = ledger.runs.start("stock", mode="auto", owner=dead)
    page = run_page(ledger, run)
    assert (page.worked, page.outcome, page.seconds, page.host) == (None, None, None, "this-host")
    (swept,) = ledger.runs.sweep_dead("stock", lives=lambda _: False)
    page = run_page(ledger, swept)
    assert (page.worked, page.interrupted, page.counts, page.files) == (False, True, {}, [])
    assert "ended without closing the run" in page.message


def test_a_file_is_where_the_archive_has_it(ledger: Ledger) -> None:
    """The original by the name under which it is kept; a held one is waited for."""
    run = ledger.runs.start("stock", mode="auto", parameters={"skus": ["A", "B"], "dry_run": False})
    ledger.files.record("stock", "1.xml", "s1", 1, state="applied", archived_as="stock/ab/1.xml.gz")
    ledger.files.record("stock", "3.xml", "s3", 1, state="held", note="2 is missing")
    files = [
        {"name": "1.xml", "state": "applied"},
        {"name": "3.xml", "state": "held", "note": "2 is missing"},
    ]
    ledger.runs.finish(run.id, "completed_with_rejects", {"files": files, "rejects": [], "created": 2})
    done = ledger.runs.get(run.id)
    assert done is not None
    page = run_page(ledger, done)
    assert [(one.name, one.archived_as) for one in page.files] == [
        ("1.xml", "stock/ab/1.xml.gz"),
        ("3.xml", None),
    ]
    assert [one.note for one in page.held_files] == ["2 is missing"]
    assert page.parameters == {"skus": "A, B"}
    assert (page.worked, page.counts) == (True, {"created": 2})


def test_the_trend_leaves_out_what_only_looked(ledger: Ledger) -> None:
    """The last runs that wrote, the oldest first; the median is not moved by one that is far off."""
    for changed in (5, 7, 1000):
        run = ledger.runs.start("stock", mode="auto")
        ledger.runs.finish(run.id, "succeeded", {"created": changed - 1, "updated": 1, "quarantined": 2})
        ledger.runs.finish(ledger.runs.start("stock", mode="dry_run").id, "succeeded", {"updated": 9})
    runs = trend(ledger, "stock", last=2)
    assert [(point.changed, point.refused) for point in runs.points] == [(7, 2), (1000, 2)]
    whole = trend(ledger, "stock")
    assert (whole.typical("changed"), whole.worked) == (7.0, 3)
    assert trend(ledger, "nobody").typical("changed") is None


def test_who_sends_what_to_whom(ledger: Ledger, tmp_path: Path) -> None:
    """ERP, partners of inputs and services by their hosts; orders leave the shop, stock comes to it."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "stock.yaml").write_text(_STOCK, encoding="utf-8")
    (folder / "orders.yaml").write_text(_ORDERS, encoding="utf-8")
    mappings = load_feeds(folder)
    scape = landscape(mappings, freshness(ledger, mappings, dt.datetime.now(dt.UTC)), shop="house")
    assert [(one.id, one.name) for one in scape.systems] == [
        ("erp", "ERP"),
        ("partner:pim", "pim"),
        ("service:oms.example", "oms.example"),
        (SHOP, "house"),
    ]
    assert {(one.source, one.target, one.topic) for one in scape.flows} == {
        ("erp", SHOP, "stock"),
        ("partner:pim", SHOP, "stock"),
        (SHOP, "service:oms.example", "orders"),
    }


@pytest.mark.parametrize(
    ("entity", "topic"),
    [
        ("channel", "catalogue"),
        ("order_file_ack", "orders"),
        ("order_request", "orders"),
        ("purchase_order", "orders"),
        ("shipment", "orders"),
    ],
)
def test_topics(entity: str, topic: str) -> None:
    """Every kind of record is about something that people know."""
    assert topic_of(entity) == topic

"""A run at the shop: whose calls are whose, what a bad day costs, what is asked before the first write."""

from __future__ import annotations

import time
from collections import Counter
from random import Random
from typing import Any

import pytest
from pydantic import SecretStr

from passerelle.commercetools import CallLimits, CallSlice
from passerelle.feeds import Workspace
from passerelle.feeds.shop import LedgerBudget
from passerelle.sandbox import ApiClient, Sandbox, SandboxConfig
from tests.sync.desk import line

from .house import stock_xml
from .orders.till import Till

FILE = "STOCK_TOUS_C_{:05d}_20261101.xml"


def drop(till: Till, sequence: int, quantities: dict[str, int]) -> str:
    """The ERP drops a full stock file."""
    path = till.home / "erp" / "out" / "stock" / FILE.format(sequence)
    lines = [line(sku, quantity) for sku, quantity in quantities.items()]
    path.write_bytes(stock_xml(lines, sequence=sequence, mode="C"))
    path.with_suffix(".ok").touch()
    return path.name


@pytest.fixture
async def stock_till(till: Till) -> Till:
    """A shop that has depot 001."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    return till


async def entries(till: Till) -> dict[str, int]:
    """What the shop holds; a SKU that is there twice is a failure."""
    async with till.workspace.client() as client:
        found = await client.query_all("inventory", [None])
    assert max(Counter(entry["sku"] for entry in found).values()) == 1
    return {entry["sku"]: entry["quantityOnStock"] for entry in found}


def asked(till: Till, method: str, resource: str) -> list[dict[str, Any]]:
    """The log of the shop: requests of this project."""
    log: list[dict[str, Any]] = till.sandbox.control("GET", "/log?limit=2000")
    beginning = f"/{till.project}/{resource}"
    return [entry for entry in log if entry["method"] == method and entry["path"].startswith(beginning)]


def with_settings(till: Till, **changes: Any) -> None:
    """The same workspace with other settings of the shop."""
    settings = till.workspace.settings
    assert settings.commercetools is not None
    shop = settings.commercetools.model_copy(update=changes)
    till.workspace = Workspace(settings.model_copy(update={"commercetools": shop}))


async def test_every_call_says_for_which_record_it_is(stock_till: Till) -> None:
    """Writes bear run, feed, file and place in the file; what is read for many bears run and feed."""
    name = drop(stock_till, 1, {"A": 1, "B": 2, "C": 3})
    report = await stock_till.run("stock")
    journeys = {entry["correlation_id"] for entry in asked(stock_till, "POST", "inventory")}
    assert journeys == {f"{report.run_id}/stock/{name}/{seq}" for seq in (1, 2, 3)}
    assert {entry["correlation_id"] for entry in asked(stock_till, "GET", "inventory")} == {
        f"{report.run_id}/stock"
    }


async def test_a_record_that_is_not_taken_names_its_calls(stock_till: Till) -> None:
    """The report leads to the log of the shop."""
    name = drop(stock_till, 1, {"A": 1})
    stock_till.sandbox.fail(
        {"path": f"/{stock_till.project}/inventory", "method": "POST", "kind": "status", "status": 500,
         "count": None}
    )  # fmt: skip
    report = await stock_till.run("stock")
    [reject] = report.rejects
    assert f"correlation id {report.run_id}/stock/{name}/1" in reject.example


async def test_calls_are_counted_in_the_report(stock_till: Till) -> None:
    """As many as the shop saw, those for tokens aside; repeated ones are told apart."""
    drop(stock_till, 1, {"A": 1, "B": 2})
    stock_till.sandbox.reset_stats()
    stock_till.sandbox.fail(
        {"path": f"/{stock_till.project}/inventory", "method": "GET", "kind": "status", "status": 502}
    )
    report = await stock_till.run("stock")
    stats = stock_till.sandbox.stats()
    assert report.calls == stats["reads"] + stats["writes"]
    assert report.calls_again == 1


async def test_a_server_error_for_ever_ends_and_creates_nothing(stock_till: Till) -> None:
    """Five tries a record, each after a look whether it is there: no endless loop, nothing twice."""
    drop(stock_till, 1, {"A": 1, "B": 2})
    stock_till.sandbox.fail(
        {"path": f"/{stock_till.project}/inventory", "method": "POST", "kind": "status", "status": 500,
         "count": None}
    )  # fmt: skip
    report = await stock_till.run("stock")
    assert (report.outcome, report.created, report.failed) == ("completed_with_rejects", 0, 2)
    assert len(asked(stock_till, "POST", "inventory")) == 2 * 5
    stock_till.sandbox.control("DELETE", "/faults")
    drop(stock_till, 2, {"A": 1, "B": 2})
    report = await stock_till.run("stock")
    assert (report.outcome, report.created) == ("succeeded", 2)
    assert await entries(stock_till) == {"A": 1, "B": 2}


@pytest.mark.parametrize("kind", ["lost_answer", "truncated"])
async def test_answers_that_are_always_lost_create_nothing_twice(stock_till: Till, kind: str) -> None:
    """Each record is created by its first call; looking by its identity finds it: nothing is left to do."""
    drop(stock_till, 1, {"A": 1, "B": 2, "C": 0})
    stock_till.sandbox.fail(
        {"path": f"/{stock_till.project}/inventory", "method": "POST", "kind": kind, "count": None}
    )
    report = await stock_till.run("stock")
    assert (report.outcome, report.created) == ("succeeded", 3)
    assert len(asked(stock_till, "POST", "inventory")) == 3
    stock_till.sandbox.control("DELETE", "/faults")
    assert await entries(stock_till) == {"A": 1, "B": 2, "C": 0}


@pytest.mark.slow
async def test_a_bad_day_ends_as_a_good_one(stock_till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    """A fifth of all answers fails, in eight ways; the shop ends as the files say, no SKU twice.

    Ten calls are under way at a time: which record a failure meets is chance. Each record is tried five
    times, and of what is asked for one file four answers fail, so none can use up its tries.
    """
    ways: list[dict[str, Any]] = [
        *({"kind": "status", "status": status} for status in (429, 500, 502, 503, 504)),
        {"kind": "reset"}, {"kind": "lost_answer"}, {"kind": "truncated"},
    ]  # fmt: skip
    with_settings(stock_till, concurrency=10)
    weather = Random(1)  # noqa: S311 - the same failures each time
    failures = weather.sample(ways * 5, 40)
    path, wanted = f"/{stock_till.project}/", dict[str, int]()
    calls = again = 0
    for sequence in range(1, 11):
        wanted |= {f"S{n}": n for n in range(len(wanted), len(wanted) + 12)}
        drop(stock_till, sequence, wanted)
        # Twelve records are more than twelve calls: each of the four strikes.
        for skip in weather.sample(range(12), 4):
            stock_till.sandbox.fail({"path": path, "skip": skip, **failures.pop()})
        report = await stock_till.run("stock")
        assert (report.outcome, report.created) == ("succeeded", 12), report
        assert path not in {rule["path"] for rule in stock_till.sandbox.control("GET", "/faults")}
        calls, again = calls + report.calls, again + report.calls_again
    with capsys.disabled():
        print(f"\n{calls} calls, {again} of them repeated")  # noqa: T201 - the figure
    assert await entries(stock_till) == wanted


async def test_a_budget_paces_the_run_and_is_given_back(stock_till: Till) -> None:
    """Runs of a project share it through the ledger: what is leased to another is not ours until it ends."""
    drop(stock_till, 1, {f"S{n}": n for n in range(20)})
    limits = CallLimits(200.0, 2)
    with_settings(stock_till, calls_per_second=200.0, calls_at_once=2)
    with stock_till.workspace.ledger() as ledger:
        other = LedgerBudget(ledger, stock_till.project, limits, seconds=0.3)
        start = time.monotonic()
        assert await other.lease("other", 1) == CallSlice(200.0, 2, 0.3)
        report = await stock_till.run("stock")
        assert time.monotonic() - start >= 0.3
        assert (report.outcome, report.created) == ("succeeded", 20)
        # Nothing is left in the book: all of it is free at once.
        # By slices that do not end while this is asked.
        then = LedgerBudget(ledger, stock_till.project, limits, seconds=60)
        assert await then.lease("next", 1) == CallSlice(200.0, 2, 60)
        assert await then.lease("late", 4) == CallSlice(0.0, 0, 60)
        await then.give_back("next")
        assert await then.lease("late", 4) == CallSlice(200.0, 2, 60)


async def test_scopes_are_checked_before_the_first_call(till: Till) -> None:
    """A client that may only read: a run ends with advice and without a call, a dry run works."""
    reader = ApiClient(id="reader", secret=SecretStr("reads"), scopes=("view_products",))
    config = SandboxConfig(any_project=True, more_clients=(reader,))
    with Sandbox(config) as sandbox:
        shop = Till(till.home / "other", sandbox, till.project)
        await shop.set_up()
        async with shop.workspace.client() as client:
            await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
        with_settings(shop, client_id="reader", client_secret=SecretStr("reads"))
        (shop.home / "erp" / "out" / "stock").mkdir(parents=True, exist_ok=True)
        drop(shop, 1, {"A": 1})
        sandbox.reset_stats()
        report = await shop.run("stock")
        assert report.outcome == "failed"
        assert "reader may not write inventory" in report.message
        assert "manage_products" in report.advice
        assert (sandbox.stats()["reads"], sandbox.stats()["writes"]) == (0, 0)
        report = await shop.run("stock", dry_run=True)
        assert (report.outcome, report.planned) == ("succeeded", 1)

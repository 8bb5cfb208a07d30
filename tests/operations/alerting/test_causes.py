"""Each alert is caused as it happens, told to a real mail server and a real address, and closed by itself."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.commercetools import Client
from passerelle.commercetools.orders.queue_config import SqsConfig
from passerelle.feeds import RunOptions, Workspace, run_feed
from passerelle.feeds.approving import apply_decided, plan_feed, refuse_plan
from passerelle.feeds.drift import drift_of
from passerelle.ledger import Finding
from passerelle.mapping import ExpectsSpec
from passerelle.operations.alerting import AlertSettings, Checked, Limits, check, page_of, speak, tell
from passerelle.operations.backfilling import BackfillRequest, ask_for, carry_backfill
from tests.docs.pages import blocks, commands, same_lines
from tests.feeds.house import stock_xml
from tests.feeds.orders.till import Till
from tests.sync.desk import line, open_ledger

from .ears import SECRETS, Ears

PROJECT = Path(__file__).parents[3]
TWENTY = [line(f"S{number:02d}", 5) for number in range(20)]
FIRST = "STOCK_TOUS_C_00001_20261101.xml"
Line = dict[str, str]


def drop(
    till: Till, sequence: int, lines: Sequence[Line], *, mode: str = "C", count: int | None = None
) -> str:
    """The ERP drops a stock file."""
    name = f"STOCK_TOUS_{mode}_{sequence:05d}_20261101.xml"
    path = till.home / "erp" / "out" / "stock" / name
    path.write_bytes(stock_xml(lines, sequence=sequence, mode=mode, count=count))
    path.with_suffix(".ok").touch()
    return name


async def look(till: Till, settings: AlertSettings, after: timedelta = timedelta(0)) -> Checked:
    """The schedule looks, some time from now."""
    return await asyncio.to_thread(check, till.workspace, settings, now=datetime.now(UTC) + after)


def heard(ears: Ears, kind: str) -> dict[str, Any]:
    """The one alert that both ears were told of, as the address got it; it is in the mail, too."""
    [(headers, body)] = ears.posts
    [mail] = ears.mails
    [alert] = body["alerts"]
    told: dict[str, Any] = alert
    assert (told["kind"], headers["idempotency-key"]) == (kind, body["key"])
    text = mail.get_body(("plain",))
    page = mail.get_body(("html",))
    assert text is not None
    assert page is not None
    shown = text.get_content()
    for part in (told["what"], told["effect"], told["advice"], told["runbook"]):
        assert part in " ".join(shown.split())
    assert body["subject"] in mail["Subject"]
    assert mail["Message-ID"].startswith(f"<{body['key']}@")
    for secret in (*SECRETS, "checkout-secret"):
        assert secret not in shown + page.get_content() + str(body)
    return told


async def told_of(
    till: Till, ears: Ears, kind: str, *, after: timedelta = timedelta(0), **changes: Any
) -> dict[str, Any]:
    """Look: one alert of this kind is opened and told; looking again tells nothing."""
    settings = ears.settings(**changes)
    found = await look(till, settings, after)
    assert [one.kind for one in found.opened] == [kind]
    assert [(one.channel, one.state, one.note) for one in found.told] == [
        ("ops", "sent", ""),
        ("machine", "sent", ""),
    ]
    told = heard(ears, kind)
    await asyncio.to_thread(_follow_the_page, till, kind)
    again = await look(till, settings, after + timedelta(minutes=5))
    assert (again.opened, again.closed, again.told) == ((), (), ())
    return told


async def over(till: Till, ears: Ears, *, after: timedelta = timedelta(0), **changes: Any) -> None:
    """Look again: the alert is closed by itself, and both ears are told that it is over."""
    ears.forget()
    found = await look(till, ears.settings(**changes), after + timedelta(minutes=10))
    assert (len(found.closed), found.open) == (1, ())
    assert [body["alerts"][0]["change"] for _, body in ears.posts] == ["closed"]
    assert len(ears.raw) == 1


async def test_the_guard_stopped_a_run(till: Till, ears: Ears) -> None:
    """A full file with a quarter of the records: critical, for it is stock; over when a good one comes."""
    drop(till, 1, TWENTY)
    await till.run("stock")
    drop(till, 2, TWENTY[:5])
    assert (await till.run("stock")).outcome == "stopped_by_guard"
    told = await told_of(till, ears, "guard_stop")
    assert (told["feed"], told["severity"]) == ("stock", "critical")
    assert "5 records in a full of which 20 are known" in told["what"]
    assert ears.mails[0]["Subject"] == "[Passerelle] CRITICAL: 1 stopped by the guard"
    assert ears.mails[0]["Importance"] == "high"
    assert ears.recipients == [["ops@shop.example", "night@shop.example"]]
    [alert] = (await look(till, ears.settings())).open
    french = speak(alert, "fr", ZoneInfo("Europe/Paris")).what
    assert "passage arrêté par le garde-fou : STOCK_TOUS_C_00002_20261101.xml : 5 enregistrements" in french
    assert "dont 20 sont connus (75 % de moins), toléré 20 % de moins" in french
    await till.run("stock", override_guard="half of the range is gone, Anna says")
    await over(till, ears)


async def test_a_plan_that_the_guard_speaks_against_waits(till: Till, ears: Ears) -> None:
    """Nobody ran the feed, somebody planned it: critical until it is decided, under whichever number."""
    drop(till, 1, TWENTY)
    await till.run("stock")
    drop(till, 2, TWENTY[:5])
    made = await plan_feed(till.workspace, "stock")
    assert made.plan is not None
    await look(till, ears.settings())
    told = heard(ears, "guard_stop")
    assert told["severity"] == "critical"
    assert "5 records in a full of which 20 are known" in told["what"]
    assert f"(plan {made.plan.id} waits for a decision)" in told["what"]
    again = await plan_feed(till.workspace, "stock")
    assert again.plan is not None
    found = await look(till, ears.settings())
    assert [(one.kind, one.facts["plan"]) for one in found.open] == [("guard_stop", again.plan.id)]
    refuse_plan(till.workspace, str(made.plan.id), by="ann", reason="the export was cut")
    await over(till, ears)


async def test_a_stop_stands_until_it_is_decided(till: Till, ears: Ears) -> None:
    """With its plan; SKUs that are carried again meanwhile end it not, a decision does."""
    drop(till, 1, TWENTY)
    await till.run("stock")
    drop(till, 2, [line(f"S{number:02d}", 0) for number in range(20)])
    assert (await till.run("stock")).outcome == "stopped_by_guard"
    made = await plan_feed(till.workspace, "stock")
    assert made.plan is not None
    settings = ears.settings()
    [alert] = (await look(till, settings)).open
    assert alert.facts["plan"] == made.plan.id
    options = RunOptions(skus=("S01",), as_of=date(2026, 10, 1))
    assert (await run_feed(till.workspace, "stock", options)).outcome == "succeeded"
    assert [one.id for one in (await look(till, settings)).open] == [alert.id]
    done = await apply_decided(till.workspace, str(made.plan.id), by="ann", reason="season is over")
    assert done.outcome == "succeeded"
    assert (await look(till, settings)).open == ()


async def test_a_plan_of_what_came_through_waits_for_nobody(till: Till, ears: Ears) -> None:
    """Somebody let the run pass: what the plan was about is in the shop."""
    drop(till, 1, TWENTY)
    await till.run("stock")
    drop(till, 2, TWENTY[:5])
    await plan_feed(till.workspace, "stock")
    assert [one.kind for one in (await look(till, ears.settings())).opened] == ["guard_stop"]
    await till.run("stock", override_guard="half of the range is gone, Anna says")
    await over(till, ears)


async def test_a_backfill_that_waits_for_a_decision(till: Till, ears: Ears) -> None:
    """A good run of the day does not end it, the decision does; one that was only to be shown is no alert."""
    drop(till, 1, [line(f"S{number:02d}", 0) for number in range(20)])
    await till.run("stock")
    drop(till, 2, TWENTY)
    await till.run("stock")
    settings = ears.settings()
    for dry_run in (True, False):
        request = BackfillRequest(feed="stock", until=date(2026, 11, 1), files=(FIRST,), dry_run=dry_run)
        with till.workspace.ledger() as ledger:
            asked = ask_for(till.workspace, ledger, request, by="ann")
        stands = await carry_backfill(till.workspace, asked.id)
        found = (await look(till, settings)).open
        if dry_run:
            assert (stands.state, found) == ("planned", ())
    assert (stands.state, [one.kind for one in found]) == ("waiting", ["guard_stop"])
    drop(till, 3, TWENTY[:1], mode="D")
    assert (await till.run("stock")).outcome == "succeeded"
    assert len((await look(till, settings)).open) == 1
    refuse_plan(till.workspace, str(stands.plan_id), by="ann", reason="not on a Monday")
    assert (await look(till, settings)).open == ()


async def test_a_number_never_came(till: Till, ears: Ears) -> None:
    """The gap is told, not the guard that minds it; the missing file ends it."""
    drop(till, 1, TWENTY)
    await till.run("stock")
    name = drop(till, 4, [line("S00", 3)], mode="D")
    assert (await till.run("stock")).outcome == "stopped_by_guard"
    told = await told_of(till, ears, "sequence_gap")
    assert (told["count"], told["severity"]) == (2, "critical")
    assert f"number 2-3 never came; {name}" in told["what"]
    drop(till, 2, [line("S00", 2)], mode="D")
    drop(till, 3, [line("S01", 2)], mode="D")
    await till.run("stock")
    await over(till, ears)


async def test_a_file_is_late(till: Till, ears: Ears) -> None:
    """The mapping expects one every ten minutes; hours later it is late, with what that does to the shop."""
    mapping = till.workspace.mappings["stock"]
    expects = (ExpectsSpec.model_validate({"every": "10min", "late_after": "5min"}),)
    mapping.spec = mapping.spec.model_copy(update={"expects": expects})
    drop(till, 1, TWENTY)
    await till.run("stock")
    assert (await look(till, ears.settings())).opened == ()
    told = await told_of(till, ears, "late_file", after=timedelta(hours=3))
    assert "20 SKUs on stock older than 3 h" in told["effect"]
    drop(till, 2, TWENTY)
    await till.run("stock")
    await over(till, ears, after=-timedelta(minutes=10))


async def test_a_file_that_is_not_expected_on_a_holiday_is_not_late(till: Till, ears: Ears) -> None:
    """Hours later nobody is told of a day off; the same file without it is late."""
    mapping = till.workspace.mappings["stock"]
    now = datetime.now(UTC)
    # Whatever the day of the test: the house is closed around it.
    off = f"{now.date() - timedelta(days=2)}..{now.date() + timedelta(days=2)}"
    wanted = {"every": "10min", "late_after": "5min"}
    drop(till, 1, TWENTY)
    await till.run("stock")
    closed = ExpectsSpec.model_validate({**wanted, "closed": off})
    mapping.spec = mapping.spec.model_copy(update={"expects": (closed,)})
    assert (await look(till, ears.settings(), timedelta(hours=3))).opened == ()
    mapping.spec = mapping.spec.model_copy(update={"expects": (ExpectsSpec.model_validate(wanted),)})
    assert len((await look(till, ears.settings(), timedelta(hours=3))).opened) == 1


async def test_a_file_was_refused(till: Till, ears: Ears) -> None:
    """Its trailer counts other records than it has; the next good file ends it."""
    name = drop(till, 1, TWENTY, count=99)
    assert (await till.run("stock")).outcome == "failed"
    told = await told_of(till, ears, "file_refused")
    assert name in told["what"]
    drop(till, 1, TWENTY)
    assert (await till.run("stock")).outcome == "succeeded"
    await over(till, ears)


async def test_runs_fail(till: Till, ears: Ears) -> None:
    """Once is nobody's alert; twice is, and so is once without a better run for half an hour."""
    folder = till.home / "erp" / "out" / "stock"
    folder.rename(folder.with_name("elsewhere"))
    assert (await till.run("stock")).outcome == "failed"
    # At seven in Paris the mapping's file of the night is late, too.
    off = ("late_file",)
    assert (await look(till, ears.settings(off=off))).opened == ()
    silent = ears.settings(mail={}, webhooks={}, off=off)
    assert [one.kind for one in (await look(till, silent, timedelta(minutes=31))).opened] == ["run_failed"]
    assert [one.kind for one in (await look(till, silent)).closed] == ["run_failed"]
    await till.run("stock")
    told = await told_of(till, ears, "run_failed", off=off)
    assert str(folder) in told["what"]
    folder.with_name("elsewhere").rename(folder)
    assert (await till.run("stock")).outcome == "succeeded"
    await over(till, ears, off=off)


def _started(till: Till) -> subprocess.Popen[bytes]:
    """The feed is run by another process."""
    command = [sys.executable, "-m", "passerelle.cli.app", "run", "stock"]
    return subprocess.Popen(command, env=_environment(till), cwd=PROJECT, stdout=subprocess.DEVNULL)


async def test_a_worker_is_gone(till: Till, ears: Ears) -> None:
    """A run is killed in the middle of its calls; the next run takes its work up."""
    drop(till, 1, TWENTY)
    till.sandbox.fail(
        {"path": f"/{till.project}/inventory", "method": "POST", "kind": "latency", "latencyMs": 15_000,
         "count": None}
    )  # fmt: skip
    # At seven in Paris the mapping's file of the night is late, too.
    off = ("late_file",)
    process = await asyncio.to_thread(_started, till)
    try:
        with open_ledger(till.ledger_path) as ledger:
            _wait_for(lambda: bool(ledger.watching.at_work()))
            assert (await look(till, ears.settings(off=off))).opened == ()
            process.send_signal(signal.SIGKILL)
            process.wait(30)
    finally:
        process.kill()
        process.wait(30)
    told = await told_of(till, ears, "worker_gone", off=off)
    assert f"process {process.pid} on " in told["what"]
    till.sandbox.control("DELETE", "/faults")
    assert (await till.run("stock")).outcome == "succeeded"
    await over(till, ears, off=off)


async def test_orders_are_not_collected(till: Till, ears: Ears) -> None:
    """The sweep went well two hours ago, and nothing since."""
    till.place()
    await till.run("orders-out")
    assert (await look(till, ears.settings())).opened == ()
    told = await told_of(till, ears, "late_sweep", after=timedelta(hours=1), off=("overdue_step",))
    assert (told["feed"], told["severity"]) == ("orders-out", "critical")
    await till.run("orders-out")
    await over(till, ears, after=-timedelta(minutes=10))


async def test_an_answer_is_overdue(till: Till, ears: Ears) -> None:
    """The ERP says nothing of an order that left; its answer ends it."""
    till.place()
    await till.run("orders-out")
    off = ("late_sweep",)
    found = await look(till, ears.settings(off=off), timedelta(days=3))
    assert {(one.kind, one.subject) for one in found.opened} == {
        ("overdue_step", "technical_ack"),
        ("overdue_step", "functional_ack"),
    }
    [(_, body)] = ears.posts
    assert body["subject"] == "2 steps with late orders"
    assert {one["severity"] for one in body["alerts"]} == {"critical"}
    assert all("W-1" in one["what"] for one in body["alerts"])
    till.erp.acknowledge()
    await till.run("order-acks")
    closed = await look(till, ears.settings(off=off), timedelta(minutes=1))
    assert {one.subject for one in closed.closed} == {"technical_ack", "functional_ack"}


async def test_the_shop_is_too_busy(till: Till, ears: Ears) -> None:
    """It answers 429 to a part of the calls: they are repeated, and that is told."""
    drop(till, 1, TWENTY)
    till.sandbox.fail(
        {"path": f"/{till.project}/inventory", "method": "POST", "kind": "status", "status": 429, "count": 8,
         "retryAfter": 0}
    )  # fmt: skip
    assert (await till.run("stock")).outcome == "succeeded"
    told = await told_of(till, ears, "budget_exhausted")
    assert "too busy for 8 of" in told["what"]
    drop(till, 2, [*TWENTY, *(line(f"T{number:02d}", 5) for number in range(20))])
    await till.run("stock")
    await over(till, ears)


async def test_the_budget_is_used_up(till: Till, ears: Ears) -> None:
    """Nearly all calls that the budget allows were made in the window."""
    shop = till.workspace.settings.commercetools
    assert shop is not None
    slow = shop.model_copy(update={"calls_per_second": 5.0})
    till.workspace = Workspace(till.workspace.settings.model_copy(update={"commercetools": slow}))
    drop(till, 1, TWENTY)
    await till.run("stock")
    with open_ledger(till.ledger_path) as ledger:
        [run] = ledger.runs.last("stock")
        made = sum(one.calls for one in ledger.watching.calls_since(run.started_at))
    assert run.finished_at is not None
    # A window that this one run fills, and a limit that its calls reach, however long it took.
    lasted = (run.finished_at - run.started_at).total_seconds()
    limits = Limits(budget_window=lasted, budget_share=min(1, 0.99 * made / (5 * lasted)))
    off = ("late_file",)
    settings = ears.settings(limits=limits, off=off)
    found = await asyncio.to_thread(check, till.workspace, settings, now=run.finished_at)
    assert [(one.kind, one.subject) for one in found.opened] == [("budget_exhausted", "used up")]
    assert heard(ears, "budget_exhausted")["facts"]["feeds"] == ["stock"]
    await over(till, ears, limits=limits, off=off)


async def test_many_records_are_refused(till: Till, ears: Ears) -> None:
    """More than the limit of one file; the rest was carried. Mended, it is over."""
    bad = [line(f"X{number}", "many") for number in range(5)]
    drop(till, 1, [*TWENTY, *bad])
    assert (await till.run("stock")).outcome == "completed_with_rejects"
    told = await told_of(till, ears, "reject_rate")
    assert told["what"].startswith("stock: 5 of 25 records were refused: ")
    assert told["severity"] == "warning"
    drop(till, 2, TWENTY)
    await till.run("stock", override_guard="five were wrong")
    await over(till, ears)


async def test_the_shop_drifted(till: Till, ears: Ears) -> None:
    """A look finds an entry deleted by hand; a look that finds nothing ends it."""
    drop(till, 1, TWENTY)
    await till.run("stock")
    async with till.workspace.client() as client:
        [entry] = await client.query_all("inventory", ['sku = "S07"'])
        await client.delete("inventory", entry["id"], entry["version"])
    await drift_of(till.workspace, "stock")
    told = await told_of(till, ears, "drift")
    assert "1 of 20 records" in told["what"]
    async with till.workspace.client() as client:
        channel = await client.get("channels/key=depot-001")
        assert channel is not None
        draft = {"key": entry["key"], "sku": "S07", "quantityOnStock": 5}
        await client.create(
            "inventory", {**draft, "supplyChannel": {"typeId": "channel", "id": channel["id"]}}
        )
    await drift_of(till.workspace, "stock")
    await over(till, ears)


async def test_what_is_switched_off_or_of_another_version_is_over(till: Till, ears: Ears) -> None:
    """An open alert of such a kind would stay for ever: nobody looks for it any more."""
    drop(till, 1, TWENTY, count=99)
    await till.run("stock")
    strange = Finding(kind="of_next_year", feed="stock", since=datetime.now(UTC))
    with open_ledger(till.ledger_path) as ledger:
        ledger.alerts.note([strange], datetime.now(UTC), looked_for=())
        assert tell(ledger, ears.settings(mail={}), datetime.now(UTC))[0].subject == "1 of_next_year"
    found = await look(till, ears.settings())
    assert ([one.kind for one in found.opened], [one.kind for one in found.closed]) == (
        ["file_refused"],
        ["of_next_year"],
    )
    switched_off = await look(till, ears.settings(off=("file_refused",)))
    assert ([one.kind for one in switched_off.closed], switched_off.open) == (["file_refused"], ())


async def test_somebody_fights_about_a_field(till: Till, ears: Ears) -> None:
    """A category's name is changed back again and again; a person who gives it to us ends it."""

    async def carry(turn: int) -> None:
        name = f"CATEG_FR_C_{turn:05d}_20261101.xml"
        path = till.home / "erp" / "out" / "categories" / name
        path.write_bytes(_categories(turn, f"Robes {turn}"))
        path.with_suffix(".ok").touch()
        await till.run("categories-fr")

    await carry(1)
    for turn in range(2, 7):
        async with till.workspace.client() as client:
            body = await client.get("categories/key=cat-0002")
            assert body is not None
            theirs = {"action": "changeName", "name": {"fr-FR": "Jupes"}}
            await client.update("categories", body["id"], body["version"], [theirs])
        await carry(turn)
    told = await told_of(till, ears, "foreign_fight", off=("reject_rate",))
    assert told["feed"] == "categories-fr"
    with open_ledger(till.ledger_path) as ledger:
        ledger.foreign_edits.release("categories-fr")
    await carry(8)
    await over(till, ears, off=("reject_rate",))


async def test_a_queue_brings_what_nobody_can_read(till: Till, ears: Ears) -> None:
    """Somebody else writes to the queue of notifications; once a person closed the case it is over."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        sqs: Any = boto3.client(
            "sqs", region_name="eu-west-1", endpoint_url=url, aws_access_key_id="k", aws_secret_access_key="s"
        )
        queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
        config = SqsConfig(
            queue_url=queue, region="eu-west-1", access_key="k", secret_key=SecretStr("s"), endpoint=url
        )
        settings = till.workspace.settings.model_copy(update={"order_queues": {"orders_out": config}})
        till.workspace = Workspace(settings)
        sqs.send_message(QueueUrl=queue, MessageBody="<invoice/>")
        await till.run("orders-out")
        # All servers of moto in a process share what they hold.
        sqs.delete_queue(QueueUrl=queue)
    finally:
        server.stop()
    told = await told_of(till, ears, "queue_unhealthy")
    assert (told["feed"], told["count"]) == ("orders-out", 1)


async def test_the_shop_cannot_fill_the_queue(
    till: Till, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so of the subscription; what it should tell is lost, so it is critical."""
    get, state = Client.get, "ConfigurationErrorDeliveryStopped"

    async def answering(client: Client, path: str, *more: Any) -> Any:
        if path == "subscriptions/key=orders-sqs":
            return {"id": "s-1", "version": 1, "key": "orders-sqs", "status": state}
        return await get(client, path, *more)

    # The sandbox has no queue to fail at: the shop's word is put into its mouth.
    monkeypatch.setattr(Client, "get", answering)
    assert till.workspace.mappings
    till.say(subscription="orders-sqs")
    await till.run("orders-out")
    told = await told_of(till, ears, "queue_unhealthy")
    assert (told["severity"], state in told["what"]) == ("critical", True)
    state = "Healthy"
    await till.run("orders-out")
    await over(till, ears)


def _environment(till: Till) -> dict[str, str]:
    shop = till.workspace.settings.commercetools
    assert shop is not None
    return {
        **os.environ,
        "PASSERELLE_HOME": str(till.workspace.home),
        "PASSERELLE_MAPPINGS": str(till.workspace.settings.mappings),
        "PASSERELLE_FOLDER": str(till.home / "erp"),
        "PASSERELLE_COMMERCETOOLS__PROJECT_KEY": shop.project_key,
        "PASSERELLE_COMMERCETOOLS__CLIENT_ID": shop.client_id,
        "PASSERELLE_COMMERCETOOLS__CLIENT_SECRET": shop.client_secret.get_secret_value(),
        "PASSERELLE_COMMERCETOOLS__AUTH_URL": shop.auth_url,
        "PASSERELLE_COMMERCETOOLS__API_URL": shop.api_url,
    }


def _follow_the_page(till: Till, kind: str) -> None:
    """The first five minutes, as the runbook writes them: each command prints what its page says."""
    environment = {**_environment(till), "PASSERELLE_LANG": "en", "COLUMNS": "100"}
    for block in blocks(PROJECT / "docs" / "runbook" / page_of(kind)):
        for command in commands(block) if block.language == "console" else ():
            printed = CliRunner().invoke(app, command.words[1:], env=environment).stdout.splitlines()
            assert _prints(command.output, printed), (command, printed)


def _prints(expected: list[str], printed: list[str]) -> bool:
    """Compare with what a page shows: `…` stands for any lines, at the end of a line for its rest."""
    wanted = [one.rstrip() for one in expected if one.strip()]
    begun = [one[:-1] for one in wanted if one.endswith("…") and one != "…"]
    got = [re.sub(r"^#\d+", "#1", line.rstrip()) for line in printed if line.strip()]
    got = [next((one for one in begun if line.startswith(one)), line) for line in got]
    return same_lines([one if one == "…" else one.removesuffix("…") for one in wanted], got)


def _wait_for(happened: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def _categories(sequence: int, label: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><FICHIER><ENTETE><FLUX>CATEG</FLUX><ZONE>FR</ZONE>'
        f"<MODE>C</MODE><SEQUENCE>{sequence:05d}</SEQUENCE><DATE>20261101</DATE><HEURE>011500</HEURE></ENTETE>"
        f"<CATEGORIE><CODE>0002</CODE><PARENT/><LIBELLE>{label}</LIBELLE><ORDRE>0020</ORDRE></CATEGORIE>"
        "<PIED><NB_LIGNES>000001</NB_LIGNES></PIED></FICHIER>"
    ).encode("iso-8859-1")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of these tests leaves this machine."""
    monkeypatch.setenv("NO_PROXY", "*")

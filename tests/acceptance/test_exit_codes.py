"""The command line as a shell meets it: exit codes, one JSON document, tables in two languages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from passerelle.retailer import TROUBLES
from tests.acceptance.shelf import changed_keys
from tests.acceptance.stage import PROJECT, Calls, Stage

#: Each received record is in exactly one of these.
FATES = ("pending", "created", "updated", "unchanged", "quarantined", "failed", "superseded", "gone")


class Answer:
    """What a command said and how it ended."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.error = done.stderr

    @property
    def document(self) -> Any:
        """The one JSON document on standard output; whatever else stands there is an error."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """What stands on standard output, without frames and line breaks."""
        return " ".join(self.out.replace("│", " ").split())

    def line(self, *words: str) -> str:
        """The one line of a table that holds all these words."""
        (found,) = [line for line in self.out.splitlines() if all(word in line for word in words)]
        return found


def passerelle(stage: Stage, *words: str, **variables: str) -> Answer:
    """Call the command as a shell does, in a wide terminal that speaks English."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("PASSERELLE_", "LC_"))
    }
    environment |= stage.rehearsal.environment
    environment |= {"COLUMNS": "220", "LANG": "C.UTF-8", "PYTHONWARNINGS": "error", **variables}
    return Answer(
        subprocess.run(
            [sys.executable, "-m", "passerelle.cli.app", *words],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    )


async def with_trouble(stage: Stage, trouble: str) -> None:
    """Carry the opening day's stock, then let a trouble strike the next day."""
    stage.drop("full")
    await stage.load("stock")
    stage.drop("delta1", trouble)
    stage.count_anew()


# Exit codes and JSON ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "code", "outcome"),
    [
        ("same_file_again", 0, "succeeded"),
        ("cut_short", 1, "failed"),
        ("record_without_sku", 3, "completed_with_rejects"),
        ("stock_third_gone", 4, "stopped_by_guard"),
    ],
)
async def test_the_exit_code_is_the_outcome(stage: Stage, trouble: str, code: int, outcome: str) -> None:
    """0 succeeded, 1 failed, 3 completed with rejects, 4 stopped by the guard; the document says the same."""
    await with_trouble(stage, trouble)
    answer = passerelle(stage, "run", "stock", "--json")
    assert answer.code == code
    report = answer.document
    assert (report["exit_code"], report["outcome"], report["feed"]) == (code, outcome, "stock")
    if code in {0, 3}:
        assert report["received"] == sum(report[fate] for fate in FATES) > 0
    with stage.ledger() as ledger:
        run = ledger.runs.last("stock")[0]
        assert (run.id, run.outcome) == (report["run_id"], outcome)


async def test_the_counts_add_up(stage: Stage) -> None:
    """Every received record is created, updated, unchanged, rejected, left for later or superseded: once."""
    manifest = stage.drop("full", "record_without_sku")
    (full,) = manifest.of("STOCK_TOUS")
    report = passerelle(stage, "run", "stock", "--json").document
    assert report["received"] == full.records == sum(report[fate] for fate in FATES)
    assert report["created"] == full.records - len(full.affected)
    assert report["quarantined"] == len(full.affected)
    assert sum(row["count"] for row in report["rejects"]) == len(full.affected)


@pytest.mark.slow
async def test_what_the_shop_does_not_take_for_now_is_left_for_the_next_run(stage: Stage) -> None:
    """A record that met an answer 503 to the end is counted as not taken yet, exit code 3."""
    stage.drop("full")
    await stage.load("stock")
    (delta,) = stage.drop("delta1").of("STOCK_TOUS")
    stage.rehearsal.sandbox.fail({"kind": "status", "status": 503, "method": "write", "count": 1_000_000})

    report = passerelle(stage, "run", "stock", "--json").document

    assert report["exit_code"] == 3
    assert report["failed"] == delta.records == sum(report[fate] for fate in FATES)
    stage.rehearsal.sandbox.control("DELETE", "/faults")


async def test_a_group_is_one_document_in_running_order(stage: Stage) -> None:
    """Several feeds give one array; the exit code is that of the worst."""
    stage.drop("full", "wrong_count:CATEG_PL")
    answer = passerelle(stage, "run", "category", "--json")
    assert answer.code == 1
    codes = {report["feed"]: report["exit_code"] for report in answer.document}
    assert list(codes) == ["categories-fr", "categories-be", "categories-pl", "categories-si"]
    assert codes == {"categories-fr": 0, "categories-be": 0, "categories-pl": 1, "categories-si": 0}
    for report in answer.document:
        assert report["received"] == sum(report[fate] for fate in FATES)


async def test_nothing_to_do_is_a_success(stage: Stage) -> None:
    """An empty folder is no error, and asks the shop nothing."""
    answer = passerelle(stage, "run", "stock")
    assert answer.code == 0
    assert "Nothing new for stock." in answer.out
    assert stage.calls() == Calls(0, 0, 0)


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (("run", "stocks-fr"), {}, ("There is no feed 'stocks-fr'", "Feeds: ", "Groups: ")),
        (("run", "stock", "--since", "2026-11-02", "--until", "2026-11-01"), {}, ("do not go together",)),
        (("run", "stock", "--lang", "de"), {}, ("en or fr, not in 'de'",)),
        (("run", "stock"), {"PASSERELLE_SFTP__PORT": "ssh"}, ("PASSERELLE_SFTP__PORT",)),
        (("run", "stock"), {"PASSERELLE_MAPPINGS": "nowhere"}, ("no folder nowhere", "PASSERELLE_MAPPINGS")),
        (("--env", "no-such.env", "status"), {}, ("no-such.env cannot be read",)),
    ],
)
async def test_a_wrong_question_is_answered_in_one_line(
    stage: Stage, words: tuple[str, ...], variables: dict[str, str], said: tuple[str, ...]
) -> None:
    """What was wrong and what to do, on standard error, exit code 1, and no traceback."""
    answer = passerelle(stage, *words, **variables)
    assert answer.code == 1
    assert answer.out == ""
    assert "Traceback" not in answer.error
    for piece in said:
        assert piece in answer.error


async def test_the_servers_that_do_not_answer_are_named(stage: Stage) -> None:
    """An SFTP server that is down is a failed run with its address and what to look at; nothing is lost."""
    stage.drop("full")
    answer = passerelle(
        stage, "run", "stock", "--json", PASSERELLE_SFTP__PORT="1", PASSERELLE_SFTP__RETRY_WAIT="0"
    )
    assert answer.code == 1
    report = answer.document
    assert report["outcome"] == "failed"
    for piece in ("sftp://passerelle@127.0.0.1:1", "no connection"):
        assert piece in report["message"]
    assert "Is the server up" in report["advice"]
    assert (await stage.run("stock")).outcome == "succeeded"


# What people read -----------------------------------------------------------------------------------------


async def test_a_plan_shows_old_and_new_and_writes_nothing(stage: Stage) -> None:
    """Field by field what a run would change; the shop, the folder and the ledger stay as they are."""
    stage.drop("full")
    await stage.load("stock")
    (delta,) = stage.drop("delta1").of("STOCK_TOUS")
    before = stage.shop()
    stage.count_anew()

    answer = passerelle(stage, "plan", "stock")

    assert answer.code == 0
    old, new = stage.house.day(1).books.stock, stage.house.day(2).books.stock
    assert delta.changes.changed
    assert delta.changes.added
    for sku, depot in sorted(delta.changes.keys):
        shown = answer.line(f"{sku}_depot-{depot}", "quantity").replace("│", " ").split()
        was = str(old[sku, depot].quantity) if (sku, depot) in old else "—"
        assert shown == [f"{sku}_depot-{depot}", "quantity", was, str(new[sku, depot].quantity)]
    assert "Nothing was written" in answer.out
    assert stage.calls().writes == 0
    assert stage.shop() == before
    assert stage.waiting(delta)
    report = await stage.run("stock")
    assert report.created + report.updated == len(delta.changes.keys)
    assert changed_keys(before, stage.shop(), "STOCK_TOUS") == delta.changes.keys


async def test_a_plan_is_a_document_too(stage: Stage) -> None:
    """The same for machines: nothing created, nothing updated, every change with its field."""
    stage.drop("full")
    await stage.load("stock")
    (delta,) = stage.drop("delta1").of("STOCK_TOUS")
    stage.count_anew()
    planned = passerelle(stage, "plan", "stock", "--json", "-").document
    assert planned["dry_run"] is True
    assert planned["created"] == planned["updated"] == 0
    assert planned["fields"] == {"quantity": len(delta.changes.keys)}
    assert len(planned["changes"]) == len(delta.changes.keys)
    assert stage.calls().writes == 0


async def test_a_plan_of_one_sku_shows_that_one(stage: Stage) -> None:
    """`--sku` limits what is shown to what one asks about."""
    stage.drop("full")
    await stage.load("stock")
    (delta,) = stage.drop("delta1").of("STOCK_TOUS")
    sku = min(delta.changes.changed)[0]
    stage.count_anew()
    answer = passerelle(stage, "plan", "stock", "--sku", sku, "--json", "-")
    assert {change["key"].partition("_")[0] for change in answer.document["changes"]} == {sku}
    assert stage.calls().writes == 0


async def test_status_shows_every_feed(stage: Stage) -> None:
    """The board names each feed with its last run, and those that never ran."""
    await with_trouble(stage, "record_without_sku")
    report = await stage.run("stock")
    board = passerelle(stage, "status")
    assert board.code == 0
    assert str(report.received) in board.line("stock", "completed with rejects").split()
    assert "—" in board.line("prices-pl")


async def test_status_shows_one_feed_in_detail(stage: Stage) -> None:
    """A feed alone shows its files and its quarantine, to people and to machines."""
    await with_trouble(stage, "record_without_sku")
    report = await stage.run("stock")

    detail = passerelle(stage, "status", "stock")
    assert detail.code == 0
    assert "applied" in detail.line("STOCK_TOUS_D_00002_20261102.xml", "applied")
    with stage.ledger() as ledger:
        entries = ledger.quarantine.entries("stock")
    for entry in entries:
        position = entry.faults[0].position
        where = f"{position.file}, record {position.record}, line {position.line}, SKU: received "
        assert where in detail.text

    document = passerelle(stage, "status", "stock", "--json").document
    (status,) = document
    assert status["feed"] == "stock"
    assert status["runs"][0]["outcome"] == "completed_with_rejects"
    assert status["runs"][0]["id"] == report.run_id
    assert sum(status["quarantine"].values()) == len(entries) == report.quarantined
    assert [file["state"] for file in status["files"]] == ["applied", "applied"]


async def test_a_report_names_cause_place_and_what_to_do(stage: Stage) -> None:
    """The table of rejects says the cause in words, an example with its place, and the advice."""
    await with_trouble(stage, "record_without_sku")
    answer = passerelle(stage, "run", "stock")
    assert answer.code == 3
    for piece in (
        "a required value is empty",
        "line ",
        "SKU: received ''",
        "Have it corrected at the source",
    ):
        assert piece in answer.text
    assert "completed with rejects" in answer.text
    assert "`passerelle status stock` lists them" in answer.text


async def test_a_stop_tells_how_to_go_on_and_goes_on(stage: Stage) -> None:
    """The message ends in the option that lets it pass; with it the same command succeeds."""
    await with_trouble(stage, "stock_third_gone")
    answer = passerelle(stage, "run", "stock")
    assert answer.code == 4
    for piece in ("stopped by the guard", "STOCK_TOUS_C_00002_20261102.xml: volume: ", "--override-guard"):
        assert piece in answer.text
    passed = passerelle(stage, "run", "stock", "--override-guard", "stocktaking in Lille")
    assert passed.code == 0
    assert "let pass: stocktaking in Lille" in passed.text


@pytest.mark.parametrize("asked", [("--lang", "fr"), ()])
async def test_reports_speak_french(stage: Stage, asked: tuple[str, ...]) -> None:
    """By option or by the locale: columns, outcome, causes and the last line."""
    await with_trouble(stage, "record_without_sku")
    answer = passerelle(stage, "run", "stock", *asked, LANG="C.UTF-8" if asked else "fr_FR.UTF-8")
    assert answer.code == 3
    for piece in (
        "reçus", "rejetés", "terminé avec rejets", "une valeur obligatoire est vide", "que faire",
        "`passerelle status stock` les montre",
    ):  # fmt: skip
        assert piece in answer.text


# The invented house -----------------------------------------------------------------------------------------


async def test_generate_names_every_trouble(stage: Stage) -> None:
    """`--trouble list` shows what a file looks like and what a receiver must do, and writes nothing."""
    target = stage.rehearsal.home / "none"
    answer = passerelle(stage, "generate", str(target), "--trouble", "list")
    assert answer.code == 0
    for trouble, card in TROUBLES.items():
        line = answer.line(str(trouble))
        assert card.looks.split(maxsplit=1)[0] in line
    assert not target.exists()


async def test_generate_writes_what_it_lists(stage: Stage) -> None:
    """The document names each file with records, size and digest; a wrong trouble names the right ones."""
    target = stage.rehearsal.home / "written"
    words = ("generate", str(target), "--styles", "4", "--stores", "1", "--json")
    answer = passerelle(stage, *words, "--trouble", "bad_price")
    assert answer.code == 0
    for file in answer.document:
        (path,) = target.rglob(file["name"])
        assert path.stat().st_size == file["size"]
    wrong = passerelle(stage, *words, "--trouble", "bad_prize")
    assert wrong.code == 1
    assert "no trouble is named 'bad_prize'" in wrong.error
    assert all(str(trouble) in wrong.error for trouble in TROUBLES)

"""`passerelle plan`, `plans`, `apply`, `refuse`, `undo` as a person types them, on a real shop over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli.app import app
from passerelle.feeds import Workspace
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.house import stock_xml
from tests.sync.desk import MAPPINGS, line, open_ledger


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


class Desk:
    """A folder with an ERP's inbox, and the commands typed there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inbox = home / "erp" / "out" / "stock"
        self.inbox.mkdir(parents=True)

    def drop(self, sequence: int, **levels: int) -> str:
        """The ERP drops a full stock file."""
        return self._drop("C", sequence, levels)

    def drop_changes(self, sequence: int, **levels: int) -> str:
        """The ERP drops a stock file of what changed."""
        return self._drop("D", sequence, levels)

    def _drop(self, mode: str, sequence: int, levels: dict[str, int]) -> str:
        path = self.inbox / f"STOCK_TOUS_{mode}_{sequence:05d}_20261101.xml"
        lines = [line(sku, quantity) for sku, quantity in levels.items()]
        path.write_bytes(stock_xml(lines, sequence=sequence, mode=mode))
        path.with_suffix(".ok").touch()
        return path.name

    def __call__(self, *words: str, code: int = 0) -> Result:
        """Type a command; it must end as expected."""
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result

    def document(self, *words: str, code: int = 0) -> Any:
        """The JSON document on standard output."""
        return json.loads(self(*words, code=code).stdout)

    def levels(self) -> dict[str, int]:
        """What the shop holds."""
        entries = asyncio.run(_entries())
        return {entry["sku"]: entry["quantityOnStock"] for entry in entries}

    def set(self, sku: str, quantity: int) -> None:
        """A person writes in the shop's back office."""
        asyncio.run(_set(sku, quantity))


async def _entries() -> list[dict[str, Any]]:
    async with Workspace.load().client() as client:
        return list(await client.query_all("inventory", [None]))


async def _set(sku: str, quantity: int) -> None:
    [entry] = [one for one in await _entries() if one["sku"] == sku]
    async with Workspace.load().client() as client:
        action = {"action": "changeQuantity", "quantity": quantity}
        await client.update("inventory", entry["id"], entry["version"], [action])


async def _make_channel() -> None:
    async with Workspace.load().client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})


@pytest.fixture
def desk(tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A shop that holds A and B, five pieces each."""
    project = f"desk-{uuid4().hex[:12]}"
    settings = {
        "HOME": str(tmp_path / "ours"),
        "FOLDER": str(tmp_path / "erp"),
        "MAPPINGS": str(MAPPINGS.parent),
        "COMMERCETOOLS__PROJECT_KEY": project,
        "COMMERCETOOLS__CLIENT_ID": shops.client_id,
        "COMMERCETOOLS__CLIENT_SECRET": shops.client_secret.get_secret_value(),
        "COMMERCETOOLS__AUTH_URL": shops.url,
        "COMMERCETOOLS__API_URL": shops.url,
        "LANG": "en",
    }
    for name, text in settings.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", text)
    monkeypatch.setenv("COLUMNS", "220")
    (tmp_path / "ours").mkdir()
    open_ledger(tmp_path / "ours" / "ledger.db").close()
    asyncio.run(_make_channel())
    made = Desk(tmp_path)
    made.drop(1, A=5, B=5)
    made("run", "stock")
    return made


def row(output: str, *words: str) -> list[str]:
    """The one line that holds all these words."""
    (found,) = [line for line in output.splitlines() if all(word in line.split() for word in words)]
    return found.split()


def test_a_plan_is_shown_grouped_and_counted(desk: Desk) -> None:
    """What changes, old → new; that nothing was written; and how to decide."""
    name = desk.drop(2, A=7, B=0, C=1)
    shown = desk("plan", "stock").output
    assert "Stock levels: 2 to change · 1 to create · 1 stock levels go to zero" in shown
    assert row(shown, "A_depot-001") == ["A_depot-001", "quantity", "5", "7"]
    assert row(shown, "C_depot-001") == ["C_depot-001", "quantity", "—", "1"]
    assert "Nothing was written. `passerelle apply" in shown
    assert desk.levels() == {"A": 5, "B": 5}
    assert (desk.inbox / name).is_file()


def test_it_is_listed_shown_again_applied_and_known(desk: Desk) -> None:
    """From the list to the shop; afterwards the list tells who decided and why."""
    desk.drop(2, A=7, B=5)
    desk("plan", "stock")
    [plan] = desk.document("plans", "--waiting", "--json")
    assert (plan["state"], plan["feed"], plan["origin"]) == ("stored", "stock", "run")
    assert plan["digest"][:10] in desk("plans").output
    assert row(desk("plan", "--show", str(plan["id"])).output, "A_depot-001")[-2:] == ["5", "7"]
    report = desk.document("apply", plan["digest"][:8], "--reason", "checked", "--by", "ann", "--json")
    assert (report["updated"], report["outcome"], desk.levels()) == (1, "succeeded", {"A": 7, "B": 5})
    assert desk.document("plans", "--waiting", "--json") == []
    [plan] = desk.document("plans", "stock", "--json")
    assert (plan["state"], plan["decided_by"], plan["reason"]) == ("applied", "ann", "checked")
    again = desk("apply", str(plan["id"]), code=1)
    assert "was applied by ann" in again.output
    shown = desk("plan", "--show", str(plan["id"])).output
    assert "applied by ann" in shown
    assert "1 changed" in shown


def test_who_decides_is_the_user_of_the_machine(desk: Desk) -> None:
    """Unless a name is given."""
    desk.drop(2, A=7, B=5)
    desk("plan", "stock")
    [plan] = desk.document("plans", "--json")
    desk("refuse", str(plan["id"]), "--reason", "wrong export")
    [plan] = desk.document("plans", "--json")
    assert plan["state"] == "refused"
    assert "@" in plan["decided_by"]
    assert desk.levels() == {"A": 5, "B": 5}


def test_what_was_left_alone_is_said(desk: Desk) -> None:
    """A person was quicker: exit code 3, the record and the cause are named."""
    desk.drop(2, A=7, B=8)
    desk("plan", "stock")
    desk.set("A", 6)
    [plan] = desk.document("plans", "--json")
    shown = desk("apply", plan["digest"], code=3).output
    assert "changed in the shop after it was planned" in shown
    assert "A|001" in shown
    assert desk.levels() == {"A": 6, "B": 8}


def test_the_document_holds_every_change(desk: Desk) -> None:
    """On standard output or in a file: the report, the plan, all rows, whatever the terminal shows."""
    levels = {f"S{n}": n for n in range(60)}
    desk.drop(2, A=7, B=5, **levels)
    told = desk.document("plan", "stock", "--json", "-")
    assert (told["dry_run"], told["plan"]["feed"], len(told["changes"])) == (True, "stock", 61)
    assert told["changes"][0] == {
        "key": "A_depot-001", "kind": "update", "field": "quantity", "old": "5", "new": "7",
    }  # fmt: skip
    path = desk.home / "plan.json"
    shown = desk("plan", "stock", "--json", str(path)).output
    assert "The first 25 lines of more" in shown
    assert json.loads(path.read_bytes())["changes"] == told["changes"]
    shown_again = desk.document("plan", "--show", told["plan"]["digest"][:12], "--json", "-")
    assert shown_again["changes"] == told["changes"]


class Outside(HTMLParser):
    """Collects whatever a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts, and everything with an address."""
        self.found += [tag] if tag in {"script", "link", "img", "iframe"} else []
        self.found += [f"{tag}.{name}" for name, _ in attrs if name in {"src", "href"}]


def test_the_page_needs_nothing_else(desk: Desk) -> None:
    """One file with every change, in the language asked for, that fetches nothing."""
    desk.drop(2, A=7, B=5, **{f"S{n}": n for n in range(60)})
    path = desk.home / "plan.html"
    desk("plan", "stock", "--html", str(path), "--lang", "fr")
    page = path.read_text(encoding="utf-8")
    outside = Outside()
    outside.feed(page)
    assert outside.found == []
    assert "Stocks : 1 à modifier · 60 à créer" in page
    assert page.count("_depot-001") == 61
    assert "Rien n&#x27;a été écrit" in page


def test_a_run_is_taken_back(desk: Desk) -> None:
    """As a plan that waits, or at once; the words say that the source still says otherwise."""
    desk.drop(2, A=7, B=8, C=1)
    run = desk.document("run", "stock", "--json")["run_id"]
    desk.set("B", 6)
    shown = desk("undo", run, code=3).output
    assert "Stock levels: 1 to delete · 1 to change" in shown
    assert "the next file with these records writes it again" in shown
    assert "changed since the run, left alone" in shown
    assert desk.levels() == {"A": 7, "B": 6, "C": 1}
    desk("undo", run[-10:], "--now", "--by", "ann", "--reason", "wrong export", code=3)
    assert desk.levels() == {"A": 5, "B": 6}
    assert "wrote nothing that could be taken back" in desk("undo", _dry(desk), code=1).output


def _dry(desk: Desk) -> str:
    return str(desk.document("run", "stock", "--dry-run", "--json")["run_id"])


def test_what_cannot_be_is_said(desk: Desk) -> None:
    """An unknown plan, no feed, a file that cannot be written, options that contradict each other."""
    assert "There is no stored plan" in desk("apply", "99", code=1).output
    assert "There is no stored plan" in desk("plan", "--show", "abcdef12", code=1).output
    assert "Which feed?" in desk("plan", code=1).output
    desk.drop(2, A=7, B=5)
    assert "cannot be written" in desk("plan", "stock", "--json", str(desk.home), code=1).output
    wrong = ("plan", "stock", "--since", "2026-02-01", "--until", "2026-01-01")
    assert "do not go together" in desk(*wrong, code=1).output


def test_nothing_to_decide(desk: Desk) -> None:
    """No file waits: the report of the run is shown, and no plan is kept."""
    assert "there is nothing to decide" in desk("plan", "stock").output
    assert desk.document("plan", "stock", "--json", "-")["plan"] is None
    assert desk.document("plans", "--json") == []


TWENTY = {f"S{number:02d}": 5 for number in range(20)}


def test_a_file_that_only_lacks_records_is_decided_about(desk: Desk) -> None:
    """No record changes, and the guard says no: the plan is kept with that; exit code 4, nothing hidden."""
    desk.drop(2, A=5, B=5, **TWENTY)
    desk("run", "stock")
    name = desk.drop(3, A=5, B=5, S01=5)
    shown = " ".join(desk("plan", "stock", code=4).output.split())
    assert "Stock levels: no record changes; the guard asks whether the file may pass" in shown
    assert f"Of {name}" in shown
    assert "3 records in a full file of which 22 are known (86.4 % fewer), allowed 20 % fewer" in shown
    assert "19 of 22 known records are not in this full file (86.4 %), allowed 10 %" in shown
    assert "→ Ask the sender whether the export was cut, and have it sent again" in shown
    assert "the next `passerelle run stock` puts it away" in shown
    assert "nothing to decide" not in shown
    [plan] = desk.document("plans", "--waiting", "--json")
    assert (plan["state"], plan["facts"]["files"][0]["name"]) == ("stored", name)
    assert [text.split(":")[0] for text in plan["facts"]["guard"]] == ["volume", "absent"]
    document = desk.document("plan", "stock", "--json", "-", code=4)
    assert (document["outcome"], document["exit_code"], document["changes"]) == ("stopped_by_guard", 4, [])


def test_it_is_told_in_french(desk: Desk) -> None:
    """What was seen, what is allowed, what to do: in the language of who decides."""
    desk.drop(2, A=5, B=5, **TWENTY)
    desk("run", "stock")
    desk.drop(3, A=5, B=5, S01=5)
    shown = " ".join(desk("plan", "stock", "--lang", "fr", code=4).output.split())
    assert "aucun enregistrement ne change" in shown
    assert "3 enregistrements dans un fichier complet dont 22 sont connus (86,4 % de moins)" in shown
    assert "toléré 20 % de moins" in shown
    assert "→ Demander à l'émetteur si l'export a été tronqué, et le faire renvoyer" in shown
    assert "Rien n'a été écrit, le fichier reste où il est." in shown


def test_what_a_person_lets_pass_is_put_away_by_the_next_run(desk: Desk) -> None:
    """With a reason, and not without; the shop is as it was, and what the file lacks counts as absent."""
    desk.drop(2, A=5, B=5, **TWENTY)
    desk("run", "stock")
    name = desk.drop(3, A=5, B=5, S01=5)
    desk("run", "stock", code=4)
    desk("plan", "stock", code=4)
    [plan] = desk.document("plans", "--waiting", "--json")
    assert "the guard says no" in desk("apply", str(plan["id"]), code=1).output
    desk("apply", str(plan["id"]), "--reason", "half of the range is gone", "--by", "ann")
    assert desk.levels() == {"A": 5, "B": 5, **TWENTY}
    report = desk.document("run", "stock", "--json")
    assert (report["outcome"], report["absent"], report["updated"]) == ("succeeded", 19, 0)
    assert not (desk.inbox / name).exists()


def test_what_a_person_refuses_stays_stopped(desk: Desk) -> None:
    """The next run stops again, and the file is where it was."""
    desk.drop(2, A=5, B=5, **TWENTY)
    desk("run", "stock")
    name = desk.drop(3, A=5, B=5, S01=5)
    desk("plan", "stock", code=4)
    [plan] = desk.document("plans", "--waiting", "--json")
    desk("refuse", str(plan["id"]), "--reason", "the export was cut")
    desk("run", "stock", code=4)
    assert (desk.inbox / name).is_file()


def test_a_stop_without_a_plan_says_why(desk: Desk) -> None:
    """A number is missing before the file: nothing is planned of it, and what is waited for is told."""
    name = desk.drop_changes(4, A=7, B=5)
    shown = " ".join(desk("plan", "stock", code=4).output.split())
    assert "nothing to decide" not in shown
    assert f"{name}: sequence: received 4, expected 2: 2 to 3 is missing" in shown
    french = " ".join(desk("plan", "stock", "--lang", "fr", code=4).output.split())
    assert f"{name} : reçu le numéro 4, attendu 2 : il manque 2 à 3. Demander à l'émetteur" in french
    assert "--override-guard et le motif" in french
    assert desk.document("plans", "--json") == []

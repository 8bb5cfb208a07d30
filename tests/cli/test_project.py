"""`passerelle project`: what the shop lacks of its model, as people and machines read it; then done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.sandbox import Sandbox, SandboxConfig

MODEL = """
project: {languages: [fr-FR, sl-SI], countries: [SI]}
tax_categories:
  - {key: normal, name: Normal, rates: [{name: TVA, amount: 0.2, country: FR}]}
channels:
  - {key: depot, roles: [InventorySupply], name: {fr-FR: Dépôt}}
customer_groups: [{key: club, name: Club}]
stores:
  - {key: lille, languages: [fr-FR], supply_channels: [depot]}
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One shop for the file."""
    with Sandbox(SandboxConfig(), in_process=True) as running:
        yield running


@pytest.fixture
def shop(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """An empty project, and a workspace whose model lies where it is looked for."""
    sandbox.control("POST", "/reset")
    values = {
        "HOME": str(tmp_path),
        "MAPPINGS": str(tmp_path / "mappings"),
        "COMMERCETOOLS__PROJECT_KEY": sandbox.project,
        "COMMERCETOOLS__CLIENT_ID": sandbox.client_id,
        "COMMERCETOOLS__CLIENT_SECRET": sandbox.client_secret.get_secret_value(),
        "COMMERCETOOLS__AUTH_URL": sandbox.url,
        "COMMERCETOOLS__API_URL": sandbox.url,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "mappings" / "commercetools").mkdir(parents=True)
    write(tmp_path, MODEL)
    return sandbox


def write(folder: Path, model: str) -> None:
    """Write the model where the command looks for it."""
    (folder / "mappings" / "commercetools" / "model.yaml").write_text(model, encoding="utf-8")


def typed(*words: str, code: int = 0) -> str:
    """Type the command; it must end as expected."""
    done = CliRunner().invoke(app, ["project", *words])
    assert done.exit_code == code, done.output
    return done.output


def steps(*words: str, code: int = 0) -> dict[str, Any]:
    """The document's steps by path and key."""
    told = json.loads(typed(*words, "--json", code=code))
    return {f"{one['path']}/{one['key']}": one for one in told["steps"]}


def test_it_is_shown_field_by_field_and_nothing_is_written(shop: Sandbox) -> None:
    """Settings, what is created, and what comes after its neighbour; the shop counts no write."""
    told = steps()
    assert list(told) == [
        "project/", "tax-categories/normal", "channels/depot", "customer-groups/club", "stores/lille",
    ]  # fmt: skip
    fields = [(one["field"], one["old"], one["new"]) for one in told["project/"]["fields"]]
    assert fields == [("languages", None, "sl-SI"), ("countries", None, "SI")]
    assert {"field": "name.fr-FR", "old": None, "new": "Dépôt"} in told["channels/depot"]["fields"]
    assert (told["stores/lille"]["waits_for"], told["stores/lille"]["nowhere"]) == (["depot"], [])
    output = typed()
    assert "3 to create" in output
    assert "name.fr-FR" in output
    assert "--apply" in output
    assert "à créer" in typed("--lang", "fr")
    assert shop.stats()["writes"] == 0


def test_applied_it_is_done_once(shop: Sandbox) -> None:
    """After it the project is as the model says, and applying again writes nothing."""
    assert "Done" in typed("--apply")
    writes = shop.stats()["writes"]
    assert writes > 0
    assert steps() == {}
    assert "as the model says" in typed("--apply")
    assert shop.stats()["writes"] == writes


def test_what_people_changed_is_left_alone_unless_it_is_to_be_exact(shop: Sandbox, tmp_path: Path) -> None:
    """Without `--exact` only what is missing counts; with it old and new are shown, and set right."""
    typed("--apply")
    write(tmp_path, MODEL.replace("name: Club", "name: Cercle"))
    assert steps() == {}
    changed = steps("--exact")["customer-groups/club"]
    assert (changed["kind"], changed["fields"]) == (
        "update",
        [{"field": "name", "old": "Club", "new": "Cercle"}],
    )
    typed("--exact", "--apply")
    assert steps("--exact") == {}
    assert shop.stats()["writes"] > 0


@pytest.mark.usefixtures("shop")
def test_what_points_to_nowhere_is_told(tmp_path: Path) -> None:
    """Exit code 3 when it is shown; applied, an error names it."""
    write(tmp_path, MODEL.replace("supply_channels: [depot]", "supply_channels: [cave]"))
    assert steps(code=3)["stores/lille"]["nowhere"] == ["cave"]
    assert "nowhere" in typed(code=3)
    assert "stores/lille: waits for cave" in typed("--apply", code=1)


@pytest.mark.usefixtures("shop")
def test_another_model_is_named(tmp_path: Path) -> None:
    """`--model` takes any file; one that is not there is an error with its name."""
    (tmp_path / "other.yaml").write_text("customer_groups: [{key: vip, name: Very}]", encoding="utf-8")
    assert list(steps("--model", str(tmp_path / "other.yaml"))) == ["customer-groups/vip"]
    assert "absent.yaml" in typed("--model", str(tmp_path / "absent.yaml"), code=1)

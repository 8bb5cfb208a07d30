from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import prefect.settings
import pytest
from prefect import Flow
from prefect.exceptions import ParameterTypeError
from pydantic import ValidationError

from flows.deployments import load_flow, read_declared
from flows.serve import CalmRunner
from flows.stock import sync_stock
from passerelle.cli.up import prefect_environment

from .conftest import PROJECT

PAGES = PROJECT / "docs" / "how-to" / "prefect"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SETTING = re.compile(r"\bPREFECT_[A-Z0-9_]+\b")
FLOWS: list[Flow[..., Any]] = [
    load_flow(entrypoint)
    for entrypoint in sorted({entry.entrypoint for entry in read_declared(PROJECT / "prefect.yaml")})
]
each = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)


def _rows() -> list[list[str]]:
    lines = (PAGES / "traps.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0].strip() != "Trap"]


def _tests_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_trap_names_a_test_that_exists_or_a_setting() -> None:
    """The page of traps is held to the tests: whoever renames one is told."""
    rows = _rows()
    assert len(rows) > 30
    for trap, closed, held in rows:
        named = NAMED.findall(held)
        assert named or closed.strip().startswith("Setting:"), trap
        for path, name in named:
            assert name in _tests_of(PROJECT / path), f"{trap}: {path}::{name}"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_every_setting_of_the_pages_is_one_of_prefect(page: Path) -> None:
    """A setting that Prefect does not know is ignored without a word: the page would only seem to help."""
    for name in SETTING.findall(page.read_text(encoding="utf-8")):
        if name != "PREFECT_SERVER_ENCRYPTION_KEY":  # read from the environment by itself
            assert name in prefect.settings.Settings.model_fields or hasattr(prefect.settings, name), name


@each
def test_every_field_of_every_form_is_explained(flow: Flow[..., Any]) -> None:
    """Only the docstring's Args reach the form; in groups it is the fields' own descriptions."""
    schema = flow.parameters
    for name, field in schema.properties.items():
        assert field.get("description"), name
    for group, definition in (schema.definitions or {}).items():
        for name, field in definition.get("properties", {}).items():
            assert field.get("description") or "$ref" in field, f"{group}.{name}"


@each
def test_every_run_by_hand_is_a_dry_run_unless_switched(flow: Flow[..., Any]) -> None:
    """Who starts a run from a form without a thought writes nothing."""
    assert flow.parameters.properties["dry_run"]["default"] is True


@each
def test_every_flow_is_async(flow: Flow[..., Any]) -> None:
    """A sync flow waits a second for its heartbeat when it ends."""
    assert flow.isasync


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": {"start": "31.11.2026"}},
        {"window": {"start": "2026-11-31"}},
        {"surprise": 1},
        {"mode": "everything"},
        {"feed": "stocks"},
    ],
    ids=str,
)
def test_what_the_server_lets_pass_the_flow_refuses(wrong: dict[str, Any]) -> None:
    """Dates that are none, parameters that nobody knows, feeds that do not exist: refused before all else."""
    with pytest.raises((ParameterTypeError, ValidationError, TypeError)):
        sync_stock.validate_parameters({"feed": "stock", **wrong})


def test_stopping_the_service_pauses_no_schedule() -> None:
    """Prefect's default would leave the night without runs after a restart."""
    assert CalmRunner(limit=1, lanes={}).pause_on_shutdown is False


def test_the_server_is_set_up_quiet_batched_and_swept_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `passerelle up` sets; an operator may tune speed, but not make it talk to others."""
    for name in ("ANALYTICS_ENABLED", "UI_V2_ENABLED"):
        monkeypatch.setenv(f"PREFECT_SERVER_{name}", "true")
    monkeypatch.setenv("PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE", "50")
    monkeypatch.setenv("PREFECT_API_KEY", "of another server")
    for name in ("READ_BATCH_SIZE", "FLUSH_INTERVAL"):
        monkeypatch.delenv(f"PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_{name}", raising=False)
    found = prefect_environment(tmp_path, 4200)
    recorder = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_"
    wanted = {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": "http://127.0.0.1:4200,http://localhost:4200",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        f"{recorder}BATCH_SIZE": "50",
        f"{recorder}READ_BATCH_SIZE": "100",
        f"{recorder}FLUSH_INTERVAL": "1",
        "DO_NOT_TRACK": "1",
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert "PREFECT_API_KEY" not in found
    assert (
        found["PREFECT_SERVER_ENCRYPTION_KEY"]
        == prefect_environment(tmp_path, 1)["PREFECT_SERVER_ENCRYPTION_KEY"]
    )


def test_a_database_that_has_a_key_of_its_own_goes_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another key the secrets that are there could not be read any more."""
    monkeypatch.delenv("PREFECT_SERVER_ENCRYPTION_KEY", raising=False)
    (tmp_path / "prefect.db").touch()
    assert "PREFECT_SERVER_ENCRYPTION_KEY" not in prefect_environment(tmp_path, 4200)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from flows.conduct import final_state
from flows.stock import sync_stock
from passerelle.feeds import Progress, RunReport
from passerelle.sync import ChangeRow, ForeignRow, Outcome

from .conftest import Runner


def _report(outcome: Outcome) -> RunReport:
    return RunReport(
        feed="stock",
        entity="stock",
        run_id="run-1",
        outcome=outcome,
        message="Half of it is zero",
        advice="Ask",
    )


@pytest.mark.parametrize(
    ("outcome", "kind", "name"),
    [
        ("succeeded", "COMPLETED", "Completed"),
        ("completed_with_rejects", "COMPLETED", "CompletedWithRejects"),
        ("stopped_by_guard", "FAILED", "StoppedByGuard"),
        ("failed", "FAILED", "Failed"),
    ],
)
def test_each_outcome_has_its_state(outcome: Outcome, kind: str, name: str) -> None:
    """Rejects are never plain green, and a stop of the guard never looks like a bug."""
    state = final_state(_report(outcome))
    assert (state.type.value, state.name) == (kind, name)
    assert "Half of it is zero" in (state.message or "")
    assert "Ask" in (state.message or "")


async def _artifacts(state: State[Any]) -> dict[str, Artifact]:
    run = state.state_details.flow_run_id
    assert run is not None
    async with get_client() as client:
        found = await client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        )
    return {artifact.key or "": artifact for artifact in found}


@pytest.mark.usefixtures("prefect_server")
async def test_a_run_carries_what_the_form_asked_and_publishes_what_happened(
    runner: Runner, home: Path
) -> None:
    """One run: the options reach the library, summary, changes and progress have the feed's keys."""
    runner.report.updated = 1
    runner.report.fields = {"quantity": 1}
    runner.report.changes = [ChangeRow("000001-001-36/depot-001", "update", "quantity", "1", "0")]
    runner.report.foreign = 1
    runner.report.foreign_edits = [ForeignRow("000001-001-36/depot-001", "quantity", "1", "9", "overwrite")]
    runner.steps = [Progress("stock", "apply", "STOCK_TOUS_D_00002_20261102.xml", 1, 1)]
    state = await sync_stock(feed="stock", sku_text="000001-001-36", via="http", return_state=True)
    assert state.is_completed()
    ((feed, options),) = runner.asked
    assert (feed, options.skus, options.dry_run, options.via) == ("stock", ("000001-001-36",), True, "http")
    artifacts = await _artifacts(state)
    assert set(artifacts) >= {"stock-summary", "stock-changes", "stock-foreign", "stock-progress"}
    assert json.loads(str(artifacts["stock-foreign"].data))[0]["what is done"] == "set right"
    assert "Dry run" in str(artifacts["stock-summary"].data)
    assert json.loads(str(artifacts["stock-changes"].data))[0]["after"] == "0"
    assert artifacts["stock-progress"].data == 100.0
    assert json.loads((home / "reports" / "stock-run-1.json").read_bytes())["updated"] == 1


@pytest.mark.usefixtures("prefect_server", "home")
async def test_a_run_that_the_guard_stopped_fails_by_name_and_still_tells_why(runner: Runner) -> None:
    """The state names the guard, and the summary is there for whoever decides."""
    runner.report.settle("stopped_by_guard", "60% of the quantities are zero", "Ask the ERP for a new file")
    state = await sync_stock(feed="stock", dry_run=False, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "StoppedByGuard")
    assert "60% of the quantities are zero" in str((await _artifacts(state))["stock-summary"].data)


@pytest.mark.usefixtures("prefect_server")
async def test_a_feed_that_is_not_known_starts_nothing(runner: Runner) -> None:
    """A wrong parameter fails the run before the library is asked."""
    state = await sync_stock(feed="stocks", return_state=True)
    assert state.is_failed()
    assert runner.asked == []

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect import State
from prefect.client.orchestration import PrefectClient, get_client
from pydantic import ValidationError

from flows.approval import Decision, broken_rules
from flows.stock import sync_stock
from passerelle.ledger import StoredPlan
from passerelle.operations.alerting import AlertSettings, foresee
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till
from tests.operations.backfilling.shop import drop, levels, past, somebody_sets

from .guarded import environment, paused, stock_till

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

FULL = {f"S{n}": 5 for n in range(10)}
EMPTY = dict.fromkeys(FULL, 0)
APPROVE = {"decision": "approve", "reason": "the season is over", "by": "Ann Dubois"}
REFUSE = {"decision": "refuse", "reason": "a count is under way", "by": "Bob"}


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Till:
    """Ten SKUs that were carried, and a full that sets all of them to zero: the guard says no."""
    made = await stock_till(tmp_path, shops)
    for variable, value in environment(made).items():
        monkeypatch.setenv(variable, value)
    await past(made, FULL)
    drop(made, 2, EMPTY, day="20261102")
    return made


@pytest.fixture
async def client() -> AsyncIterator[PrefectClient]:
    """The API of Prefect, as its UI uses it."""
    async with get_client() as opened:
        yield opened


def started() -> asyncio.Task[State[Any]]:
    """A run as the schedule starts it."""
    return asyncio.create_task(_run())


async def _run() -> State[Any]:
    state: State[Any] = await sync_stock(feed="stock", dry_run=False, return_state=True)
    return state


def plans(till: Till) -> list[StoredPlan]:
    """The stored plans, the newest first."""
    with till.workspace.ledger() as ledger:
        return ledger.decisions.last("stock")


def inbox(till: Till) -> list[str]:
    """The files that wait at the ERP."""
    return sorted(path.name for path in (till.home / "erp" / "out" / "stock").glob("*.xml"))


async def test_approved_exactly_the_plan_is_carried_out(till: Till, client: PrefectClient) -> None:
    """Until then nothing is written and nothing of the feed is held; who decided and why is kept."""
    run = started()
    waiting = await paused(client)
    with till.workspace.ledger() as ledger:
        assert ledger.leases.holder("feed:stock") is None
    assert set((await levels(till)).values()) == {5}
    (plan,) = plans(till)
    [alert] = foresee(till.workspace, AlertSettings())
    assert (alert.kind, alert.feed, alert.facts["plan"]) == ("guard_stop", "stock", plan.id)
    assert plan.state == "stored"
    assert plan.facts["guard"][0].startswith("zeroed: 10 of 10")

    await client.resume_flow_run(waiting.id, run_input=APPROVE)
    state = await run
    assert (state.type.value, state.name) == ("COMPLETED", "Completed"), state.message
    assert set((await levels(till)).values()) == {0}
    (plan,) = plans(till)
    assert (plan.state, plan.decided_by, plan.reason) == ("applied", "Ann Dubois", "the season is over")
    # The file is put away by the same run: the guard knows that it was approved.
    assert inbox(till) == []
    assert foresee(till.workspace, AlertSettings()) == []
    with till.workspace.ledger() as ledger:
        entry = next(ledger.audit.entries(what=["plan_approved"]))
    assert (entry.who, entry.reason) == ("Ann Dubois", "the season is over")


async def test_refused_nothing_is_written_and_the_next_run_does_not_ask_again(
    till: Till, client: PrefectClient
) -> None:
    """The file stays for the sender; a schedule of ten minutes does not nag."""
    run = started()
    await client.resume_flow_run((await paused(client)).id, run_input=REFUSE)
    state = await run
    assert (state.type.value, state.name) == ("FAILED", "Refused")
    assert "refused by Bob: a count is under way" in (state.message or "")
    assert set((await levels(till)).values()) == {5}
    assert len(inbox(till)) == 1

    again = await started()
    assert again.name == "StoppedByGuard"
    assert [(plan.state, plan.decided_by) for plan in plans(till)][-1] == ("refused", "Bob")


async def test_unanswered_it_counts_as_refused(
    till: Till, monkeypatch: pytest.MonkeyPatch, client: PrefectClient
) -> None:
    """Nothing is written, the plan is kept, and the run says so; the next run asks again."""
    monkeypatch.setenv("PASSERELLE_APPROVAL__ANSWER_WITHIN", "2")
    state = await started()
    assert (state.type.value, state.name) == ("FAILED", "Unanswered")
    assert "counts as refused and nothing was written" in (state.message or "")
    (plan,) = plans(till)
    assert (plan.state, plan.decided_by) == ("refused", "nobody (no answer in time)")
    with till.workspace.ledger() as ledger:
        assert ledger.plans.totals(plan.run_id).items == 10
    assert set((await levels(till)).values()) == {5}
    monkeypatch.setenv("PASSERELLE_APPROVAL__ANSWER_WITHIN", "60")
    run = started()
    await client.resume_flow_run((await paused(client)).id, run_input=APPROVE)
    assert (await run).is_completed()


@pytest.mark.usefixtures("till")
@pytest.mark.parametrize(
    "wrong",
    [
        {**APPROVE, "decision": "perhaps"},
        {**APPROVE, "reason": "ok"},
        {**APPROVE, "by": ""},
        {"decision": "approve"},
    ],
    ids=["decision", "reason", "name", "missing"],
)
async def test_an_invalid_answer_leaves_it_paused(client: PrefectClient, wrong: dict[str, Any]) -> None:
    """The server refuses it; the form stays, and nothing is written."""
    run = started()
    waiting = await paused(client)
    answer = await client.resume_flow_run(waiting.id, run_input=wrong)
    assert answer.status.value != "ACCEPT"
    state = (await client.read_flow_run(waiting.id)).state
    assert state is not None
    assert state.is_paused()
    await client.resume_flow_run(waiting.id, run_input=REFUSE)
    assert (await run).name == "Refused"


async def test_an_answer_that_contradicts_itself_is_asked_for_again(
    till: Till, client: PrefectClient
) -> None:
    """A new limit without a last day passes the server's form, and not ours."""
    run = started()
    waiting = await paused(client)
    first = await client.resume_flow_run(waiting.id, run_input={**APPROVE, "new_limit": 100})
    assert first.status.value == "ACCEPT"
    again = await paused(client, after=waiting)
    assert again.id == waiting.id
    assert set((await levels(till)).values()) == {5}
    second = await client.resume_flow_run(waiting.id, run_input=REFUSE)
    assert second.status.value == "ACCEPT"
    assert (await run).name == "Refused"


async def test_a_new_limit_holds_until_its_day(till: Till, client: PrefectClient) -> None:
    """The rule that said no allows more for a while; who set it is kept, and the next file passes."""
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    run = started()
    answer = {**APPROVE, "new_limit": 100, "until": until.isoformat()}
    await client.resume_flow_run((await paused(client)).id, run_input=answer)
    assert (await run).is_completed()
    with till.workspace.ledger() as ledger:
        (allowance,) = ledger.allowances.now("stock")
    assert (allowance.rule, allowance.allowed, allowance.given_by) == ("zeroed", 1.0, "Ann Dubois")
    drop(till, 3, FULL, day="20261103")
    assert (await started()).is_completed()
    drop(till, 4, EMPTY, day="20261104")
    assert (await started()).is_completed()
    assert set((await levels(till)).values()) == {0}


async def test_what_the_shop_moved_meanwhile_is_left_alone(till: Till, client: PrefectClient) -> None:
    """The decision was about another state of that record: it is named, not written."""
    run = started()
    waiting = await paused(client)
    await somebody_sets(till, {"S0": 4})
    await client.resume_flow_run(waiting.id, run_input=APPROVE)
    state = await run
    assert state.name == "CompletedWithRejects"
    there = await levels(till)
    assert (there.pop("S0"), set(there.values())) == (4, {0})
    # The file is not put away by this run: the next one plans what moved anew, and the guard judges that.
    assert len(inbox(till)) == 1
    assert (await started()).is_completed()
    assert (inbox(till), set((await levels(till)).values())) == ([], {0})


@pytest.mark.usefixtures("till")
async def test_a_feed_asks_once_and_others_are_not_kept_from_running(client: PrefectClient) -> None:
    """While one run waits, the next stops at once and says who waits."""
    run = started()
    waiting = await paused(client)
    second = await started()
    assert second.name == "StoppedByGuard"
    await client.resume_flow_run(waiting.id, run_input=REFUSE)
    assert (await run).name == "Refused"


async def test_a_full_waiting_room_stops_at_once(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting runs never take all places."""
    monkeypatch.setenv("PASSERELLE_APPROVAL__AT_ONCE", "1")
    with till.workspace.ledger() as ledger, ledger.leases.take("asking-seat:1", ttl=60):
        assert (await started()).name == "StoppedByGuard"


async def test_nobody_is_asked_where_that_is_off(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """As before: the run stops."""
    monkeypatch.setenv("PASSERELLE_APPROVAL__ASK", "false")
    assert (await started()).name == "StoppedByGuard"
    assert plans(till) == []


def test_a_decision_is_complete() -> None:
    """A reason of blanks is none; a limit has an end that is near."""
    for wrong in (
        {**APPROVE, "reason": " " * 20},
        {**APPROVE, "new_limit": 5},
        {**APPROVE, "new_limit": 5, "until": "2020-01-01"},
        {**APPROVE, "new_limit": 5, "until": "2999-01-01"},
        {**APPROVE, "new_limit": -1},
    ):
        with pytest.raises(ValidationError):
            Decision.model_validate(wrong)
    assert Decision.model_validate(APPROVE).new_limit == 0


def test_the_rules_that_said_no_are_found() -> None:
    """Of a run's plan each is a text of its own, of a replay's they stand in one."""
    assert broken_rules(["zeroed: 10 of 10 stock levels, allowed 40 %"]) == ["zeroed"]
    both = "volume: 3 records in a full, allowed 20 % fewer. Ask; rejects: 4 of 5 records, allowed 30 %. Look"
    assert broken_rules([both]) == ["volume", "rejects"]
    assert broken_rules(["changes: 12 records would be written, allowed 10 without asking"]) == ["changes"]


async def test_a_file_that_only_lacks_records_is_asked_about_too(till: Till, client: PrefectClient) -> None:
    """No record of it changes: the question is whether it may pass; approved, the same run puts it away."""
    (waiting_file,) = (till.home / "erp" / "out" / "stock").glob("*.xml")
    for path in (waiting_file, waiting_file.with_suffix(".ok")):
        path.unlink()
    name = drop(till, 2, dict(list(FULL.items())[:3]), day="20261102")
    run = started()
    waiting = await paused(client)
    (plan,) = plans(till)
    assert [text.split(":")[0] for text in plan.facts["guard"]] == ["volume", "absent"]
    assert inbox(till) == [name]
    await client.resume_flow_run(waiting.id, run_input=APPROVE)
    state = await run
    assert state.is_completed(), state.message
    assert inbox(till) == []
    assert await levels(till) == FULL

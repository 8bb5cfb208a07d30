"""Approval: a run that the guard stopped waits for a person, with its plan as a table and a form to decide.

What is carried out is exactly the stored plan, or nothing. While a run waits it holds no lease of its feed:
only a question is held, so that a feed asks once, and a seat, so that waiting runs never take all places of a
runner (docs/adr/0024).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from prefect import get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.context import FlowRunContext
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from pydantic import Field, StringConstraints, ValidationError, model_validator

from passerelle.errors import PasserelleError
from passerelle.feeds import RunOptions, RunReport, Workspace, run_feed
from passerelle.feeds.allowances import COUNTED, RULES
from passerelle.feeds.approving import apply_decided, plan_feed, refuse_plan
from passerelle.ledger import LeaseHeld, Ledger, StoredPlan
from passerelle.sync import plan_rows, summary_of
from passerelle.sync.guard_words import guard_told

from .forms import Day, calendar
from .summary import plain

__all__ = ["NOBODY", "Answered", "Decision", "Question", "allow", "asked_person", "plan_table", "seated"]

#: Who refuses what nobody answered.
NOBODY = "nobody (no answer in time)"
#: Rows of a plan on the page; `passerelle plan --show` has all.
_SHOWN_ROWS = 500
#: How often a waiting run looks for its answer.
_LOOK_EVERY = 2
#: A lease is kept by a living process however long it waits; this is for holders on other machines.
_LEASE_SECONDS = 900.0
#: The server gives a pause up by itself a little later than we do, so that it is us who say what follows.
_GRACE_SECONDS = 120
_LONGEST_DAYS = 92
_PERCENT = 100.0

_Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class Decision(RunInput):
    """What a person decides about a plan."""

    decision: Literal["approve", "refuse"] = Field(
        title="Decision",
        description="approve carries out exactly the plan shown; refuse writes nothing, the file stays.",
        json_schema_extra={"position": 0},
    )
    reason: _Text = Field(
        title="Reason",
        min_length=10,
        max_length=1000,
        description="Why, in ten characters or more. It is kept with the plan and in the audit log.",
        json_schema_extra={"position": 1},
    )
    by: _Text = Field(
        title="Your name",
        min_length=2,
        max_length=100,
        description="Free text: Prefect does not know who you are, and nobody checks it. It is kept.",
        json_schema_extra={"position": 2},
    )
    new_limit: float = Field(
        default=0.0,
        ge=0,
        title="New limit",
        description="Optional: what the rule that said no allows from now on, in percent (records, for rule "
        "`changes`). 0 leaves it as it is.",
        json_schema_extra={"position": 3},
    )
    until: Day = Field(
        default=None,
        title="New limit until",
        description="The last day on which the new limit holds; then the feed's own holds again.",
        json_schema_extra=calendar(4),
    )

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if not self.new_limit:
            return self
        if self.until is None:
            raise ValueError("a new limit needs a last day")
        today = dt.datetime.now(dt.UTC).date()
        if not today <= self.until <= today + dt.timedelta(days=_LONGEST_DAYS):
            raise ValueError(f"the last day of a new limit is today or within {_LONGEST_DAYS} days")
        return self


class Answered(NamedTuple):
    """What came of a question: the report to publish, and the name of the state when it is no outcome."""

    report: RunReport
    state: str = ""


class Question(NamedTuple):
    """What a person is asked: about a plan, with what is said above the form, for so many seconds."""

    plan: StoredPlan
    about: str
    seconds: float

    async def answer(self) -> Decision | None:
        """Pause the run until a person answers; None when nobody does in time.

        An answer that contradicts itself is asked for again: the server checks each field alone.
        """
        log = get_run_logger()
        loop = asyncio.get_running_loop()
        ends, fault, tried = loop.time() + self.seconds, "", 0
        while (left := ends - loop.time()) > 0:
            form = Decision.with_initial_data(description=fault + self.about)
            tried += 1
            try:
                async with asyncio.timeout(left):
                    return await apause_flow_run(
                        wait_for_input=form,
                        timeout=int(left) + _GRACE_SECONDS,
                        poll_interval=_LOOK_EVERY,
                        key=f"plan-{self.plan.id}-{tried}",
                    )
            except ValidationError as error:
                faults = "; ".join(str(one["msg"]) for one in error.errors())
                log.warning("The answer cannot be taken: %s", faults)
                fault = f"**The last answer could not be taken: {plain(faults)}.** Nothing was decided.\n\n"
            except (TimeoutError, FlowPauseTimeout):
                break
        return None


async def asked_person(workspace: Workspace, report: RunReport, options: RunOptions) -> Answered | None:
    """Let a person decide about a run that the guard stopped; None when nobody is asked; the notes say why.

    Nobody is asked outside of a flow run, where `PASSERELLE_APPROVAL__ASK` is off, about a plan that a person
    refused before, while another run of the feed asks, and when too many runs wait already.
    """
    settings = workspace.settings.approval
    if not settings.ask or FlowRunContext.get() is None:
        return None
    answered: Answered | None = None
    try:
        with workspace.ledger() as ledger, seated(ledger, report.feed, at_once=settings.at_once):
            answered = await _ask(workspace, report, options)
    except LeaseHeld as held:
        report.notes.append(f"Nobody is asked: {held.message}")
    except PasserelleError as error:
        # After the answer this is about giving the seat back, which ends with this process anyway.
        told_in = report if answered is None else answered.report
        told_in.notes.append(f"Nobody could be asked: {error}" if answered is None else str(error))
    return answered


@contextmanager
def seated(ledger: Ledger, feed: str, *, at_once: int) -> Iterator[None]:
    """Hold the question of a feed and one of the seats of those who wait; raises LeaseHeld."""
    with ExitStack() as held:
        held.enter_context(
            ledger.leases.take(f"asking:{feed}", ttl=_LEASE_SECONDS, purpose="a run that waits for an answer")
        )
        for seat in range(1, at_once + 1):
            try:
                held.enter_context(
                    ledger.leases.take(
                        f"asking-seat:{seat}", ttl=_LEASE_SECONDS, purpose=f"a question of {feed}"
                    )
                )
            except LeaseHeld:
                if seat == at_once:
                    raise
            else:
                break
        yield


async def _ask(workspace: Workspace, report: RunReport, options: RunOptions) -> Answered | None:
    """Plan, ask, and do what was answered; no connection to the ledger is kept over the hours between."""
    seconds = workspace.settings.approval.answer_within
    lifetime = dt.timedelta(seconds=seconds + _GRACE_SECONDS)
    made = await plan_feed(workspace, report.feed, options, lifetime=lifetime)
    plan = made.plan
    if plan is None or not plan.facts.get("guard"):
        report.notes.append("Nobody is asked: planned again there is nothing to decide")
        return None
    with workspace.ledger() as ledger:
        before, rows = _refused(ledger, plan), list(plan_table(ledger, plan))
    if before is not None:
        refuse_plan(workspace, str(plan.id), by=NOBODY, reason=f"the same as plan {before.id}")
        report.notes.append(
            f"Nobody is asked: {before.decided_by} refused the same as plan {before.id}: {before.reason}"
        )
        return None
    await acreate_table_artifact(
        table=rows,
        key=f"{plan.feed}-plan",
        description=f"Plan {plan.id} ({plan.short}) waits for a decision; nothing was written",
    )
    get_run_logger().warning("Plan %s of %s waits for a decision (Resume …)", plan.id, plan.feed)
    decision = await Question(plan, told(plan, seconds), seconds).answer()
    if decision is None:
        why = f"no answer within {seconds / 3600:g} h"
        refuse_plan(workspace, str(plan.id), by=NOBODY, reason=why)
        report.message = (
            f"{report.message} Plan {plan.id}: {why}, so it counts as refused and nothing was written; "
            "it is kept (passerelle plan --show), the next run asks again."
        )
        return Answered(report, "Unanswered")
    if decision.decision == "refuse":
        refuse_plan(workspace, str(plan.id), by=decision.by, reason=decision.reason)
        report.message = (
            f"{report.message} Plan {plan.id} was refused by {decision.by}: {decision.reason}. "
            "Nothing was written, the file stays where it is."
        )
        return Answered(report, "Refused")
    return await _carry_out(workspace, report, options, plan, decision)


async def _carry_out(
    workspace: Workspace, report: RunReport, options: RunOptions, plan: StoredPlan, decision: Decision
) -> Answered:
    try:
        with workspace.ledger() as ledger:
            allow(ledger, plan, decision, workspace.incoming(plan.feed).spec.files.visits.zone)
        applied = await apply_decided(workspace, str(plan.id), by=decision.by, reason=decision.reason)
    except PasserelleError as error:
        report.message = f"Plan {plan.id} was approved by {decision.by}, but nothing was written: {error}"
        return Answered(report, "NotApplied")
    applied.notes.append(f"Plan {plan.id} was approved by {decision.by}: {decision.reason}")
    if not options.replay and applied.outcome != "failed" and not applied.moved and not applied.failed:
        # The records are known now: what is left is to put the file away, with what was not in the plan.
        # What moved is none of what was approved: the next run plans it anew, and the guard judges that.
        rest = await run_feed(
            workspace, plan.feed, RunOptions(mode=options.mode, despite_peak=options.despite_peak)
        )
        applied.files += rest.files
        applied.notes += rest.notes
        if rest.outcome in {"failed", "stopped_by_guard"}:
            applied.notes.append(f"Putting the file away: {rest.message}")
    return Answered(applied)


def allow(ledger: Ledger, plan: StoredPlan, decision: Decision, zone: str) -> None:
    """Keep the new limit of the rules that said no, until the end of its last day in the feed's zone."""
    if not decision.new_limit or decision.until is None:
        return
    until = dt.datetime.combine(decision.until + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    for rule in broken_rules(plan.facts.get("guard", ())):
        limit = decision.new_limit if rule in COUNTED else decision.new_limit / _PERCENT
        ledger.allowances.give(
            plan.feed, rule, limit, until=until, by=decision.by, reason=decision.reason, plan_id=plan.id
        )


def broken_rules(guard: Sequence[str]) -> list[str]:
    """Name the rules that speak against a plan, from what the guard said."""
    said = [name for text in guard for name in re.findall(r"(?:^|; |: |\. )(\w+): \d", text)]
    return [rule for rule in RULES if rule in said]


def _refused(ledger: Ledger, plan: StoredPlan) -> StoredPlan | None:
    """Find what a person refused that would do the same: asking again every ten minutes helps nobody."""
    for before in ledger.decisions.last(plan.feed, states=("refused",)):
        same = before.digest == plan.digest and before.facts.get("files") == plan.facts.get("files")
        if same and before.decided_by != NOBODY:
            return before
    return None


def plan_table(ledger: Ledger, plan: StoredPlan) -> Iterator[dict[str, Any]]:
    """Lay out the first rows of a plan; the UI reads each cell as Markdown."""
    for place, row in enumerate(plan_rows(ledger.plans.stream(plan.run_id))):
        if place == _SHOWN_ROWS:
            return
        yield {
            "record": plain(row.key),
            "what": row.kind,
            "field": plain(row.field),
            "before": plain(row.old or ""),
            "after": plain(row.new or ""),
        }


def told(plan: StoredPlan, seconds: float) -> str:
    """Say above the form what is asked, in Markdown."""
    summary = summary_of(plan)
    kinds = ", ".join(f"{count} to {kind}" for kind, count in sorted(summary.kinds.items()))
    kinds = kinds or "no record changes; the question is whether the file may pass as it is"
    files = ", ".join(plain(str(file["name"])) for file in plan.facts.get("files", ()))
    guard = "\n".join(
        f"- {plain(said.what)}" + (f". {plain(said.advice)}" if said.advice else "")
        for said in guard_told(plan.facts, "en")
    )
    until = dt.datetime.now(ZoneInfo("Europe/Paris")) + dt.timedelta(seconds=seconds)
    return (
        f"**{plan.feed}: the guard stopped the run. Nothing was written.**\n\n"
        f"Of {files}: {kinds}. The plan is in the artifact `{plan.feed}-plan`, number {plan.id}.\n\n"
        f"{guard}\n\n"
        f"Without an answer until {until:%Y-%m-%d %H:%M} it counts as refused.\n"
    )

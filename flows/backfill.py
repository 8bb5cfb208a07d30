"""Backfill: a person lets something of the past be carried again, from the form, batch by batch."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from prefect import State, flow, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import apause_flow_run
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from passerelle.errors import ConfigError, PasserelleError
from passerelle.feeds import Workspace
from passerelle.ledger import Backfill
from passerelle.operations.backfilling import (
    BackfillRequest,
    ScheduledRun,
    ask_for,
    cancel_backfill,
    carry_backfill,
    forecast,
    read_schedules,
)
from passerelle.operations.backfilling.steering import is_at_work

from .approval import NOBODY, Question, allow, plan_table, seated, told
from .backfill_page import BackfillBar, publish_forecast, publish_result
from .forms import BackfillFeed, Day, Mode, calendar
from .gently import cancelled_gently

__all__ = ["Selection", "backfill"]

Lane = Literal["behind", "feed"]
Batch = Annotated[int, Field(ge=1, le=2000)]

_BETWEEN = re.compile(r"[\s,;]+")
#: A paused backfill waits so long (seconds); afterwards it stays paused in the ledger, and the run ends.
_PAUSE_SECONDS = 12 * 3600
_LOOK_EVERY = 2


class Selection(BaseModel):
    """What is carried again: at least one of these; together they narrow each other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skus: str = Field(
        default="",
        title="SKUs",
        description="Only these, pasted as text with blanks, commas or line breaks between. Empty for all.",
        json_schema_extra={"position": 0},
    )
    start: Day = Field(
        default=None,
        title="From",
        description="First day of the files that are read again. Empty for no limit.",
        json_schema_extra=calendar(1),
    )
    end: Day = Field(
        default=None,
        title="Until",
        description="Last day of the files that are read again, included. Empty for no limit.",
        json_schema_extra=calendar(2),
    )
    as_of: Day = Field(
        default=None,
        title="As of",
        description="As the ERP said at the end of this day: the last full file then, and what followed it. "
        "Instead of From and Until.",
        json_schema_extra=calendar(3),
    )
    files: str = Field(
        default="",
        title="Files",
        description="Only files of these names, as the sender gave them, pasted as text. Empty for all.",
        json_schema_extra={"position": 4},
    )

    @model_serializer(mode="wrap")
    def _only_what_is_set(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave empty fields out: the form sends its default back, and null is no date."""
        return {name: value for name, value in handler(self).items() if value}


NOTHING = Selection()


@flow(name="backfill", flow_run_name="backfill {feed}")
async def backfill(
    *,
    feed: BackfillFeed,
    selection: Selection = NOTHING,
    mode: Mode = "auto",
    lane: Lane = "behind",
    dry_run: bool = True,
    batch: Batch = 200,
    asked_by: str = "",
    despite_peak: str = "",
) -> State[None]:
    """Carry something of the past again: SKUs, files, a window of days, or as the ERP said on a day.

    Args:
        feed: Which feed to carry again. What was said of orders is heard once and never again.
        selection: What of it. Of a record that several files speak of the last word counts.
        mode: Which files to read: "auto" all that are meant, "full" or "delta" only those.
        lane: "behind" leaves the shop's calls to the runs of the day, "feed" takes the feed's own part.
        dry_run: Say what it would take, read the files and show the plan, but write nothing to the shop.
            Switch off to carry for real.
        batch: So many changes are sent between two looks at whether somebody pauses or cancels, and between
            two runs of the day. Some hundred are some seconds.
        asked_by: Your name, kept in the ledger as you write it; nobody checks it.
        despite_peak: Why it may be carried in spite of peak mode, which freezes backfills, in your words;
            kept in the audit log. Leave empty: it pauses until peak mode ends.
    """
    log = get_run_logger()
    workspace = Workspace.load()
    try:
        request = BackfillRequest(
            feed=feed,
            since=selection.start,
            until=selection.end,
            as_of=selection.as_of,
            files=_names(selection.files),
            skus=_names(selection.skus),
            mode=mode,
            lane=lane,
            dry_run=dry_run,
            batch=batch,
        )
    except ValidationError as error:
        faults = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        return Failed(name="Refused", message=f"This cannot be asked for: {faults}. Nothing was done.")
    by = asked_by.strip() or "somebody at the Prefect UI"
    with workspace.ledger() as ledger:
        # A run that is retried goes on with its own backfill.
        asked = ask_for(workspace, ledger, request, by=by, token=_token())
        await _publish_forecast(workspace, request)
    log.info("Backfill %s of %s", asked.id, feed)
    return await _Carried(workspace, asked, despite_peak.strip()).through()


class _Carried:
    """One backfill as Prefect sees it: carried, waited for, told."""

    def __init__(self, workspace: Workspace, asked: Backfill, despite_peak: str) -> None:
        self._workspace = workspace
        self._asked = asked
        self._despite_peak = despite_peak
        self._log = get_run_logger()

    async def through(self) -> State[None]:
        """Carry it until it is over or nobody goes on with it, and give the state that tells how it went."""
        one = self._asked
        usual: dict[str, Any] = {}
        if self._despite_peak:
            usual = {"by": one.asked_by, "despite_peak": self._despite_peak}
        how = usual
        if one.is_over:
            return await self._end(one)
        async with BackfillBar(one.feed) as bar:
            while True:
                with cancelled_gently() as is_cancelled:
                    one = await carry_backfill(
                        self._workspace, one.id, tell=bar.note, should_stop=is_cancelled, **how
                    )
                    if is_cancelled():
                        await self._publish(one)
                if one.state == "waiting":
                    answer = await self._decided(one)
                    if answer is None:
                        return await self._end(self._now())
                    how = usual | answer
                elif one.state == "paused":
                    if not await self._resumed(one):
                        return await self._end(self._now())
                    how = usual
                else:
                    return await self._end(one)

    async def _decided(self, one: Backfill) -> dict[str, str] | None:
        """Let a person decide about a plan that the guard speaks against; None when it is not carried out."""
        settings = self._workspace.settings.approval
        with self._workspace.ledger() as ledger:
            plan = None if one.plan_id is None else ledger.decisions.get(one.plan_id)
            if plan is None or not settings.ask:
                return None
            try:
                with seated(ledger, f"backfill {one.id}", at_once=settings.at_once):
                    await acreate_table_artifact(
                        table=list(plan_table(ledger, plan)),
                        key=f"{plan.feed}-plan",
                        description=f"Plan {plan.id} of backfill {one.id} waits for a decision",
                    )
                    seconds = settings.answer_within
                    decision = await Question(plan, told(plan, seconds), seconds).answer()
            except PasserelleError as error:
                self._log.warning("Nobody is asked: %s", error)
                return None
        with self._workspace.ledger() as ledger:
            if decision is None or decision.decision == "refuse":
                by, reason = (NOBODY, "no answer") if decision is None else (decision.by, decision.reason)
                self._log.warning("Refused by %s: %s", by, reason)
                ledger.decisions.decide(plan.id, "refused", by=by, reason=reason)
                cancel_backfill(ledger, one.id, by=by)
                ledger.backfills.note(one.id, f"refused by {by}: {reason}; nothing was written")
                return None
            allow(ledger, plan, decision, self._workspace.incoming(plan.feed).spec.files.visits.zone)
            return {"by": decision.by, "reason": decision.reason}

    async def _resumed(self, one: Backfill) -> bool:
        """Wait until somebody resumes this run; False when it is carried, or over, without us."""
        await self._publish(one)
        self._log.warning("Backfill %s is paused: Resume this run, or passerelle backfill resume", one.id)
        here = asyncio.create_task(self._pause(one))
        elsewhere = asyncio.create_task(self._until_elsewhere(one))
        await asyncio.wait({here, elsewhere}, return_when=asyncio.FIRST_COMPLETED)
        for task in (here, elsewhere):
            task.cancel()
        results = await asyncio.gather(here, elsewhere, return_exceptions=True)
        return results[0] is True

    async def _pause(self, one: Backfill) -> bool:
        with suppress(FlowPauseTimeout):
            # Each pause has a name of its own: one that the server heard before is no pause to it, and the
            # run would go round and round.
            key = f"backfill-{one.id}-{uuid4()}"
            await apause_flow_run(timeout=_PAUSE_SECONDS, poll_interval=_LOOK_EVERY, key=key)
            return True
        return False

    async def _until_elsewhere(self, one: Backfill) -> None:
        """Return when somebody else carried it to its end, from a shell."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            with self._workspace.ledger() as ledger:
                found = ledger.backfills.named(one.id)
                if found.is_over or (found.state != "paused" and not is_at_work(ledger, found)):
                    return

    def _now(self) -> Backfill:
        with self._workspace.ledger() as ledger:
            return ledger.backfills.named(self._asked.id)

    async def _publish(self, one: Backfill) -> None:
        with self._workspace.ledger() as ledger:
            batches = ledger.backfills.batches(one.id)
            plan = None if one.plan_id is None else ledger.decisions.get(one.plan_id)
            rows = [] if plan is None or one.state != "planned" else list(plan_table(ledger, plan))
        await publish_result(one, batches)
        if rows:
            await acreate_table_artifact(
                table=rows, key=f"{one.feed}-plan", description="What it would write; nothing was written"
            )

    async def _end(self, one: Backfill) -> State[None]:
        await self._publish(one)
        message = f"Backfill {one.id}, {one.done} of {one.total}: {one.message}"
        self._log.info("%s: %s", one.state, message)
        return _final(one, message)


def _final(one: Backfill, message: str) -> State[None]:
    """Map where a backfill stands to a Prefect state: what is not carried to its end is never plain green."""
    match one.state:
        case "done":
            name = None if one.outcome == "succeeded" else "CompletedWithRejects"
            return Completed(name=name, message=message) if name else Completed(message=message)
        case "planned":
            return Completed(name="Planned", message=message)
        case "cancelled" | "paused":
            name = "Cancelled" if one.state == "cancelled" else "LeftPaused"
            return Cancelled(name=name, message=message)
        case _:
            return Failed(name="StoppedByGuard" if one.state == "waiting" else "Failed", message=message)


async def _publish_forecast(workspace: Workspace, request: BackfillRequest) -> None:
    schedules: list[ScheduledRun] = []
    unknown = ""
    try:
        schedules = read_schedules(Path("prefect.yaml"))
    except ConfigError as error:
        unknown = str(error)
    with workspace.ledger() as ledger:
        foreseen = forecast(workspace, ledger, request, schedules)
    zone = ZoneInfo(workspace.incoming(request.feed).spec.files.visits.zone)
    await publish_forecast(foreseen, zone, why_unknown=unknown)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, _BETWEEN.split(text))))


def _token() -> str | None:
    return None if flow_run.id is None else f"prefect:{flow_run.id}"

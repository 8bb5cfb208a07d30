"""What `passerelle backfill` does: foresee, carry with a bar and the time left, steer, show."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from pydantic import ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from ..errors import ConfigError
from ..feeds import Workspace
from ..ledger import Backfill, Ledger, person
from ..operations.backfilling import (
    BackfillRequest,
    Forecast,
    Standing,
    ask_for,
    cancel_backfill,
    carry_backfill,
    forecast,
    pause_backfill,
    read_schedules,
)
from ..operations.backfilling.standing import Tell
from ..operations.backfilling.steering import is_at_work
from ..sync import EXIT_CODES
from .backfill_views import backfill_view, backfills_view, forecast_view, told_time
from .sheets import terminal
from .words import Language, say

__all__ = [
    "list_backfills",
    "resume_here",
    "show_backfill",
    "show_forecast",
    "skus_in",
    "start_here",
    "steer",
]

_BETWEEN = re.compile(r"[\s,;]+")


def skus_in(path: Path) -> list[str]:
    """Read SKUs from a text file; blanks, commas, semicolons or lines between. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return list(dict.fromkeys(filter(None, _BETWEEN.split(text))))


def show_forecast(asked: dict[str, Any], schedules: Path, *, as_json: bool, lang: Language) -> None:
    """Print what a backfill would take."""
    workspace, request = Workspace.load(), _request(asked)
    with workspace.ledger() as ledger:
        told, why = _forecast(workspace, ledger, request, schedules)
    if as_json:
        sys.stdout.write(
            msgspec.json.encode({**msgspec.structs.asdict(told), "unknown": why}).decode() + "\n"
        )
        return
    Console().print(terminal(forecast_view(told, lang, _zone(workspace, request.feed), why_unknown=why)))


async def start_here(
    asked: dict[str, Any], schedules: Path, *, by: str, despite_peak: str, as_json: bool, lang: Language
) -> int:
    """Foresee, write down, carry in this process; the exit code."""
    workspace, request = Workspace.load(), _request(asked)
    console = Console(stderr=as_json)
    with workspace.ledger() as ledger:
        told, why = _forecast(workspace, ledger, request, schedules)
        view = forecast_view(told, lang, _zone(workspace, request.feed), why_unknown=why)
        console.print(terminal(view))
        backfill = ask_for(workspace, ledger, request, by=person(by))
    console.print(say("backfill_title", lang, number=backfill.id, feed=backfill.feed), highlight=False)
    return await _carry(
        workspace, backfill.id, console, as_json=as_json, lang=lang, despite_peak=despite_peak
    )


async def resume_here(
    number: int, *, by: str, reason: str, despite_peak: str, as_json: bool, lang: Language
) -> int:
    """Go on in this process; the exit code."""
    console = Console(stderr=as_json)
    how = {"by": person(by), "reason": reason, "despite_peak": despite_peak, "really": True}
    return await _carry(Workspace.load(), number, console, as_json=as_json, lang=lang, **how)


def steer(number: int, wish: Literal["pause", "cancel"], *, by: str, as_json: bool, lang: Language) -> None:
    """Say what a person wants, and print where it stands."""
    with Workspace.load().ledger() as ledger:
        (pause_backfill if wish == "pause" else cancel_backfill)(ledger, number, by=person(by))
        _show(ledger, number, Console(), as_json=as_json, lang=lang)


def list_backfills(feed: str | None, *, limit: int, as_json: bool, lang: Language) -> None:
    """Print the last ones."""
    with Workspace.load().ledger() as ledger:
        found = [(one, is_at_work(ledger, one)) for one in ledger.backfills.last(feed, n=limit)]
    if as_json:
        rows = [{**msgspec.structs.asdict(one), "at_work": alive} for one, alive in found]
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
    else:
        Console().print(terminal(backfills_view(found, lang)))


def show_backfill(number: int, *, as_json: bool, lang: Language) -> None:
    """Print one with its batches."""
    with Workspace.load().ledger() as ledger:
        _show(ledger, number, Console(), as_json=as_json, lang=lang)


async def _carry(
    workspace: Workspace, number: int, console: Console, *, as_json: bool, lang: Language, **how: Any
) -> int:
    with _interrupts_pause(workspace, number), _bar(console, lang) as tell:
        carried = await carry_backfill(workspace, number, tell=tell, **how)
    with workspace.ledger() as ledger:
        _show(ledger, number, console, as_json=as_json, lang=lang)
    return _exit_code(carried)


def _exit_code(carried: Backfill) -> int:
    if carried.state == "failed":
        return 1
    outcome = carried.outcome or "succeeded"
    return EXIT_CODES[outcome] if carried.state in {"done", "waiting"} else 0  # type: ignore[index]  # one of ours


@contextmanager
def _interrupts_pause(workspace: Workspace, number: int) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM ask for a pause, the second time end at once: the ledger bears that, too."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def ask() -> None:
        for one in signals:
            loop.remove_signal_handler(one)
        with workspace.ledger() as ledger:
            ledger.backfills.wish(number, "pause", by=person())

    for one in signals:
        loop.add_signal_handler(one, ask)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


@contextmanager
def _bar(console: Console, lang: Language) -> Iterator[Tell]:
    """Show a bar with the time left; a log file wants none."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task(say("backfill_planning", lang), total=None, left="")

        def tell(standing: Standing) -> None:
            one, left = standing.backfill, standing.seconds_left
            bars.update(
                bar,
                description=f"{one.feed} · {standing.doing}",
                completed=one.done,
                total=one.total or None,
                left="" if left is None else told_time(left, lang),
            )

        yield tell


def _show(ledger: Ledger, number: int, console: Console, *, as_json: bool, lang: Language) -> None:
    one = ledger.backfills.named(number)
    batches, alive = ledger.backfills.batches(number), is_at_work(ledger, one)
    if as_json:
        told = {**msgspec.structs.asdict(one), "at_work": alive, "batches": batches}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        console.print(terminal(backfill_view(one, batches, lang, alive=alive)))


def _request(asked: dict[str, Any]) -> BackfillRequest:
    try:
        return BackfillRequest(**asked)
    except ValidationError as error:
        faults = "; ".join(str(fault["msg"]).removeprefix("Value error, ") for fault in error.errors())
        raise ConfigError(
            f"This cannot be asked for: {faults}",
            advice="Give --sku, --skus-from, --file, --since and --until, or --as-of",
        ) from error


def _forecast(
    workspace: Workspace, ledger: Ledger, request: BackfillRequest, path: Path
) -> tuple[Forecast, str]:
    """Foresee, and say why nothing is known of what begins meanwhile, where that is so."""
    try:
        schedules = read_schedules(path)
    except ConfigError as error:
        return forecast(workspace, ledger, request), str(error)
    try:
        return forecast(workspace, ledger, request, schedules), ""
    except ConfigError as error:
        # Without Prefect nobody reads its hours; a feed that is wrong is told by the second try.
        return forecast(workspace, ledger, request), str(error)


def _zone(workspace: Workspace, feed: str) -> ZoneInfo:
    return ZoneInfo(workspace.incoming(feed).spec.files.visits.zone)

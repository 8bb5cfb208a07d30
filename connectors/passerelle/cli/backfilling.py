"""`passerelle backfill`: carry something of the past again, and steer what is at work."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .choosing import DespitePeak, Mode, Since, Skus, Until
from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer(
    help="Carry something of the past again: SKUs, files, a window of days, or as of a day.",
    no_args_is_help=True,
)

Feed = Annotated[str, typer.Argument(help="A feed of products, prices or stock.")]
Number = Annotated[int, typer.Argument(help="The number of a backfill.")]
By = Annotated[str, typer.Option("--by", help="Who asks; else the user of this machine.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="What was said at the end of this day."),
]
Files = Annotated[list[str] | None, typer.Option("--file", help="Only this file; may be repeated.")]
SkuFile = Annotated[
    Path | None, typer.Option("--skus-from", help="A text file of SKUs; blanks, commas or lines between.")
]
Lane = Annotated[
    Literal["behind", "feed"],
    typer.Option(
        help="behind leaves the shop's calls to the runs of the day; feed takes the feed's own part."
    ),
]
Batch = Annotated[int, typer.Option(min=1, max=2000, help="Changes that are sent between two looks.")]
Schedules = Annotated[Path, typer.Option("--schedules", help="The prefect.yaml that says what begins when.")]

_BATCH = 200
_SCHEDULES = Path("prefect.yaml")


@app.command()
def plan(
    feed: Feed,
    sku: Skus = None,
    skus_from: SkuFile = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    file: Files = None,
    mode: Mode = "auto",
    schedules: Schedules = _SCHEDULES,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Say how many files, records, calls and minutes a backfill would take, and what begins meanwhile."""
    from .backfill_work import show_forecast

    with errors_shown():
        asked = _asked(feed, sku, skus_from, since, until, as_of, file, mode=mode)
        show_forecast(asked, schedules, as_json=as_json, lang=chosen_language(lang))


@app.command()
def start(
    feed: Feed,
    sku: Skus = None,
    skus_from: SkuFile = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    file: Files = None,
    mode: Mode = "auto",
    lane: Lane = "behind",
    batch: Batch = _BATCH,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan it and show the plan, write nothing.")
    ] = False,
    by: By = "",
    despite_peak: DespitePeak = "",
    schedules: Schedules = _SCHEDULES,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Say what it would take, then carry it, batch by batch; Ctrl-C pauses after the batch at work.

    Exit codes: 0 done (or planned, paused, cancelled), 1 failed, 3 done with rejects, 4 the guard says no.
    """
    from .backfill_work import start_here

    with errors_shown():
        more = {"mode": mode, "lane": lane, "batch": batch, "dry_run": dry_run}
        asked = _asked(feed, sku, skus_from, since, until, as_of, file, **more)
        work = start_here(
            asked, schedules, by=by, despite_peak=despite_peak, as_json=as_json, lang=chosen_language(lang)
        )
        raise typer.Exit(asyncio.run(work))


@app.command()
def resume(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it goes on in spite of the guard.")] = "",
    by: By = "",
    despite_peak: DespitePeak = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Go on with a backfill that was paused, interrupted, planned or stopped; exit codes as `start`."""
    from .backfill_work import resume_here

    with errors_shown():
        how = {"by": by, "reason": reason, "despite_peak": despite_peak}
        work = resume_here(number, **how, as_json=as_json, lang=chosen_language(lang))
        raise typer.Exit(asyncio.run(work))


@app.command()
def pause(number: Number, by: By = "", as_json: Json = False, lang: Lang = "") -> None:
    """Pause a backfill after the batch that is at work, wherever it is carried."""
    from .backfill_work import steer

    with errors_shown():
        steer(number, "pause", by=by, as_json=as_json, lang=chosen_language(lang))


@app.command()
def cancel(number: Number, by: By = "", as_json: Json = False, lang: Lang = "") -> None:
    """End a backfill after the batch that is at work; what was written stays."""
    from .backfill_work import steer

    with errors_shown():
        steer(number, "cancel", by=by, as_json=as_json, lang=chosen_language(lang))


@app.command(name="list")
def list_them(
    feed: Annotated[str, typer.Option(help="Only those of this feed.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 20,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """List backfills, the newest first."""
    from .backfill_work import list_backfills

    with errors_shown():
        list_backfills(feed or None, limit=limit, as_json=as_json, lang=chosen_language(lang))


@app.command()
def show(number: Number, as_json: Json = False, lang: Lang = "") -> None:
    """Show where a backfill stands, its batches, and what can be done."""
    from .backfill_work import show_backfill

    with errors_shown():
        show_backfill(number, as_json=as_json, lang=chosen_language(lang))


def _asked(
    feed: str,
    skus: list[str] | None,
    skus_from: Path | None,
    since: datetime | None,
    until: datetime | None,
    as_of: datetime | None,
    files: list[str] | None,
    **more: Any,
) -> dict[str, Any]:
    """Gather what was typed, with the SKUs of a file."""
    from .backfill_work import skus_in

    days = {"since": since, "until": until, "as_of": as_of}
    return {
        "feed": feed,
        "skus": (*(skus or ()), *(() if skus_from is None else skus_in(skus_from))),
        "files": tuple(files or ()),
        **{name: None if day is None else day.date() for name, day in days.items()},
        **more,
    }

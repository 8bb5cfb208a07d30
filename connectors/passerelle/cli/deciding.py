"""`passerelle plan`, `plans`, `apply`, `refuse`, `undo`: see what would change, decide, take back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..errors import ConfigError
from .choosing import FEED, DespitePeak, Mode, Since, Skus, Until, Verify, run_options
from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()

Html = Annotated[Path | None, typer.Option("--html", help="Write the plan as one page to this file.")]
Document = Annotated[
    str,
    typer.Option(
        "--json", metavar="FILE", help="Write report and all changes as JSON to this file; - prints it."
    ),
]
Hours = Annotated[float, typer.Option("--valid-for", min=0, help="Hours in which it must be decided.")]
Plan = Annotated[str, typer.Argument(help="A plan: its number, or the first digits of its hash.")]
By = Annotated[str, typer.Option("--by", help="Who decides; else the user of this machine.")]

_HOURS = 24.0


@app.command()
def plan(
    feed: Annotated[
        str | None,
        typer.Argument(help=FEED),
    ] = None,
    show: Annotated[str, typer.Option("--show", metavar="PLAN", help="Show a stored plan again.")] = "",
    mode: Mode = "auto",
    sku: Skus = None,
    since: Since = None,
    until: Until = None,
    override_guard: Annotated[
        str, typer.Option(metavar="REASON", help="Let a gap in the numbers pass, for this reason.")
    ] = "",
    valid_for: Hours = _HOURS,
    html: Html = None,
    document: Document = "",
    lang: Lang = "",
) -> None:
    """Show field by field what a run would change, old → new; write nothing, and keep it for a decision.

    Exit codes: as `run`.
    """
    from .plans import make_plans, show_plan

    with errors_shown():
        chosen = chosen_language(lang)
        if show:
            show_plan(show, html=html, document=document, lang=chosen)
            return
        if feed is None:
            raise ConfigError("Which feed?", advice="passerelle plan FEED, or passerelle plan --show PLAN")
        options = run_options(
            mode=mode, dry_run=True, skus=sku, since=since, until=until, override_guard=override_guard
        )
        work = make_plans(feed, options, hours=valid_for, html=html, document=document, lang=chosen)
        raise typer.Exit(asyncio.run(work))


@app.command()
def plans(
    feed: Annotated[str | None, typer.Argument(help="Only those of one feed.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those to be decided about.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """List the stored plans: what they would do, who decided, when and why."""
    from .plans import list_plans

    with errors_shown():
        list_plans(feed, waiting=waiting, limit=limit, as_json=as_json, lang=chosen_language(lang))


@app.command()
def apply(
    plan: Plan,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed when the guard says no.")] = "",
    by: By = "",
    despite_peak: DespitePeak = "",
    verify: Verify = "200",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Carry out a stored plan exactly; what moved in the shop meanwhile is left alone and named.

    Exit codes: 0 succeeded, 1 nothing was done, 3 some records were left alone or refused.
    """
    from .plans import apply as apply_plan

    with errors_shown():
        chosen = chosen_language(lang)
        options = run_options(verify=verify, despite_peak=despite_peak)
        done = apply_plan(plan, reason=reason, by=by, options=options, as_json=as_json, lang=chosen)
        raise typer.Exit(asyncio.run(done))


@app.command()
def refuse(
    plan: Plan,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    by: By = "",
    lang: Lang = "",
) -> None:
    """Decide that a stored plan is not carried out."""
    from .plans import refuse as refuse_it

    with errors_shown():
        refuse_it(plan, reason=reason, by=by, lang=chosen_language(lang))


@app.command()
def undo(
    run: Annotated[str, typer.Argument(help="A run: its id, or a part of it that no other run has.")],
    now: Annotated[bool, typer.Option("--now", help="Carry it out at once.")] = False,
    published: Annotated[
        Literal["unpublish", "delete", "keep"],
        typer.Option(help="What is done with published products that the run created."),
    ] = "unpublish",
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept. With --now.")] = "",
    by: By = "",
    despite_peak: DespitePeak = "",
    valid_for: Hours = _HOURS,
    html: Html = None,
    document: Document = "",
    lang: Lang = "",
) -> None:
    """Plan what takes a run back, and keep that for a decision; what changed since is left alone.

    Exit codes: 0 all of it, 1 not possible, 3 something is left alone.
    """
    from .plans import make_undo

    with errors_shown():
        work = make_undo(
            run,
            published=published,
            hours=valid_for,
            now=now,
            reason=reason,
            by=by,
            despite_peak=despite_peak,
            html=html,
            document=document,
            lang=chosen_language(lang),
        )
        raise typer.Exit(asyncio.run(work))

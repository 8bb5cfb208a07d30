"""`passerelle audit`: who changed the configuration, decided, let pass or switched what, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
Since = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="From this moment on.")]
Until = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Before this moment.")]


@app.command()
def audit(
    since: Since = None,
    until: Until = None,
    what: Annotated[
        list[str] | None, typer.Option("--what", help="Only this word (plan_approved); repeatable.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Only about this: 'plan 12', 'mapping stock'.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 100,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Show the audit log: configuration, decisions, overrides, peak mode; lines are never changed."""
    from ..feeds import Workspace
    from .audit_views import print_audit

    with errors_shown():
        chosen = chosen_language(lang)
        with Workspace.load().ledger() as ledger:
            entries = ledger.audit.entries(
                since=None if since is None else since.astimezone(),
                until=None if until is None else until.astimezone(),
                what=tuple(what or ()),
                subject=subject,
                limit=limit,
            )
            print_audit(entries, as_json=as_json, lang=chosen)

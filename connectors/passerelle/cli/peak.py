"""`passerelle peak`: switch peak mode on until a moment, off, and say what it changes."""

from __future__ import annotations

from typing import Annotated

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer(help="Peak mode: stock and orders first, what is risky waits; ends by itself.")

By = Annotated[str, typer.Option("--by", help="Who switches; else the user of this machine.")]


@app.command("on")
def switch_on(
    until: Annotated[str, typer.Option(help="When it ends: 2026-11-30T08:00 (the profile's zone).")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    profile: Annotated[str, typer.Option(help="A file of peak/ below the mappings.")] = "black-friday",
    since: Annotated[str, typer.Option(help="When it begins; left out, now.")] = "",
    by: By = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Switch peak mode on; one that is on or to come is replaced. It ends by itself."""
    from ..feeds import Workspace
    from ..operations.peak import peak_on, peak_status
    from .peak_views import print_peak

    with errors_shown():
        workspace, chosen = Workspace.load(), chosen_language(lang)
        with workspace.ledger() as ledger:
            peak_on(workspace, ledger, profile=profile, until=until, reason=reason, since=since, by=by)
            print_peak(peak_status(ledger), as_json=as_json, lang=chosen, past=False)


@app.command("off")
def switch_off(
    reason: Annotated[str, typer.Option(help="Why before its time; it is kept.")] = "",
    by: By = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Switch peak mode off before its time."""
    from rich.console import Console

    from ..feeds import Workspace
    from ..operations.peak import peak_off, peak_status
    from .peak_views import print_peak
    from .words import say

    with errors_shown():
        chosen = chosen_language(lang)
        with Workspace.load().ledger() as ledger:
            if peak_off(ledger, by=by, reason=reason) is None and not as_json:
                Console().print(say("peak_was_off", chosen))
                return
            print_peak(peak_status(ledger), as_json=as_json, lang=chosen, past=False)


@app.command()
def status(as_json: Json = False, lang: Lang = "") -> None:
    """Say whether peak mode is on, until when, and what it changes."""
    from ..feeds import Workspace
    from ..operations.peak import peak_status
    from .peak_views import print_peak

    with errors_shown():
        chosen = chosen_language(lang)
        with Workspace.load().ledger() as ledger:
            print_peak(peak_status(ledger), as_json=as_json, lang=chosen)

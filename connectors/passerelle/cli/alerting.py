"""`passerelle alerts`: what is wrong now, a look at everything, who looks after what, do messages arrive."""

from __future__ import annotations

from typing import Annotated

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer(name="alerts", help="What is wrong now, who was told, who looks after it.")


@app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over, the newest first.")] = False,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """List the alerts that are open, the gravest first: what it does, what to do, where to read on.

    Exit codes: 0 none is open, 3 some are.
    """
    from .alerting_work import list_alerts

    if context.invoked_subcommand is not None:
        return
    with errors_shown():
        raise typer.Exit(list_alerts(every=every, as_json=as_json, lang=chosen_language(lang)))


@app.command()
def check(
    silent: Annotated[
        bool, typer.Option("--silent", help="Tell nobody: open and close alerts only.")
    ] = False,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Look at everything once: open what is wrong, close what is over, tell who has to know.

    For a schedule, every few minutes. Exit codes: 0 done, 1 not possible, 3 a channel could not be told.
    """
    from .alerting_work import check_now

    with errors_shown():
        raise typer.Exit(check_now(telling=not silent, as_json=as_json, lang=chosen_language(lang)))


@app.command()
def ack(
    number: Annotated[int, typer.Argument(help="The number of an alert.")],
    reason: Annotated[str, typer.Option("--reason", help="What is being done about it; it is kept.")],
    by: Annotated[str, typer.Option("--by", help="Who looks after it; else the user of this machine.")] = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Say that you look after an alert: others see it, and it is told again only when it becomes critical."""
    from .alerting_work import take_alert

    with errors_shown():
        take_alert(number, reason=reason, by=by, as_json=as_json, lang=chosen_language(lang))


@app.command(name="test")
def trial(
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Only this channel; may be repeated.")
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Send a message to each channel of the settings that says that it works.

    Exit codes: 0 all took it, 1 there is none, 3 one did not.
    """
    from .alerting_work import try_now

    with errors_shown():
        raise typer.Exit(try_now(channel or [], as_json=as_json, lang=chosen_language(lang)))

"""`passerelle order` and `passerelle orders`: the life of one, what is late, all by day and state."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ..showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app", "orders_app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()
orders_app = typer.Typer(invoke_without_command=True)
app.add_typer(orders_app, name="orders")

Html = Annotated[Path | None, typer.Option("--html", help="Write it as one page to this file.")]


@app.command()
def order(
    number: Annotated[str, typer.Argument(help="The order's number, as in the shop.")],
    html: Html = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Show the whole life of an order: its 29 steps, who said what in which file, what is awaited.

    Exit codes: 0 shown, 1 there is no such order.
    """
    from .showing import show_order

    with errors_shown():
        show_order(number, html=html, as_json=as_json, lang=chosen_language(lang))


@orders_app.callback()
def orders(
    context: typer.Context,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only what is late, by step: the list for the morning.")
    ] = False,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Orders placed on this day.")
    ] = None,
    state: Annotated[str, typer.Option(help="A state: Open, Partial, CreditOwed …, or contradicted.")] = "",
    store: Annotated[str, typer.Option(help="Orders of this store, by its key.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone that a day is of.")] = "Europe/Paris",
    limit: Annotated[int, typer.Option(min=1, help="Rows shown; for --overdue of each step.")] = 50,
    html: Html = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """List orders with counts and amounts, or with --overdue what is late.

    Exit codes: 0; with --overdue 3 when something is late.
    """
    if context.invoked_subcommand is not None:
        return
    from .showing import show_orders, show_overdue

    with errors_shown():
        chosen = chosen_language(lang)
        if overdue:
            late = show_overdue(store=store, limit=limit, html=html, as_json=as_json, lang=chosen)
            raise typer.Exit(3 if late else 0)
        show_orders(
            day=_day(day),
            state=state,
            store=store,
            zone=zone,
            limit=limit,
            html=html,
            as_json=as_json,
            lang=chosen,
        )


@orders_app.command("project")
def project(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what the shop lacks, and write nothing.")
    ] = False,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Bring the shop up to date with what the ledger knows of its orders; the back feeds do it by themselves.

    Exit codes: those of `passerelle run`.
    """
    import asyncio

    from .projecting import show_projected

    with errors_shown():
        code = asyncio.run(show_projected(dry_run=dry_run, as_json=as_json, lang=chosen_language(lang)))
    raise typer.Exit(code)


@orders_app.command()
def recompute(lang: Lang = "") -> None:
    """Work out anew what follows for orders that are not closed: after a change of timers or rules."""
    from .showing import recompute as work_out

    with errors_shown():
        work_out(chosen_language(lang))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()

"""`passerelle reconcile`: a day's orders in shop, ledger and ERP, their differences, and what mends them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()


@app.command()
def reconcile(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Orders placed on this day; else yesterday.")
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone that a day is of.")] = "Europe/Paris",
    erp: Annotated[
        Path | None, typer.Option(help="A file of the ERP's list, instead of the newest one in its folder.")
    ] = None,
    repair: Annotated[
        Literal["collect", "project", "replay", "export"] | None,
        typer.Option(help="Do this about the differences that it mends, then compare again."),
    ] = None,
    order: Annotated[
        list[str] | None, typer.Option(help="Repair only this order; may be repeated. Needed for export.")
    ] = None,
    because: Annotated[str, typer.Option(help="Why an order is sent again: needed for export.")] = "",
    by: Annotated[str, typer.Option(help="Who says so; else the user of this machine.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one page to this file.")] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Compare a day's orders in shop, ledger and ERP: counts, amounts, and each difference by name.

    Exit codes: 0 all agree, 1 not possible, 3 something differs and is left to a person.
    """
    import asyncio

    from .reconciling_work import Asked, reconcile_day

    with errors_shown():
        asked = Asked(
            day=None if day is None else day.date(),
            zone=zone,
            erp=erp,
            repair=repair,
            orders=tuple(order or ()),
            because=because,
            by=by,
            html=html,
            as_json=as_json,
            lang=chosen_language(lang),
        )
        raise typer.Exit(asyncio.run(reconcile_day(asked)))

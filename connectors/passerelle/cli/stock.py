"""`passerelle stock`: why the shop shows this number of pieces of a SKU, place by place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()


@app.command()
def stock(
    sku: Annotated[str, typer.Argument(help="The SKU, as the shop has it.")],
    place: Annotated[str, typer.Option(help="Only this place (the key of its channel).")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one page to this file.")] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Say why the shop shows this stock: what a file counted when, what was sold since, what is kept back.

    Exit codes: 0 said, 1 no feed under the stock law spoke of it.
    """
    import msgspec
    from rich.console import Console

    from ..feeds import Workspace
    from ..feeds.stock.why import claims_on, zone_of
    from .page import write_page
    from .sheets import terminal
    from .stock_views import stock_view
    from .words import say

    with errors_shown():
        workspace, chosen = Workspace.load(), chosen_language(lang)
        claims = claims_on(workspace, sku, place=place or None)
        blocks = stock_view(sku, claims, zone_of(workspace, claims), chosen)
        if html is not None:
            write_page(html, say("stock_title", chosen, sku=sku), blocks, lang=chosen)
        if as_json:
            said = [{**one._asdict(), "rules": one.rules.hex()} for one in claims]
            sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
        elif html is None:
            Console().print(terminal(blocks))
    raise typer.Exit(0 if claims else 1)

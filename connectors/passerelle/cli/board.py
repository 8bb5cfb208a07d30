"""`passerelle board`: how every feed stands, late ones first, in the terminal."""

from __future__ import annotations

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

app = typer.Typer()


@app.command()
def board(as_json: Json = False, lang: Lang = "") -> None:
    """Show which feeds are late, since when, and what that does to the shop.

    Exit codes: 0 nothing is late, 1 something is.
    """
    from .board_views import show_board  # noqa: PLC0415 - only this command loads its parts

    with errors_shown():
        raise typer.Exit(show_board(lang=chosen_language(lang), as_json=as_json))

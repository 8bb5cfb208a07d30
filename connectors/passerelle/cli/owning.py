"""`passerelle drift` and `foreign`: where the shop is not as we wrote it, and who has the word on a field."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigError
from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()

_SLICE = re.compile(r"(\d+)/(\d+)")


@app.command()
def drift(
    feed: Annotated[str, typer.Argument(help="A feed (stock), or a group of feeds (product, price, all).")],
    part: Annotated[
        str, typer.Option("--slice", metavar="K/N", help="Only the K-th of N parts; N days cover all.")
    ] = "",
    sku: Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU or key; repeatable.")] = None,
    extra: Annotated[
        int, typer.Option("--extra", min=0, metavar="N", help="Also list N resources that may not be ours.")
    ] = 0,
    repair: Annotated[bool, typer.Option("--repair", help="Store a plan that sets it right.")] = False,
    tolerance: Annotated[
        float, typer.Option(min=0, max=100, metavar="PERCENT", help="So many of the records may differ.")
    ] = 0.0,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one page to this file.")] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Compare what we wrote with what the shop shows now; write nothing there.

    Exit codes: 0 all is as wanted (within the tolerance), 1 failed, 3 something is not.
    """
    from .drifting import look_at

    with errors_shown():
        code = asyncio.run(
            look_at(
                feed,
                part=_slice(part),
                skus=tuple(sku or ()),
                extra=extra,
                repair=repair,
                tolerance=tolerance / 100,
                html=html,
                as_json=as_json,
                lang=chosen_language(lang),
            )
        )
    raise typer.Exit(code)


@app.command()
def foreign(
    feed: Annotated[str | None, typer.Argument(help="One feed; else all of them.")] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Let our values win once for what is left to others.")
    ] = False,
    key: Annotated[str | None, typer.Option(help="Only this record.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this field, as the table names it.")] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """List the fields that others changed in the shop, and what was done; or let ours win once more."""
    from .drifting import release_edits, show_edits

    with errors_shown():
        if not release:
            show_edits(feed, as_json=as_json, lang=chosen_language(lang))
        elif feed is None:
            raise ConfigError(
                "Nothing was released", advice="Name the feed: passerelle foreign FEED --release"
            )
        else:
            release_edits(feed, key=key, field=field, lang=chosen_language(lang))


def _slice(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = _SLICE.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise ConfigError(f"{text!r} is no part", advice="Write --slice 3/7 for the third of seven parts")
    return int(found[1]), int(found[2])

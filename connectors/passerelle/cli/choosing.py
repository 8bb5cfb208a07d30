"""What a person chooses of a run on the command line, and how it becomes the options of a run."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..feeds import RunOptions

__all__ = ["FEED", "DespitePeak", "Mode", "Since", "Skus", "Until", "Verify", "run_options"]

FEED = "A feed (stock), or a group of feeds (product, price, order, all)."

Mode: TypeAlias = Annotated[Literal["auto", "full", "delta"], typer.Option(help="Which files to take.")]
Skus: TypeAlias = Annotated[
    list[str] | None, typer.Option("--sku", help="Only this SKU or key; may be repeated.")
]
Since: TypeAlias = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Files of this day or later.")
]
Until: TypeAlias = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Files of this day or earlier.")
]
Verify: TypeAlias = Annotated[
    str, typer.Option(metavar="N|all", help="Read back so many of the written records, risky ones first.")
]
DespitePeak: TypeAlias = Annotated[
    str, typer.Option(metavar="REASON", help="Do it in spite of peak mode, for this reason.")
]


def run_options(
    *,
    skus: list[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    verify: str = "200",
    **others: Any,
) -> RunOptions:
    """Turn what was typed into options; `others` have the names of the options.

    Raises:
        ConfigError: something of it is no option, or two do not go together.
    """
    from ..feeds import RunOptions  # noqa: PLC0415 - only the commands that run feeds load their parts

    if verify != "all" and not verify.isdecimal():
        raise ConfigError(f"--verify takes a number or all, not {verify!r}")
    try:
        return RunOptions(
            skus=tuple(skus or ()),
            since=_day(since),
            until=_day(until),
            verify="all" if verify == "all" else int(verify),
            **others,
        )
    except ValueError as error:
        raise ConfigError(f"These options do not go together: {error}") from error


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()

"""Controls: what a file says of itself, which damage is mended, what stops a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Share, Spec

__all__ = [
    "ControlsSpec",
    "DaySpec",
    "GuardSpec",
    "PriceMoveSpec",
    "RepairSpec",
    "SourceControlsSpec",
    "SumSpec",
]


class SumSpec(Spec):
    """What a total adds up: `{of: QTE, decimal: "1 234,5"}`; with `hash: true` the digits of a number."""

    of: str = Field(description="The place in each row; all values of one that repeats count")
    decimal: str = Field(default="auto", description="How numbers are written: 1234.5 as the partner does")
    hash: bool = Field(
        default=False,
        description="Add up what the digits of the text say, whatever stands between them: a hash total",
    )


def _sum(value: Any) -> Any:
    return {"of": value} if isinstance(value, str) else value


class DaySpec(Spec):
    """Where the header tells the day of the file, and how: `{header: ENTETE/DATE, form: JJ/MM/AAAA}`."""

    header: str = Field(description="The place of the day")
    form: str | None = Field(
        default=None, description="How it is written, or `iso`; left out: as in the file's name"
    )


def _day(value: Any) -> Any:
    return {"header": value} if isinstance(value, str) else value


class SourceControlsSpec(Spec):
    """What header and trailer say about a file, to be compared with what was read and with its name."""

    count: str | None = Field(default=None, description="The place of the number of records")
    date: Annotated[DaySpec, BeforeValidator(_day, json_schema_input_type=DaySpec | str)] | None = Field(
        default=None, description="The place of the file's day, which must be the one in its name"
    )
    sums: dict[str, Annotated[SumSpec, BeforeValidator(_sum)]] = Field(
        default={},
        description="Totals in header or trailer, and what they add up: `PIED/TOTAL_QTE: QTE_PHYSIQUE`",
    )


class ControlsSpec(SourceControlsSpec):
    """What header and trailer of the main file say, to be compared with what was read and with its name."""

    sequence: str | None = Field(
        default=None, description="The place of the file's number, which must be the one in its name"
    )
    mode: str | None = Field(
        default=None, description="The place of the code for full or delta, which must be the one in its name"
    )


class RepairSpec(Spec):
    """Which damage is mended: true for the declared charset, or the charset of the wrong reading."""

    double_encoded_utf8: bool | str = Field(
        default=False,
        description="Texts that were encoded in UTF-8 once too often are read back, and counted",
    )
    lost_characters: Literal["reject", "keep"] = Field(
        default="reject",
        description="Texts with U+FFFD, whose letters are lost: the record is rejected, or kept and counted",
    )


class PriceMoveSpec(Spec):
    """Stop when more than `share` of the records have a price that moves by more than `by`."""

    by: Share = Field(description="A move that is no longer usual")
    share: Share = Field(description="The share of the records that may have one (any variant, scope, tier)")


class GuardSpec(Spec):
    """What stops the run, as shares; what is left out has the guard's own default."""

    volume_drop: Share | None = Field(default=None, description="A full file smaller than the last by this")
    zero_share: Share | None = Field(default=None, description="Stock that becomes zero")
    absent_share: Share | None = Field(default=None, description="Known records that a full file lacks")
    reject_share: Share | None = Field(default=None, description="Records that cannot be read")
    removed_share: Share | None = Field(
        default=None, description="Known records that one run takes away from the shop"
    )
    price_move: PriceMoveSpec | None = Field(default=None, description="Prices that move far")
    ask_above: int | None = Field(
        default=None,
        ge=0,
        description="So many records are written without asking; more need a person's word. "
        "Left out: any number, but of order edits none",
    )
    floor: int | None = Field(default=None, description="Below this number of records shares say nothing")

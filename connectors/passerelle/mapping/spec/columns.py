"""Columns: where the values of a record stand in its line, by number or by position."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Spec

__all__ = ["UNREAD", "ColumnSpec", "Columns", "RepeatSpec"]

#: In a list of columns: a column that is there and is not read.
UNREAD = "_"


class ColumnSpec(Spec):
    """One column: `field` in delimited lines, `at` and `width` in lines and records of fixed columns."""

    field: int | None = Field(None, ge=1, description="The number of the column in a delimited line, from 1.")
    at: int | None = Field(None, ge=1, description="The position where the column starts, from 1.")
    width: int | None = Field(
        None, ge=1, description="How wide the column is: characters in lines, bytes in records of a `length`."
    )
    type: Literal["text", "packed", "zoned", "binary"] = Field(
        "text",
        description="How the value is stored: text, or a number that is packed (COMP-3), zoned (DISPLAY with"
        " the sign in the last digit) or binary (COMP).",
    )
    decimals: int | None = Field(
        None,
        ge=-18,
        le=38,
        description="How many of the digits of a packed, zoned or binary number are decimals; below zero, how"
        " many zeros it is short of.",
    )
    signed: bool = Field(
        default=True, description="Whether a packed, zoned or binary number can be negative."
    )
    sign: Literal["trailing", "leading"] = Field(
        "trailing", description="Which digit of a zoned number carries its sign."
    )
    separate: bool = Field(
        default=False, description="Whether the sign of a zoned number is a character of its own, + or -."
    )
    trim: Literal["both", "left", "right", "none"] = Field(
        "both", description="On which side blanks are filling and no part of the text."
    )
    align: Literal["left", "right"] = Field("left", description="Where a text that is written stands.")
    pad: str = Field(
        " ", min_length=1, max_length=1, description="What fills the rest of a column that is written."
    )

    @model_validator(mode="after")
    def _one_way(self) -> ColumnSpec:
        if (self.field is None) == (self.at is None):
            raise ValueError("say either field: 3 or at: 1, width: 8")
        if (self.at is None) != (self.width is None):
            raise ValueError("at and width go together")
        if self.field is not None and self.type != "text":
            raise ValueError(f"a delimited column holds text, nothing {self.type}")
        if self.type == "text" and self.decimals is not None:
            raise ValueError("decimals are for packed, zoned and binary columns")
        return self


def _columns(value: Any) -> Any:
    if isinstance(value, list):
        names = [name for name in value if name != UNREAD]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"column {name} stands twice")
        return {name: {"field": number} for number, name in enumerate(value, 1) if name != UNREAD}
    if isinstance(value, dict):
        return {name: {"field": item} if type(item) is int else item for name, item in value.items()}
    return value


#: Columns by name: a list in the order of the line (`_` is not read), numbers, or positions and widths.
Columns = Annotated[
    dict[str, ColumnSpec],
    BeforeValidator(_columns, json_schema_input_type=list[str] | dict[str, int | ColumnSpec]),
]


class RepeatSpec(Spec):
    """Columns that stand several times side by side, such as the three prices of a Datanorm P line."""

    at: int = Field(ge=1, description="Where the first group starts: number of the column, or position.")
    every: int = Field(ge=1, description="How many columns, or positions, from one group to the next.")
    times: int = Field(ge=1, description="How many groups there are at most; empty ones are left out.")
    columns: Columns = Field(description="The columns of a group, counted from its start: the first is 1.")

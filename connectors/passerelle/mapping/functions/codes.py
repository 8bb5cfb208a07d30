"""Functions of codes: tables, yes and no, texts that stand for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ..codes import CodeTable
from ..paths import ABSENT
from ..unreadable import Unreadable
from .registry import Convert, reading, writing

__all__ = ["Choice", "YesNo"]


class Choice(BaseModel):
    """What to put for a code that the table does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str


class YesNo(BaseModel):
    """The two texts of a yes or no."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    yes: str
    no: str


@reading(
    "code",
    ("text", "texts"),
    "text",
    skips=lambda arguments: arguments.get("unknown") == "skip",
    counts=lambda arguments: arguments.get("unknown", "reject") != "reject",
)
def code(
    table: CodeTable,
    column: str | None = None,
    unknown: Literal["reject", "keep", "skip"] | Choice = "reject",
) -> Convert:
    """Translate by a code table: its first column of meanings, or the one named.

    An unknown code is rejected, kept, skipped (as if the element were not there) or replaced by
    `{value: …}`; all but the first are counted. A table with several code columns takes several texts.

    Example: `{code: colours}` makes `"navy"` of `"012"`.
    """
    entries = table.meanings(column)

    def read(value: str | Sequence[str]) -> Any:
        text = value.strip() if isinstance(value, str) else table.joined(value)
        meaning = entries.get(text)
        if meaning is not None:
            return meaning
        if unknown == "reject":
            raise Unreadable(
                "unknown_code", f"a code of {table.name}", f"Add it to {table.file}, or have it corrected"
            )
        table.misses.note(table.name, text)
        if isinstance(unknown, Choice):
            return unknown.value
        if unknown == "keep":
            return text
        return ABSENT

    return read


@writing("code", "text", "text")
def code_out(table: CodeTable, unknown: Literal["reject", "keep"] | Choice = "reject") -> Convert:
    """Translate a meaning back to its code.

    What the table does not know is rejected, kept as it is or replaced by `{value: …}`; all but the first
    are counted and told.

    Example: `{code: colours}` makes `"012"` of `"navy"`.
    """
    entries = table.reversed()

    def write(text: str) -> str:
        code = entries.get(text)
        if code is not None:
            return code
        if unknown == "reject":
            raise Unreadable("unknown_code", f"a value of {table.name}", f"Add it to {table.file}")
        table.misses.note(table.name, text)
        return unknown.value if isinstance(unknown, Choice) else text

    return write


@reading("boolean", "text", "boolean")
def boolean(texts: YesNo) -> Convert:
    """Read a yes or no written in two texts.

    Example: `{boolean: {"yes": A, "no": R}}` makes `true` of `"A"`.
    """
    if texts.yes == texts.no:
        raise ValueError("yes and no must be two texts")
    known = {texts.yes: True, texts.no: False}

    def read(text: str) -> bool:
        try:
            return known[text.strip()]
        except KeyError:
            raise Unreadable("unknown_code", f"{texts.yes} or {texts.no}") from None

    return read


@writing("boolean", "boolean", "text")
def boolean_out(texts: YesNo) -> Convert:
    """Write a yes or no in two texts.

    Example: `{boolean: {"yes": A, "no": R}}` makes `"A"` of `true`.
    """
    return lambda value: texts.yes if value else texts.no


@reading("none_if", "text", "text", nullable=lambda _arguments: True)
def none_if(texts: tuple[str, ...]) -> Convert:
    """Read certain texts as "there is none".

    Example: `{none_if: ["-", "n/a"]}` makes `null` of `"n/a"`.
    """
    nothing = frozenset(texts)
    return lambda text: None if text.strip() in nothing else text


@reading("absent_if", "text", "text", skips=lambda _arguments: True)
def absent_if(texts: tuple[str, ...]) -> Convert:
    """Read certain texts as if the element were not there: nothing is said, nothing is touched.

    Example: `{absent_if: ["-1.000000"]}` makes `"7"` of `"7"`.
    """
    nothing = frozenset(texts)
    return lambda text: ABSENT if text.strip() in nothing else text


@reading("default", "text", "text")
def default(value: str | int | bool | None) -> Convert:  # noqa: ARG001, FBT001  # see pipeline.build
    """Stand in for an absent or empty value; any place in `via` will do.

    Example: `{default: 0}` makes `"7"` of `"7"`.
    """
    return str

"""Functions of several texts: split, choose, join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..spec.fields import Steps
from ..unreadable import Unreadable
from .registry import Convert, reading, writing


@writing("join", "texts", "text")
@reading("join", "texts", "text")
def join(by: str = " ", *, trim: bool = True) -> Convert:
    """Join several texts; empty ones are left out. With `trim: false` their own blanks stay.

    Example: `{join: ", "}` makes `"a, b"` of `["a ", "", "b"]`.
    """
    if trim:
        return lambda texts: by.join(text.strip() for text in texts if text and not text.isspace())
    return lambda texts: by.join(text for text in texts if text)


@reading("join_lines", "texts", "text")
def join_lines(width: int) -> Convert:
    """Join lines that were cut at a width: a line that fills it goes on without a blank, others with one.

    Example: `{join_lines: 7}` makes `"bei Schutz"` of `["bei Sch", "utz"]`.
    """
    if width < 1:
        raise ValueError("join_lines takes a width from 1 on")

    def read(texts: Sequence[str]) -> str:
        whole = ""
        full = True
        for text in texts:
            whole += text if full or not text.strip() else f" {text}"
            full = len(text.rstrip("\r\n")) >= width
        return " ".join(whole.split())

    return read


@reading("split", "text", "texts")
def split(by: str) -> Convert:
    """Split a text where another stands; blanks around the parts are dropped.

    Example: `{split: "#"}` makes `["A", "38"]` of `"A # 38"`.
    """
    if not by:
        raise ValueError("split needs the text between the parts")
    return lambda text: tuple(part.strip() for part in text.split(by))


@reading("each", "texts", "texts")
def each(via: Steps) -> Convert:  # noqa: ARG001  # see pipeline.build, which knows the functions
    """Put every one of several texts through other functions; what becomes empty is left out.

    Example: `[{split: ","}, {each: {key: cat-}}]` makes `["cat-12", "cat-13"]` of `"12, 13"`.
    """
    return tuple


@reading("words", "text", "texts")
def words() -> Convert:
    """Split a text at every run of blanks and line ends.

    Example: `words` makes `["FR", "BE"]` of `"FR   BE"`.
    """
    return lambda text: tuple(text.split())


@reading("item", "texts", "text")
def item(number: int | Literal["last"], otherwise: Literal["reject", "empty"] = "empty") -> Convert:
    """Take one of several texts: the first is 1, the last is -1 or `last`. One that is not there is empty.

    Example: `[{split: "#"}, {item: 2}]` makes `"38"` of `"A#38"`.
    """
    if number == 0:
        raise ValueError("item counts from 1, or from the end with -1")
    place = -1 if number == "last" else number - 1 if number > 0 else number

    def read(texts: Sequence[str]) -> str:
        if -len(texts) <= place < len(texts):
            return texts[place]
        if otherwise == "reject":
            raise Unreadable("missing_item", f"at least {abs(place) + (place >= 0)} parts")
        return ""

    return read


@reading("first", "texts", "text")
def first() -> Convert:
    """Take the first of several texts that is not empty.

    Example: `first` makes `"b"` of `["", " ", "b", "c"]`.
    """
    return lambda texts: next((text.strip() for text in texts if text and not text.isspace()), "")


@reading("drop_last", "texts", "texts")
def drop_last() -> Convert:
    """Leave out the last of several texts: of a path of categories its parent stays.

    Example: `[{split: ">"}, drop_last, {join: ">"}]` makes `"Women>Clothing"` of `"Women>Clothing>Trousers"`.
    """
    return lambda texts: tuple(texts[:-1])


@reading("unique", "texts", "texts")
def unique() -> Convert:
    """Keep every text once, in the order in which they came; empty ones are left out.

    Example: `unique` makes `["b", "a"]` of `["b", "a", "b", ""]`.
    """
    return lambda texts: tuple(dict.fromkeys(text.strip() for text in texts if text and not text.isspace()))

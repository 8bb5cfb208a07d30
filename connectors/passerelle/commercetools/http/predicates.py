"""Query predicates: quoting, and `in` lists cut so that no address grows too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote_plus

__all__ = ["MAX_LENGTH", "MAX_VALUES", "both", "chunks", "encoded_length", "joined", "one_of", "quoted"]

#: Characters of one predicate as they stand in the address, percent signs and all.
MAX_LENGTH = 8_000
MAX_VALUES = 250


def quoted(text: str) -> str:
    """Write a text as a predicate's string literal; nothing in it can end the literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def encoded_length(text: str) -> int:
    """Length of a text in an address: a quote counts three, a Greek letter six."""
    return len(quote_plus(text))


def one_of(field: str, values: Iterable[str]) -> str:
    """`field in ("a", "b")`."""
    return f"{field} in ({', '.join(map(quoted, values))})"


def chunks(values: Iterable[str], *, room: int = MAX_LENGTH, most: int = MAX_VALUES) -> Iterator[list[str]]:
    """Cut values into lists of at most `most` whose `in (…)` fits in `room` encoded characters.

    Repeated values count once, the order of first appearance is kept. A single value that is longer than
    the room makes a list of its own: the target then says what it thinks of it.
    """
    chunk: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        size = encoded_length(quoted(value)) + encoded_length(", ")
        if chunk and (len(chunk) == most or length + size > room):
            yield chunk
            chunk, length = [], 0
        chunk.append(value)
        length += size
    if chunk:
        yield chunk


def both(*predicates: str | None) -> str | None:
    """All of them; None stands for no condition."""
    given = [predicate for predicate in predicates if predicate is not None]
    if len(given) < 2:  # noqa: PLR2004 - two is what "and" needs
        return given[0] if given else None
    return " and ".join(f"({predicate})" for predicate in given)


def joined(predicates: Iterable[str], *, room: int = MAX_LENGTH) -> Iterator[str]:
    """Pack predicates with `or` into as few as fit in `room` encoded characters each."""
    packed: list[str] = []
    length = 0
    for predicate in predicates:
        text = f"({predicate})"
        size = encoded_length(text) + encoded_length(" or ")
        if packed and length + size > room:
            yield " or ".join(packed)
            packed, length = [], 0
        packed.append(text)
        length += size
    if packed:
        yield " or ".join(packed)

"""The text of a copybook: lines of columns 7 to 72 or free ones, to statements of words with their line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import ConfigError

__all__ = ["Statement", "ill_copybook", "statements"]

_SEQUENCE, _CODE_END = 6, 72
#: A level and a name where the sequence number would stand, or the word of a compiler.
_FREE = re.compile(r"\s{0,6}\d{1,2}\s+[A-Za-z:]|\s{0,6}>>")
_WORD = re.compile(
    r"""
    '(?:[^']|'')*'? | "(?:[^"]|"")*"?   # a literal
    | \.(?=\s|$)                        # the end of a statement
    | (?:[^\s.,;'"] | [.,;](?!\s|$))+   # a word; a picture may hold points and commas
    | [,;]                              # between words, means nothing
    """,
    re.VERBOSE,
)
#: What compilers take for the printed listing.
_LISTING = frozenset({"EJECT", "SKIP1", "SKIP2", "SKIP3"})


class Statement(NamedTuple):
    """The words of one entry, and the line that it begins in."""

    words: tuple[str, ...]
    line: int


def ill_copybook(file: str, line: int, what: str, advice: str = "") -> ConfigError:
    """Make the error that tells what is wrong with a copybook, and where."""
    return ConfigError(f"{file}:{line}: {what}", advice=advice, line=line)


def statements(text: str, *, file: str) -> Iterator[Statement]:
    """Cut a copybook into statements.

    Lines are of the fixed form (sequence number, mark in column 7, code up to column 72) unless a level
    stands further left; then all are free. Comments and listing words are left out. Raises ConfigError for
    `COPY`, and for a text that ends inside a statement.
    """
    words: list[str] = []
    begun = 0
    for number, code in _code(text.expandtabs(8).splitlines()):
        for found in _WORD.finditer(code):
            word = found[0]
            if word in (",", ";"):
                continue
            if not words:
                begun = number
            if word != ".":
                words.append(word)
                if word.upper() in _LISTING and len(words) == 1:
                    words.clear()
            elif words:
                yield _judged(Statement(tuple(words), begun), file)
                words = []
    if words:
        raise ill_copybook(file, begun, f"{' '.join(words[:4])} … has no point at its end")


def _judged(statement: Statement, file: str) -> Statement:
    if statement.words[0].upper() == "COPY":
        advice = "Put the text of the other copybook in its place"
        raise ill_copybook(file, statement.line, "COPY takes another file in, which is not done here", advice)
    return statement


def _code(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Give the code of each line without sequence numbers and comments."""
    fixed = not any(map(_FREE.match, lines))
    before: tuple[int, str] | None = None
    for number, line in enumerate(lines, 1):
        mark = line[_SEQUENCE : _SEQUENCE + 1] if fixed else line.lstrip()[:1]
        code = line[_SEQUENCE + 1 : _CODE_END] if fixed else line
        if mark in ("*", "/") or (not fixed and code.lstrip().startswith(">>")):
            continue
        code = code.partition("*>")[0]
        if fixed and mark == "-" and before is not None:
            # The rest of a word or literal; a literal goes on behind a quote of its own.
            before = (before[0], before[1].rstrip() + code.lstrip().lstrip("'\""))
            continue
        if before is not None:
            yield before
        before = (number, code)
    if before is not None:
        yield before

"""Fields: the lines of a delimited file split by the csv module, each with the line where it starts.

The csv module of the standard library is strict about quotes, reads 100 MB in a second or two, and says how
many lines a record took. It does not know comments, end marks or broken charsets: those are settled before.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from .layouts import Ill
from .text import TextSource

__all__ = ["Dialect", "FieldSource", "options"]

_UNENDED = "unexpected end of data"
_TOO_LONG = "field larger than field limit"


class Dialect(NamedTuple):
    """How a line is divided: one character each, or None for what there is not."""

    delimiter: str
    quote: str | None = '"'
    doubled: bool = True
    escape: str | None = None


def options(dialect: Dialect) -> dict[str, object]:
    """Give the dialect in the words of the csv module."""
    return {
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quote,
        "doublequote": dialect.doubled,
        "escapechar": dialect.escape,
        "quoting": csv.QUOTE_NONE if dialect.quote is None else csv.QUOTE_MINIMAL,
        "strict": True,
    }


class FieldSource:
    """The fields of each line of one file, read once; quoted texts may go over several lines.

    `engine` yields the fields, `[]` for an empty line or a comment; after each of them call `next_line`.
    """

    def __init__(
        self, source: TextSource, dialect: Dialect, *, skip: int = 0, comment: str | None = None
    ) -> None:
        self.source = source
        self.start = skip + 1
        """The line where the fields that come next start."""
        self._skip = skip
        self._comment = comment
        lines: Iterator[str] = chain.from_iterable(source.batches())
        lines = islice(lines, skip, None)
        if comment is not None:
            lines = self._without_comments(lines, comment)
        # csv.reader is typed for literals only.
        self.engine = csv.reader(lines, **options(dialect))  # type: ignore[arg-type]  # as options() says

    @property
    def end(self) -> int:
        """The line where the fields that came last end."""
        return self.engine.line_num + self._skip

    def next_line(self) -> None:
        """Go on behind the fields that came last."""
        self.start = self.source.needed_from = self.engine.line_num + self._skip + 1

    def raw(self) -> str:
        """Give the text that the fields that came last were read from."""
        return self.source.raw(self.start, self.end)

    def ill(self, error: csv.Error) -> Ill:
        """Say what is wrong with the quotes of a record; its other lines can be read.

        Raises:
            FileRefused: a quoted text does not end, so that nothing behind it can be told apart.
        """
        if str(error) == _UNENDED or (str(error).startswith(_TOO_LONG) and self.end > self.start):
            raise self.source.refuse(
                "unended_quote",
                self.raw().partition("\n")[0],
                f"the end of the quoted text that starts here, before line {self.end}",
                "The file may be cut short, or a quote stands in a text: have it corrected and sent again",
                line=self.start,
            ) from error
        return Ill(
            "too_long" if str(error).startswith(_TOO_LONG) else "broken_quotes",
            None,
            self.raw(),
            f"quotes around whole fields, doubled or escaped inside ({error})",
            "Have it corrected and sent again; when quotes are plain text here, say `quote: none`",
        )

    def _without_comments(self, lines: Iterator[str], comment: str) -> Iterator[str]:
        given = self._skip
        for line in lines:
            given += 1
            # Inside a quoted text of several lines there are no comments.
            yield "\n" if line.startswith(comment) and given == self.start else line

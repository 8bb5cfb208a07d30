"""EDIFACT: which messages of an interchange make the rows, and how their segments are grouped."""

from __future__ import annotations

from typing import Annotated, BinaryIO, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from ...formats.edifact.reader import EdifactReader
from ...formats.edifact.syntax import CODECS
from ...formats.edifact.writer import EdifactWriter
from .base import Names, Spec, several

__all__ = ["EdifactSpec"]

Tag = Annotated[str, StringConstraints(pattern="^[A-Z][A-Z0-9]{2}$")]
Syntax = Literal[
    "UNOA",
    "UNOB",
    "UNOC",
    "UNOD",
    "UNOE",
    "UNOF",
    "UNOG",
    "UNOH",
    "UNOI",
    "UNOJ",
    "UNOK",
    "UNOL",
    "UNOW",
    "UNOY",
]
#: The word for the character set that UNB names.
AS_UNB_SAYS = "UNB"


class EdifactSpec(Spec):
    """EDIFACT: a row is one message, its segments by tag, their elements `e1`, components `e1.2`."""

    message: str = Field(
        description="The message type of the rows, such as ORDERS; in a file that is written all that UNH"
        " says of it, such as ORDERS:D:96A:UN:EAN008."
    )
    groups: dict[Tag, Annotated[tuple[Tag, ...], BeforeValidator(several)]] = Field(
        default={},
        description="Segment groups: by their trigger, the segments that stand below it. A member that is a"
        " trigger itself opens a group inside.",
    )
    declared: str = Field(
        AS_UNB_SAYS,
        alias="charset",
        description="The charset of the bytes: UNB for the one that the interchange names, or the true one"
        " when this partner's UNB names a wrong one.",
    )
    segment_end: Literal["newline"] | None = Field(
        None, description="`newline` when lines end the segments of files that do not say so in UNA."
    )
    ignore: Names = Field(
        (), description="Message types that may stand in the same interchange and are read by other feeds."
    )
    application: Literal["check", "ignore"] = Field(
        "check", description="`ignore` when UNB of this partner names another message type than it carries."
    )
    totals: dict[str, str] = Field(
        default={"2": "LIN"},
        description="What CNT counts, by its qualifier: the segments of a tag, or the sum of an element such"
        " as QTY/e1.2.",
    )
    syntax: str = Field("UNOC", description="The character set of a file that is written: UNOA, UNOB, UNOC …")
    version: Literal["1", "2", "3", "4"] = Field(
        "3", description="The syntax version of a file that is written."
    )
    newline: Literal["crlf", "lf", "none"] = Field(
        "none", description="What stands behind each segment of a file that is written."
    )

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach the interchange's header."""
        return "UNB"

    @property
    def charset(self) -> str:
        """The charset of the texts: the declared one, or that of `syntax`, which UNB names as a rule."""
        return CODECS[self.syntax] if self.declared == AS_UNB_SAYS else self.declared

    def open_reader(self, stream: BinaryIO, *, file: str) -> EdifactReader:
        """Open the reader of one interchange."""
        return EdifactReader(
            stream,
            file=file,
            message=self.message.partition(":")[0],
            groups=self.groups,
            charset=None if self.declared == AS_UNB_SAYS else self.declared,
            segment_end=self.segment_end,
            ignore=self.ignore,
            application=self.application,
            totals=self.totals,
        )

    def open_writer(self, stream: BinaryIO, *, file: str, replace: bool = False) -> EdifactWriter:
        """Open the writer of one interchange; its header comes from the mapping, as elements of UNB.

        With `replace`, a character outside the character set becomes its nearest letter; else it is a fault.
        """
        return EdifactWriter(
            stream,
            file=file,
            message=self.message,
            syntax=self.syntax,
            version=self.version,
            newline={"crlf": "\r\n", "lf": "\n", "none": ""}[self.newline],
            replace=replace,
        )

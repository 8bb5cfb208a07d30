"""Formats: how the rows are laid out in a file; exactly one format a feed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .base import Spec
from .edifact import EdifactSpec
from .text_formats import CsvSpec, FixedSpec, JsonSpec, LinesSpec, NdjsonSpec

__all__ = ["FormatSpec", "XmlSpec"]


class XmlSpec(Spec):
    """How the XML is laid out; paths start at the root."""

    charset: str = Field(description="The charset of the bytes, such as ISO-8859-1; the prolog must agree.")
    record: str = Field(
        description="The path of a record from the root, such as /FICHIER/LIGNE. /SHOP//CATEGORY: records of"
        " that name at any depth, inside each other too; `#parent` leads to the record around."
    )
    header: str | None = Field(None, description="The path of the element that tells about the file.")
    trailer: str | None = Field(None, description="The path of the element that closes the file.")
    override_prolog: bool = Field(
        default=False,
        description="True when this partner's prolog names a wrong charset: the feed is believed.",
    )
    ignore_namespaces: bool = Field(default=False, description="True to read every name without its prefix.")
    namespaces: dict[str, str] = Field(
        default={},
        description="The prefixes that names have in this mapping, each with its address; the empty prefix is"
        " the default namespace.",
    )
    doctype: Literal["refuse", "ignore"] = Field(
        "refuse",
        description="What becomes of a file with a DOCTYPE: it is refused, or, when the DOCTYPE only names a"
        " DTD, it is passed over. The DTD is never fetched; declarations in the file refuse it in any case.",
    )
    illegal_characters: Literal["refuse", "remove", "blank"] = Field(
        "refuse",
        description="What becomes of characters that XML does not allow, raw (most control characters) or as"
        " references such as `&#x1;`: the file is refused, or they are removed or replaced by a blank, and"
        " counted.",
    )
    bare_ampersands: Literal["refuse", "escape"] = Field(
        "refuse",
        description="What becomes of an `&` that begins no reference: the file is refused, or it is read as"
        " `&amp;`, and counted.",
    )
    newline: Literal["crlf", "lf"] = Field("crlf", description="How the lines end in a file that is written.")

    @property
    def nested(self) -> bool:
        """True when records may stand inside each other."""
        return "//" in self.record

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach the header."""
        return None if self.header is None else self.header.rpartition("/")[2]


class FormatSpec(Spec):
    """The format of the files: one of these, with what it needs."""

    xml: XmlSpec | None = Field(None, description="XML.")
    csv: CsvSpec | None = Field(None, description="Delimited text in any dialect.")
    fixed: FixedSpec | None = Field(None, description="Records with fixed columns.")
    lines: LinesSpec | None = Field(None, description="Lines of several record types.")
    json_: JsonSpec | None = Field(
        None, alias="json", description="One JSON document with a list of records."
    )
    ndjson: NdjsonSpec | None = Field(None, description="One JSON object a line.")
    edifact: EdifactSpec | None = Field(None, description="EDIFACT: one message a row.")

    @model_validator(mode="after")
    def _one(self) -> FormatSpec:
        names = [field.alias or name for name, field in type(self).model_fields.items()]
        given = [name for name, field in type(self).model_fields.items() if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"say exactly one format: {', '.join(names)}")
        return self

    @property
    def layout(self) -> XmlSpec | CsvSpec | FixedSpec | LinesSpec | JsonSpec | NdjsonSpec | EdifactSpec:
        """The one format that is given."""
        layouts = (self.xml, self.csv, self.fixed, self.lines, self.json_, self.ndjson, self.edifact)
        return next(layout for layout in layouts if layout is not None)

    @property
    def name(self) -> str:
        """The word for the format in the mapping file."""
        fields = type(self).model_fields.items()
        return next(field.alias or name for name, field in fields if getattr(self, name) is not None)

    @property
    def charset(self) -> str:
        """The charset that the feed declares."""
        return self.layout.charset

    @property
    def header_name(self) -> str | None:
        """The name under which paths reach the header (`/NAME/…`); None when the format has none."""
        return self.layout.header_name

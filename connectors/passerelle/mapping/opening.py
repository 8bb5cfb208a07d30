"""Opening: from the format that a feed declares to the reader or the writer of one of its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from ..formats import (
    JsonReader,
    JsonWriter,
    MendedXml,
    Mending,
    NdjsonReader,
    NdjsonWriter,
    Reader,
    Writer,
    XmlReader,
    XmlWriter,
    codec_name,
)
from ..formats.xml.tree import XmlTreeReader
from .spec import CsvSpec, FixedSpec, FormatSpec, JsonSpec, LinesSpec, NdjsonSpec, XmlSpec
from .spec.edifact import EdifactSpec
from .text_opening import (
    NEWLINES,
    read_delimited,
    read_fixed,
    read_lines,
    write_delimited,
    write_fixed,
    write_lines,
)

__all__ = ["mended", "open_reader", "open_writer"]


def open_reader(
    spec: FormatSpec,
    stream: BinaryIO,
    *,
    file: str,
    paths: Iterable[str] | None = None,
    repairs: Counter[str] | None = None,
) -> Reader:
    """Open the reader that the format asks for; `paths` are the raw paths that will be read (None: all).

    What is mended in the bytes, where the format says so, is counted in `repairs`.
    """
    reader: Reader
    match spec.layout:
        case CsvSpec() as csv:
            reader = read_delimited(csv, stream, file=file)
        case FixedSpec() as fixed:
            reader = read_fixed(fixed, stream, file=file)
        case LinesSpec() as lines:
            reader = read_lines(lines, stream, file=file)
        case JsonSpec() as json:
            reader = JsonReader(stream, file=file, charset=json.charset, record=json.record)
        case NdjsonSpec() as ndjson:
            reader = NdjsonReader(
                stream, file=file, charset=ndjson.charset, final_newline=ndjson.final_newline
            )
        case EdifactSpec() as edifact:
            reader = edifact.open_reader(stream, file=file)
        case XmlSpec() as xml:
            reader = _read_xml(xml, mended(spec, stream, repairs), file=file, paths=paths)
    return reader


def mended(spec: FormatSpec, stream: BinaryIO, repairs: Counter[str] | None = None) -> BinaryIO | MendedXml:
    """Give the bytes of a file as they are parsed: mended and counted, where the format says so."""
    if spec.xml is None:
        return stream
    mending = Mending(spec.xml.illegal_characters, spec.xml.bare_ampersands)
    if mending == Mending():
        return stream
    utf8 = codec_name(spec.charset) == "utf-8"
    return MendedXml(stream, mending, utf8=utf8, repairs=Counter() if repairs is None else repairs)


def _read_xml(
    xml: XmlSpec, stream: BinaryIO | MendedXml, *, file: str, paths: Iterable[str] | None
) -> Reader:
    reads = XmlTreeReader if xml.nested else XmlReader
    return reads(
        stream,
        file=file,
        record=xml.record,
        header=xml.header,
        trailer=xml.trailer,
        charset=xml.charset,
        override_prolog=xml.override_prolog,
        ignore_namespaces=xml.ignore_namespaces,
        namespaces=xml.namespaces,
        paths=paths,
        bare_doctype=xml.doctype == "ignore",
    )


def open_writer(spec: FormatSpec, stream: BinaryIO, *, file: str, replace: bool = False) -> Writer:
    """Open the writer that the format asks for; `file` is what faults call the file that is written.

    With `replace`, what the file cannot hold becomes the nearest letter or `?`; else it is a fault.
    """
    writer: Writer
    match spec.layout:
        case CsvSpec() as csv:
            writer = write_delimited(csv, stream, file=file, replace=replace)
        case FixedSpec() as fixed:
            writer = write_fixed(fixed, stream, file=file, replace=replace)
        case LinesSpec() as lines:
            writer = write_lines(lines, stream, file=file, replace=replace)
        case JsonSpec() as json:
            writer = JsonWriter(stream, file=file, charset=json.charset, record=json.record)
        case NdjsonSpec() as ndjson:
            newline = NEWLINES[ndjson.newline]
            writer = NdjsonWriter(stream, file=file, charset=ndjson.charset, newline=newline, replace=replace)
        case EdifactSpec() as edifact:
            writer = edifact.open_writer(stream, file=file, replace=replace)
        case XmlSpec() as xml:
            writer = _write_xml(xml, stream, file=file, replace=replace)
    return writer


def _write_xml(xml: XmlSpec, stream: BinaryIO, *, file: str, replace: bool) -> Writer:
    return XmlWriter(
        stream,
        file=file,
        charset=xml.charset,
        record=xml.record,
        header=xml.header,
        trailer=xml.trailer,
        newline=NEWLINES[xml.newline],
        namespaces=xml.namespaces,
        replace=replace,
    )

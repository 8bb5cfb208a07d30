"""Opening: from the format that a feed declares to the reader or the writer of one of its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from ..errors import ConfigError
from ..formats import Reader, Writer, XmlReader, XmlWriter
from .spec import FormatSpec

__all__ = ["open_reader", "open_writer"]

_NEWLINES = {"crlf": "\r\n", "lf": "\n"}


def open_reader(
    spec: FormatSpec, stream: BinaryIO, *, file: str, paths: Iterable[str] | None = None
) -> Reader:
    """Open the reader that the format asks for; `paths` are the raw paths that will be read (None: all)."""
    if spec.edifact is not None:
        return spec.edifact.open_reader(stream, file=file)
    xml = spec.xml
    if xml is None:
        raise ConfigError(f"{file}: no reader for {spec.name}")
    return XmlReader(
        stream,
        file=file,
        record=xml.record,
        header=xml.header,
        trailer=xml.trailer,
        charset=xml.charset,
        override_prolog=xml.override_prolog,
        ignore_namespaces=xml.ignore_namespaces,
        paths=paths,
    )


def open_writer(spec: FormatSpec, stream: BinaryIO, *, file: str, replace: bool = False) -> Writer:
    """Open the writer that the format asks for; `file` is what faults call the file that is written.

    With `replace`, a format that knows the nearest letter for one that it cannot hold writes that.
    """
    if spec.edifact is not None:
        return spec.edifact.open_writer(stream, file=file, replace=replace)
    xml = spec.xml
    if xml is None:
        raise ConfigError(f"{file}: no writer for {spec.name}")
    return XmlWriter(
        stream,
        file=file,
        charset=xml.charset,
        record=xml.record,
        header=xml.header,
        trailer=xml.trailer,
        newline=_NEWLINES[xml.newline],
        namespaces=xml.namespaces,
    )

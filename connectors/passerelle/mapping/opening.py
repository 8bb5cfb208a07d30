"""Opening: from the format that a feed declares to the reader of one of its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from ..formats import Reader, XmlReader
from .spec import FormatSpec

__all__ = ["open_reader"]


def open_reader(
    spec: FormatSpec, stream: BinaryIO, *, file: str, paths: Iterable[str] | None = None
) -> Reader:
    """Open the reader that the format asks for; `paths` are the raw paths that will be read (None: all)."""
    xml = spec.xml
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

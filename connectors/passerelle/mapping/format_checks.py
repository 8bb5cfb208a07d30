"""Checks of a format that its model alone cannot make: charsets that exist, paths that start at the root."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..formats import codec_name
from ..formats.xml.tree import PARENT
from .pipeline import Report
from .spec import FormatSpec, XmlSpec

__all__ = ["check_format", "check_parents"]

_ASCII = "".join(map(chr, range(128)))
_FROM_ROOT = re.compile("(?:/[^/]+){2,}")
#: Records at any depth below a place.
_NESTED = re.compile("(?:/[^/]+)+//[^/]+")
#: A document that is one record, such as an order: its root.
_ROOT = re.compile("/[^/]+")


def check_format(spec: FormatSpec, report: Report, *, out: bool = False) -> None:
    """Report what is wrong with a format, each flaw where it stands; `out` is for files that are written."""
    at = ("format", spec.name)
    if codec_name(spec.charset) is None:
        report((*at, "charset"), f"charset {spec.charset!r} is not known")
    if spec.xml is not None:
        _check_paths(spec.xml, report)
        _check_mending(spec.xml, report)
        if out and spec.xml.nested:
            report(
                ("format", "xml", "record"), f"{spec.xml.record!r} says no single place to write records to"
            )


def check_parents(spec: FormatSpec, paths: Iterable[str], report: Report) -> None:
    """Report paths to the record around a record, in a format whose records stand beside each other."""
    asked = [path for path in paths if PARENT in path.split("/")]
    if asked and not (spec.xml is not None and spec.xml.nested):
        report(("format",), f"{asked[0]!r} is for records inside each other: record: /ROOT//NAME of XML")


def _check_mending(xml: XmlSpec, report: Report) -> None:
    codec = codec_name(xml.charset)
    if codec is None or _ASCII.encode(codec, "replace") == _ASCII.encode():
        return
    for name, said in (
        ("illegal_characters", xml.illegal_characters),
        ("bare_ampersands", xml.bare_ampersands),
    ):
        if said != "refuse":
            report(("format", "xml", name), f"say refuse: bytes of {xml.charset} cannot be mended")


def _check_paths(xml: XmlSpec, report: Report) -> None:
    root = xml.record.split("/")[1:2]
    if _ROOT.fullmatch(xml.record) is not None and xml.header is None and xml.trailer is None:
        return
    forms = (
        ("record", xml.record, _NESTED if xml.nested else _FROM_ROOT),
        ("header", xml.header, _FROM_ROOT),
        ("trailer", xml.trailer, _FROM_ROOT),
    )
    for name, path, form in forms:
        if path is not None and (form.fullmatch(path) is None or path.split("/")[1:2] != root):
            report(("format", "xml", name), f"{path!r} is no path from the root, such as {xml.record}")

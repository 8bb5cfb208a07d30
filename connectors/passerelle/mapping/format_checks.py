"""Checks of a format that its model alone cannot make: charsets that exist, paths that start at the root."""

from __future__ import annotations

import re

from ..formats import codec_name
from .pipeline import Report
from .spec import FormatSpec, XmlSpec

__all__ = ["check_format"]

_FROM_ROOT = re.compile("(?:/[^/]+){2,}")
#: A document that is one record, such as an order: its root.
_ROOT = re.compile("/[^/]+")


def check_format(spec: FormatSpec, report: Report) -> None:
    """Report what is wrong with a format, each flaw where it stands."""
    at = ("format", spec.name)
    if codec_name(spec.charset) is None:
        report((*at, "charset"), f"charset {spec.charset!r} is not known")
    if spec.xml is not None:
        _check_paths(spec.xml, report)


def _check_paths(xml: XmlSpec, report: Report) -> None:
    root = xml.record.split("/")[1:2]
    if _ROOT.fullmatch(xml.record) is not None and xml.header is None and xml.trailer is None:
        return
    for name, path in (("record", xml.record), ("header", xml.header), ("trailer", xml.trailer)):
        if path is not None and (_FROM_ROOT.fullmatch(path) is None or path.split("/")[1:2] != root):
            report(("format", "xml", name), f"{path!r} is no path from the root, such as {xml.record}")

"""Formats: how the rows are laid out in a file."""

from __future__ import annotations

from typing import Literal

from .base import Spec

__all__ = ["FormatSpec", "XmlSpec"]


class XmlSpec(Spec):
    """How the XML is laid out; paths start at the root."""

    charset: str
    record: str
    header: str | None = None
    trailer: str | None = None
    override_prolog: bool = False
    ignore_namespaces: bool = False
    newline: Literal["crlf", "lf"] = "crlf"


class FormatSpec(Spec):
    """The format of the files."""

    xml: XmlSpec

"""Layouts: which format a sample is in, by its first bytes and then by its lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from ...errors import ConfigError
from ..opened import open_bytes
from .charsets import guess_charset, is_ebcdic
from .columns import guess_fixed
from .delimited import guess_delimited
from .documents import guess_edifact, guess_json
from .guess import Guess, Layout
from .markup import guess_xml
from .records import guess_lines

__all__ = ["guess_layout"]

#: Enough of a file to know it: what comes later may still hold surprises, and `check` and `try` tell them.
SAMPLE = 8 * 1024 * 1024
_LINES = 5_000
_UNCERTAIN = 0.9
_PADDED = re.compile("  +")


def guess_layout(path: Path) -> Layout:
    """Find out how a file is laid out.

    Raises:
        ConfigError: it is empty, cannot be read, or is in no format that can be told from its bytes.
    """
    with open_bytes(path) as stream:
        data = _head(stream)
    if not data.strip():
        raise ConfigError(f"{path} is empty", advice="Give a sample with a few records")
    if is_ebcdic(data[:65_536]):
        raise ConfigError(
            f"{path} is in EBCDIC, and nothing in such a file says where a column ends",
            advice="Ask for its copybook or layout table, and write format: fixed with a length",
        )
    charset = guess_charset(data)
    text = _decoded(data, charset)
    start = text.lstrip("\ufeff \t\r\n")
    layout: Layout | None = None
    if start.startswith("<"):
        layout = guess_xml(data, charset)
    elif start.startswith(("{", "[")):
        layout = guess_json(text, charset)
    elif start.startswith(("UNA", "UNB+")):
        layout = guess_edifact(start, charset)
    layout = layout or _of_lines(start, charset, whole=len(data) < SAMPLE)
    if layout is None:
        raise ConfigError(
            f"{path} is neither XML, JSON, EDIFACT, delimited lines, lines of record types nor fixed columns",
            advice="Open it in an editor: it may be packed, encrypted or a spreadsheet",
        )
    return layout


def _head(stream: BinaryIO) -> bytes:
    try:
        return stream.read(SAMPLE)
    except (OSError, EOFError) as error:
        raise ConfigError(f"The sample cannot be unpacked: {error}") from error


def _decoded(data: bytes, charset: Guess) -> str:
    return data.decode(charset.value, "replace")


def _of_lines(text: str, charset: Guess, *, whole: bool) -> Layout | None:
    lines = re.split("\r\n|\n|\r", text)
    if not whole:
        # The last line of a sample is cut.
        lines.pop()
    while lines and not lines[-1].strip("\x1a "):
        lines.pop()
    lines = [line for line in lines[: _LINES + 1] if line]
    if not lines:
        return None
    typed = guess_lines(lines, charset)
    delimited = guess_delimited(lines, charset)
    fixed = guess_fixed(lines, charset)
    found = _chosen(typed, delimited, fixed, lines)
    rivals = [one.name for one in (typed, delimited, fixed) if one is not None and one is not found]
    if found is not None and rivals:
        found.notes.append(f"the lines could also be read as: {', '.join(rivals)}")
    return found


def _chosen(
    typed: Layout | None, delimited: Layout | None, fixed: Layout | None, lines: list[str]
) -> Layout | None:
    """Prefer what explains most: record types explain lines of several widths, cells those of one."""
    if typed is not None:
        return typed
    if delimited is not None and delimited.sure == "likely":
        return delimited
    # A text with commas in it, and lines of one length filled up with blanks: positions.
    padded = sum(_PADDED.search(line) is not None for line in lines) / len(lines)
    if fixed is not None and (delimited is None or padded > _UNCERTAIN):
        return fixed
    return delimited or fixed

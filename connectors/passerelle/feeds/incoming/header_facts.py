"""What must be known of a file before it is judged: full or delta, its moment, its reference."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from ...errors import Fault, FileRefused, Position
from ...files import FileName, FileNamePattern, PgpRules
from ...formats import Group, text_of
from ...mapping import FilesSpec, Mapping
from .unpacked import contents

__all__ = ["HeaderFacts", "read_facts"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class HeaderFacts(NamedTuple):
    """What is known of a file before its records are read; `stamp` is a moment as a number that grows."""

    mode: str | None = None
    stamp: int | None = None
    reference: str | None = None


def read_facts(
    mapping: Mapping, path: Path, name: FileName, *, day: dt.date, pgp: PgpRules | None = None
) -> HeaderFacts:
    """Read what the feed declares; the header (of the first document) only when it is needed.

    `day` is the file's business day where its name has none. Raises FileRefused when the header cannot be
    read, or does not say what it must.
    """
    files = mapping.spec.files
    mode = name.mode or files.mode
    if mode is None and files.full_on:
        mode = "full" if _WEEKDAYS[(name.date or day).weekday()] in files.full_on else "delta"
    paths = (files.mode_from, files.in_order_of, files.control_reference)
    if all(one is None for one in paths):
        return HeaderFacts(mode)
    with contents(path, files, name=name.name, workdir=path.parent, pgp=pgp) as documents:
        first = next(documents, None)
        header = {} if first is None else mapping.reader(first.stream, file=first.name).read_header()
    reference = text_of(header, files.control_reference) if files.control_reference is not None else None
    return HeaderFacts(
        _mode(files, header, name) if files.mode_from is not None else mode,
        _stamp(files, header, name),
        (reference or "").strip() or None,
    )


def _mode(files: FilesSpec, header: Group, name: FileName) -> str:
    told = (text_of(header, files.mode_from or "") or "").strip()
    if told in files.modes:
        return files.modes[told]
    raise FileRefused(
        Fault(
            "unknown_mode",
            Position(name.name, path=files.mode_from),
            told or None,
            f"one of {', '.join(files.modes)}",
            "Full or delta decides what absence means: ask the sender, or add the code to modes",
        )
    )


def _stamp(files: FilesSpec, header: Group, name: FileName) -> int | None:
    if files.in_order_of is None:
        return None
    path, form = files.in_order_of.header, files.in_order_of.form
    told = (text_of(header, path) or "").strip()
    # A moment is read as it would be in a name; year first, it grows as a number.
    read = FileNamePattern.parse(f"{{at:{form}}}").match(told)
    if read is None or read.date is None:
        raise FileRefused(
            Fault(
                "unreadable_moment",
                Position(name.name, path=path),
                told or None,
                f"a moment written {form}",
                "Files of this feed are taken in the order of this moment: ask the sender for it",
            )
        )
    time = read.time or dt.time()
    return int(f"{read.date:%Y%m%d}{time:%H%M%S}")

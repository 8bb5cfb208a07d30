"""When was a file of stock counted? Read from where its feed says that it stands, as an instant in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...errors import Fault, FileRefused, Position
from ...files import FileName
from ...formats import Group, text_of
from ...mapping import Mapping
from ...mapping.dates import DatePattern, IsoPattern
from ...mapping.spec import StockSpec
from ...mapping.unreadable import Unreadable

__all__ = ["Snapshot", "earliest", "snapshot_of"]


class Snapshot(NamedTuple):
    """When a file was counted (None: nobody knows, so that every sale is taken off); what is to be told."""

    at: dt.datetime | None
    note: str = ""


def snapshot_of(
    mapping: Mapping,
    law: StockSpec,
    header: Group,
    name: FileName,
    modified: float | None,
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> Snapshot:
    """Tell when what a file says was counted; nothing where each record says it for itself.

    A day without a time is its first moment, a time that the clock shows twice the first of the two: the
    earlier the count, the fewer sales it can know of. A moment in the future is none at all.

    Raises:
        FileRefused: the moment is not there, or cannot be read.
    """
    zone = ZoneInfo(law.zone or mapping.spec.files.visits.zone)
    at: dt.datetime | None
    match law.at.said_by:
        case "record":
            return Snapshot(None)
        case "mtime":
            at = None if modified is None else dt.datetime.fromtimestamp(modified, dt.UTC)
        case "name":
            at = _in_name(name, zone)
        case "header":
            at = _in_header(law, header, name, zone)
    if at is not None and at > now() + dt.timedelta(seconds=law.ahead):
        return Snapshot(
            None,
            f"{name.name} says that it was counted at {at.astimezone(zone):%Y-%m-%d %H:%M:%S}, which is still"
            " to come: all that was sold and did not leave is taken off; ask the sender for the right zone",
        )
    return Snapshot(at)


def earliest(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Give the first instant that a local time can be; one with a zone of its own is that instant."""
    if local.tzinfo is not None:
        return local.astimezone(dt.UTC)
    return min(local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))


def _in_name(name: FileName, zone: ZoneInfo) -> dt.datetime:
    if name.date is None:
        raise _unreadable(name, None, name.name, "a date in the name of the file")
    return earliest(dt.datetime.combine(name.date, name.time or dt.time()), zone)


def _in_header(law: StockSpec, header: Group, name: FileName, zone: ZoneInfo) -> dt.datetime:
    told = "".join((text_of(header, path) or "").strip() for path in law.at.header)
    pattern = IsoPattern() if law.at.form == "iso" else DatePattern(law.at.form)
    try:
        return earliest(pattern.read(told), zone)
    except Unreadable as error:
        path = " ".join(law.at.header)
        raise _unreadable(name, path, told or None, f"a moment written {law.at.form}") from error


def _unreadable(name: FileName, path: str | None, received: str | None, expected: str) -> FileRefused:
    return FileRefused(
        Fault(
            "unreadable_moment",
            Position(name.name, path=path),
            received,
            expected,
            "What was sold since the count is taken off it: ask the sender for the moment of the count",
        )
    )

"""When was a file of stock counted? Read from where its feed says that it stands, as an instant in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from ..errors import Fault, FileRefused, Position
from ..files import FileName
from ..formats import Group, text_of
from ..mapping import Mapping
from ..mapping.dates import DatePattern, IsoPattern
from ..mapping.spec import StockSpec
from ..mapping.unreadable import Unreadable

__all__ = ["earliest", "snapshot_of"]


def snapshot_of(
    mapping: Mapping,
    law: StockSpec,
    header: Group,
    name: FileName,
    modified: float | None,
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> dt.datetime | None:
    """Tell when what a file says was counted; None when each record says it, or nobody knows any more.

    A day without a time is its first moment, a time that the clock shows twice the first of the two: the
    earlier the count, the fewer sales it can know of.

    Raises:
        FileRefused: the moment is not there, cannot be read, or lies in the future.
    """
    zone = ZoneInfo(law.zone or mapping.spec.files.visits.zone)
    at: dt.datetime | None
    match law.at.said_by:
        case "record":
            return None
        case "mtime":
            at = None if modified is None else dt.datetime.fromtimestamp(modified, dt.UTC)
        case "name":
            at = _in_name(name, zone)
        case "header":
            at = _in_header(law, header, name, zone)
    today = now()
    if at is not None and at > today + dt.timedelta(seconds=law.ahead):
        raise FileRefused(
            Fault(
                "snapshot_ahead",
                Position(name.name, path=" ".join(law.at.header) or None),
                f"{at:%Y-%m-%d %H:%M:%S} UTC",
                f"a moment before now, {today:%Y-%m-%d %H:%M:%S} UTC",
                "Later counts would pass for older ones: ask the sender for the right moment and its zone",
            )
        )
    return at


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

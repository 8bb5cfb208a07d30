"""What becomes of the partner's file once we are done with it."""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from .folders import Folder
from .intake import utc_now
from .readiness import ReadyFile
from .sftp_errors import ServerFailure

__all__ = ["Outcome", "SettlePolicy", "Settled", "settle"]

#: archive: move to the partner's `archive/`; delete; leave: touch nothing (read-only access).
SettlePolicy = Literal["archive", "delete", "leave"]
#: taken: applied, or skipped with reason; refused: nothing of it was applied.
Outcome = Literal["taken", "refused"]


class Settled(NamedTuple):
    """What was done. `remembered`: nothing; the hash in the ledger keeps it from being taken again."""

    action: Literal["moved", "deleted", "remembered"]
    note: str


def settle(
    folder: Folder,
    ready: ReadyFile,
    policy: SettlePolicy,
    outcome: Outcome,
    *,
    archived: Path | None,
    now: Callable[[], dt.datetime] = utc_now,
) -> Settled:
    """Put a file and its marker away by the partner's policy; may be repeated after a crash.

    A taken file goes to `archive/` or is deleted, but only with `archived`, our own copy, on the disk. A
    refused file goes to `error/`, never away. A file that was replaced meanwhile stays. A missing right is
    told in the answer; a lost connection is a Retriable.
    """
    if outcome == "taken" and policy != "leave" and (archived is None or not archived.is_file()):
        raise ValueError(f"{ready.file.name} is not put away without our own copy (archived: {archived})")
    if policy == "leave":
        return Settled("remembered", "left in place, as agreed with the partner")
    current = folder.stat(ready.file.name)
    if current is not None and current != ready.file:
        return Settled("remembered", "left in place: it was replaced meanwhile and is another file now")
    # The marker first: a file without marker is nobody's, a crash in between makes no one take it again.
    names = [name for name in (ready.marker, ready.file.name) if name is not None]
    delete = policy == "delete" and outcome == "taken"
    place = "archive" if outcome == "taken" else "error"
    try:
        for name in names:
            if delete:
                _remove(folder, name)
            else:
                _move(folder, name, place, now())
    except (PermissionError, ServerFailure) as error:
        return _not_allowed(error)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return _not_allowed(error)
    return Settled("deleted", "deleted") if delete else Settled("moved", f"moved to {place}/")


def _not_allowed(error: Exception) -> Settled:
    return Settled("remembered", f"left in place: the server does not let us: {error}")


def _remove(folder: Folder, name: str) -> None:
    try:
        folder.remove(name)
    except FileNotFoundError:
        return  # done by the run that crashed, or by the partner


def _move(folder: Folder, name: str, place: str, now: dt.datetime) -> None:
    if folder.stat(name) is None:
        return  # as above
    try:
        folder.rename(name, f"{place}/{name}")
    except FileNotFoundError:
        folder.child(place).make_folder()
        if folder.stat(name) is None:
            return  # it was the file that was missing: someone was quicker
        folder.rename(name, f"{place}/{name}")
    except FileExistsError:
        stem, dot, extension = name.rpartition(".")
        stem, extension = (stem, f".{extension}") if dot else (name, "")
        folder.rename(name, f"{place}/{stem}~{now:%Y%m%dT%H%M%S%f}{extension}")

"""What becomes of the partner's file once we are done with it."""

from __future__ import annotations

import datetime as dt
import errno
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal, NamedTuple

from .connection_errors import ServerFailure
from .folders import Folder, check_target
from .intake import utc_now
from .listing import read_listing
from .markers import read_small
from .readiness import ReadyFile

__all__ = ["Outcome", "Places", "SettlePolicy", "Settled", "settle", "settle_batch"]

_DATED = re.compile(r"\{date:([AYMJD/_.-]+)\}")
_DATE_TOKENS = {"AAAA": "%Y", "YYYY": "%Y", "MM": "%m", "JJ": "%d", "DD": "%d"}
_DATE_TOKEN = re.compile("|".join(_DATE_TOKENS))

#: archive: move to the partner's `archive/`; delete; leave: touch nothing (read-only access).
SettlePolicy = Literal["archive", "delete", "leave"]
#: taken: applied, or skipped with reason; refused: nothing of it was applied.
Outcome = Literal["taken", "refused"]


class Settled(NamedTuple):
    """What was done. `remembered`: nothing; the hash in the ledger keeps it from being taken again."""

    action: Literal["moved", "deleted", "remembered"]
    note: str


class Places(NamedTuple):
    """The partner's sub-folders for what we are done with; `{date:AAAA/MM/JJ}` is the day of the move."""

    archive: str = "archive"
    error: str = "error"

    def path(self, outcome: Outcome, day: dt.date) -> str:
        """Name the folder for this outcome on this day."""
        place = self.archive if outcome == "taken" else self.error

        def dated(found: re.Match[str]) -> str:
            return _DATE_TOKEN.sub(lambda token: f"{day:{_DATE_TOKENS[token.group()]}}", found[1])

        return check_target(_DATED.sub(dated, place))


def settle(
    folder: Folder,
    ready: ReadyFile,
    policy: SettlePolicy,
    outcome: Outcome,
    *,
    archived: Path | None,
    places: Places | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> Settled:
    """Put a file, its pieces and its marker away by the partner's policy; may be repeated after a crash.

    A taken file goes to `archive/` or is deleted, but only with `archived`, our own copy, on the disk. A
    refused file goes to `error/`, never away. A file that was replaced meanwhile stays. A missing right is
    told in the answer; a lost connection is a Retriable. The marker of a batch is for `settle_batch`.
    """
    if outcome == "taken" and policy != "leave" and (archived is None or not archived.is_file()):
        raise ValueError(f"{ready.file.name} is not put away without our own copy (archived: {archived})")
    if policy == "leave":
        return Settled("remembered", "left in place, as agreed with the partner")
    for stands_as, listed in (
        (ready.stands_as, ready.file),
        *((one.file.name, one.file) for one in ready.pieces),
    ):
        current = folder.stat(stands_as)
        if current is not None and not current.same_state(listed):
            return Settled("remembered", "left in place: it was replaced meanwhile and is another file now")
    # The marker first: a file without marker is nobody's, a crash in between makes no one take it again.
    names = [(ready.marker, ready.marker)] if ready.marker is not None else []
    for piece in ready.pieces:
        names += [(name, name) for name in (piece.marker, piece.file.name) if name is not None]
    names += [(ready.stands_as, ready.file.name)]
    delete = policy == "delete" and outcome == "taken"
    return _put_away(folder, names, None if delete else (places or Places()).path(outcome, now().date()), now)


def settle_batch(
    folder: Folder,
    marker: str,
    policy: SettlePolicy,
    outcome: Outcome,
    *,
    ours: Collection[str],
    places: Places | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> Settled:
    """Put the marker of a batch away before its files, unless files of other feeds still wait for it."""
    if policy == "leave":
        return Settled("remembered", "left in place, as agreed with the partner")
    try:
        named = {announced.name for announced in read_listing(read_small(folder, marker))}
    except ValueError:
        named = set()
    waiting = sorted(name for name in named.difference(ours) if folder.stat(name) is not None)
    if waiting:
        return Settled("remembered", f"left in place for {', '.join(waiting)}")
    delete = policy == "delete" and outcome == "taken"
    place = None if delete else (places or Places()).path(outcome, now().date())
    return _put_away(folder, [(marker, marker)], place, now)


def _put_away(
    folder: Folder, names: list[tuple[str, str]], place: str | None, now: Callable[[], dt.datetime]
) -> Settled:
    """Move each file, given as it is called now and as it shall be called; delete it without a `place`."""
    try:
        for stands_as, name in names:
            if place is None:
                _remove(folder, stands_as)
            else:
                _move(folder, stands_as, name, place, now())
    except (PermissionError, ServerFailure) as error:
        return _not_allowed(error)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return _not_allowed(error)
    return Settled("deleted", "deleted") if place is None else Settled("moved", f"moved to {place}/")


def _not_allowed(error: Exception) -> Settled:
    return Settled("remembered", f"left in place: the server does not let us: {error}")


def _remove(folder: Folder, name: str) -> None:
    try:
        folder.remove(name)
    except FileNotFoundError:
        return  # done by the run that crashed, or by the partner


def _move(folder: Folder, stands_as: str, name: str, place: str, now: dt.datetime) -> None:
    if folder.stat(stands_as) is None:
        return  # as above
    try:
        folder.rename(stands_as, f"{place}/{name}")
    except FileNotFoundError:
        folder.child(place).make_folder()
        if folder.stat(stands_as) is None:
            return  # it was the file that was missing: someone was quicker
        folder.rename(stands_as, f"{place}/{name}")
    except FileExistsError:
        stem, dot, extension = name.rpartition(".")
        stem, extension = (stem, f".{extension}") if dot else (name, "")
        folder.rename(stands_as, f"{place}/{stem}~{now:%Y%m%dT%H%M%S%f}{extension}")

"""Batches: one marker at the end for a set of files, with their names, counts and checksums."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from datetime import timedelta

from .folders import Folder, RemoteFile
from .listing import Announced, read_listing
from .markers import read_small
from .names import FileNamePattern
from .readiness import Looks, Orphan, Readiness, ReadyFile, is_partial, oldest_first, remember

__all__ = ["BatchReady"]


class BatchReady:
    """Files are complete once a marker such as `FIN_20261121.ok` names them, and all of them are there.

    A marker may name files of several feeds: each feed answers for those that its pattern knows.
    """

    def __init__(
        self,
        marker: FileNamePattern,
        *,
        temporary: tuple[str, ...] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.marker = marker
        self.temporary = temporary
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Read every marker; `limit` counts files, but a set is never torn."""
        now = self.clock()
        listing = {
            unicodedata.normalize("NFC", file.name): file
            for file in folder.list()
            if not is_partial(file.name, self.temporary)
        }
        markers = [file for file in listing.values() if self.marker.match(file.name) is not None]
        seen = remember(looks, markers, now, aside="batch")
        files: list[ReadyFile] = []
        alerts: list[str] = []
        named: set[str] = set()
        for marker in sorted(markers, key=lambda one: (one.modified, one.name)):
            try:
                announced = read_listing(read_small(folder, marker.name))
            except ValueError as error:
                alerts.append(f"{marker.name}: {error}. Its files wait: ask the sender for another")
                continue
            ours = [one for one in announced if pattern.match(one.name) is not None and one.name not in named]
            named.update(one.name for one in ours)
            missing = [one.name for one in ours if one.name not in listing]
            if missing:
                alerts += self._incomplete(marker, ours, missing, now - seen[marker.name].since)
            elif limit is None or not files or len(files) + len(ours) <= limit:
                files += self._ready(marker, ours, listing, pattern)
        strangers = [
            file for name, file in listing.items() if name not in named and pattern.match(name) is not None
        ]
        remembered = remember(looks, strangers, now)
        orphans = [
            Orphan("file_without_marker", file.name, now - remembered[file.name].since) for file in strangers
        ]
        return Readiness(oldest_first(files), sorted(orphans, key=lambda orphan: orphan.name), alerts=alerts)

    @staticmethod
    def _incomplete(marker: RemoteFile, ours: list[Announced], missing: list[str], age: float) -> list[str]:
        if len(missing) == len(ours):
            return []  # all of ours were taken: the marker is for other feeds now
        since = timedelta(seconds=int(age))
        text = (
            f"{marker.name} names {', '.join(missing)}, which is not there, for {since} (h:mm:ss); the "
            f"{len(ours) - len(missing)} others of the set wait. Ask the sender for the missing ones"
        )
        return [text]

    @staticmethod
    def _ready(
        marker: RemoteFile, ours: list[Announced], listing: dict[str, RemoteFile], pattern: FileNamePattern
    ) -> list[ReadyFile]:
        ready: list[ReadyFile] = []
        for one in ours:
            name = pattern.match(listing[one.name].name)
            if name is not None:
                ready.append(ReadyFile(name, listing[one.name], proof=one.proof, batch=marker.name))
        return ready

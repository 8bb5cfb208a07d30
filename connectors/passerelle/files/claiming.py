"""Claims by rename: of several collectors that share nothing but the folder, one gets the file.

The server renames a file once, so one collector wins. A claimed file is `X.xml.taken-<who>` until it is put
away; what a dead collector left claimed is given its name back after a while.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from ..errors import Conflict
from .folders import Folder
from .names import FileNamePattern
from .readiness import Looks, Readiness, ReadyFile, ReadyRule, oldest_first, remember

__all__ = ["ClaimAware", "claim", "release"]

_CLAIMED = re.compile(r"(?P<name>.+)\.taken-(?P<who>[A-Za-z0-9-]+)", re.DOTALL)


def claim(folder: Folder, ready: ReadyFile, who: str) -> ReadyFile:
    """Claim a file for `who` (letters, digits, `-`); raises Conflict when another collector was quicker."""
    if ready.claimed is not None:
        return ready
    taken = f"{ready.file.name}.taken-{who}"
    if _CLAIMED.fullmatch(taken) is None:
        raise ValueError(f"{who!r} is no name of a collector: expected letters, digits and -")
    try:
        folder.rename(ready.file.name, taken)
    except FileNotFoundError as error:
        raise Conflict(
            f"{folder.label}: {ready.file.name} was taken by another collector",
            advice="Nothing to do: the other one carries it",
        ) from error
    # A rename may change the date of a file, and someone may have replaced it just before.
    found = folder.stat(taken)
    if found is None or found.size != ready.file.size:
        raise Conflict(f"{folder.label}: {ready.file.name} changed while it was claimed")
    return ready._replace(file=found._replace(name=ready.file.name), claimed=taken)


def release(folder: Folder, ready: ReadyFile) -> None:
    """Give a claimed file its name back, for the next run of anyone."""
    if ready.claimed is not None and folder.stat(ready.claimed) is not None:
        folder.rename(ready.claimed, ready.file.name)


class ClaimAware:
    """Finds again what this collector claimed and did not finish, and frees what others left for too long.

    `markers` names the markers that a file may have. `forgotten_after` counts seconds from when we first
    saw the claim: longer than any run takes.
    """

    def __init__(
        self,
        rule: ReadyRule,
        who: str,
        *,
        markers: Callable[[str], Sequence[str]] | None = None,
        forgotten_after: float = 6 * 3600.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rule = rule
        self.who = who
        self.markers = markers
        self.forgotten_after = forgotten_after
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Look with the other rule, and at the claims."""
        now = self.clock()
        claimed = [
            (found, file) for file in folder.list() if (found := _CLAIMED.fullmatch(file.name)) is not None
        ]
        seen = remember(looks, (file for _, file in claimed), now, aside="claims")
        ours: list[ReadyFile] = []
        alerts: list[str] = []
        for found, file in claimed:
            name = pattern.match(found["name"])
            if name is None:
                continue
            if found["who"] == self.who:
                plain = file._replace(name=found["name"])
                ours.append(ReadyFile(name, plain, self._marker(folder, plain.name), claimed=file.name))
            elif now - seen[file.name].since >= self.forgotten_after and folder.stat(found["name"]) is None:
                folder.rename(file.name, found["name"])
                alerts.append(
                    f"{found['name']} was claimed by {found['who']} and forgotten; it has its name back "
                    "and is free again"
                )
        listed = self.rule.look(folder, pattern, looks)
        taken_names = {found["name"] for found, _ in claimed}
        # The marker of a file that somebody has claimed waits for nothing.
        orphans = [
            orphan
            for orphan in listed.orphans
            if not any(orphan.name.partition(".")[0] == name.partition(".")[0] for name in taken_names)
        ]
        return listed._replace(
            files=oldest_first([*ours, *listed.files], limit),
            orphans=orphans,
            alerts=[*listed.alerts, *alerts],
        )

    def _marker(self, folder: Folder, name: str) -> str | None:
        candidates = self.markers(name) if self.markers is not None else ()
        return next((marker for marker in candidates if folder.stat(marker) is not None), None)

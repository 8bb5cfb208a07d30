"""Claims by rename: of several collectors that share nothing but the folder, one gets the file.

The server renames a file once, so one collector wins. A claimed file is `X.xml.taken-<who>` until it is put
away; what a dead collector left claimed is given its name back after a while.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping

from ..errors import Conflict
from .claimed_view import ClaimedView
from .folders import Folder
from .names import FileNamePattern
from .readiness import Looks, Readiness, ReadyFile, ReadyRule, remember

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


def release(folder: Folder, name: str, claimed: str | None) -> None:
    """Give a claimed file its name back, for the next run of anyone; if that came again, it stays."""
    if claimed is None or folder.stat(claimed) is None or folder.stat(name) is not None:
        return
    folder.rename(claimed, name)


class ClaimAware:
    """Finds again what this collector claimed and did not finish, and frees what others left for too long.

    A claimed file is judged by the other rule as if it still had its own name: it comes back with its marker,
    its proof, its pieces and its batch, or as an orphan when these are gone. `forgotten_after` counts seconds
    from when we first saw the claim: longer than any run takes.
    """

    def __init__(
        self,
        rule: ReadyRule,
        who: str,
        *,
        forgotten_after: float = 6 * 3600.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rule = rule
        self.who = who
        self.forgotten_after = forgotten_after
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Look with the other rule, and at the claims."""
        now = self.clock()
        listing = folder.list()
        claimed = [(found, file) for file in listing if (found := _CLAIMED.fullmatch(file.name)) is not None]
        seen = remember(looks, (file for _, file in claimed), now, aside="claims")
        ours: dict[str, str] = {}
        theirs: set[str] = set()
        alerts: list[str] = []
        for found, file in claimed:
            name, who = found["name"], found["who"]
            if pattern.match(name) is None:
                continue
            if who == self.who:
                ours[name] = file.name
            elif now - seen[file.name].since >= self.forgotten_after and folder.stat(name) is None:
                folder.rename(file.name, name)
                alerts.append(
                    f"{name} was claimed by {who} and forgotten; it has its name back and is free again"
                )
            else:
                theirs.add(name.partition(".")[0])
        listed = self.rule.look(ClaimedView(folder, ours), pattern, looks, limit=limit)
        again = {file.name for file in listing} & ours.keys()
        return listed._replace(
            files=[_as_it_stands(ready, ours, again) for ready in listed.files],
            orphans=[
                orphan._replace(claimed=ours.get(orphan.name))
                for orphan in listed.orphans
                # The marker of a file that somebody has claimed waits for nothing.
                if orphan.name.partition(".")[0] not in theirs
            ],
            alerts=[*listed.alerts, *alerts],
        )


def _as_it_stands(ready: ReadyFile, ours: Mapping[str, str], again: Collection[str]) -> ReadyFile:
    """Add under which name a file stands; a marker is the newer file's where its name came again."""
    claimed = ours.get(ready.file.name)
    if claimed is None:
        return ready
    return ready._replace(claimed=claimed, marker=None if ready.file.name in again else ready.marker)

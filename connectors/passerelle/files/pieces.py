"""Pieces: a file that came split in parts (`STOCK_1of4.xml`) is one file, once all of them are there."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from .folders import Folder
from .names import FileNamePattern
from .readiness import Looks, Piece, Readiness, ReadyFile, ReadyRule, oldest_first, remember

__all__ = ["PiecesReady"]


class PiecesReady:
    """Groups files by their names without `{part}`; a group is ready when it has `{parts}` pieces.

    The first piece stands for the file. After `patience` seconds a group that is not complete is told in
    `alerts`; it waits on.
    """

    def __init__(
        self, rule: ReadyRule, *, patience: float = 3600.0, clock: Callable[[], float] = time.time
    ) -> None:
        self.rule = rule
        self.patience = patience
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Put the pieces together that the other rule finds complete."""
        found = self.rule.look(folder, pattern, looks)
        now = self.clock()
        seen = remember(looks, (ready.file for ready in found.files), now, aside="pieces")
        groups: dict[tuple[tuple[str, str], ...], dict[int, ReadyFile]] = defaultdict(dict)
        for ready in found.files:
            rest = tuple(sorted((name, text) for name, text in ready.name.parts.items() if name != "part"))
            groups[rest][int(ready.name.parts["part"])] = ready
        whole: list[ReadyFile] = []
        waiting, alerts = list(found.waiting), list(found.alerts)
        for numbered in groups.values():
            first = numbered[min(numbered)]
            total = int(first.name.parts["parts"])
            if sorted(numbered) == list(range(1, total + 1)):
                whole.append(_joined([numbered[number] for number in range(1, total + 1)]))
                continue
            waiting += [ready.file.name for ready in numbered.values()]
            age = now - min(seen[ready.file.name].since for ready in numbered.values())
            if age >= self.patience:
                missing = sorted(set(range(1, total + 1)) - set(numbered))
                alerts.append(
                    f"{first.file.name}: parts {', '.join(map(str, missing))} of {total} are missing for "
                    f"{timedelta(seconds=int(age))} (h:mm:ss). Ask the sender for them"
                )
        return found._replace(files=oldest_first(whole, limit), waiting=sorted(waiting), alerts=alerts)


def _joined(pieces: list[ReadyFile]) -> ReadyFile:
    first, *others = pieces
    return first._replace(pieces=tuple(Piece(piece.file, piece.marker) for piece in others))

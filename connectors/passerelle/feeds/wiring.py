"""From what a mapping declares to the parts that do it: readiness rule, name pattern, visits, thresholds."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ..files import (
    BatchReady,
    ChecksumReady,
    Closed,
    FileNamePattern,
    Hours,
    LockRespecting,
    MarkerReady,
    NameRules,
    PiecesReady,
    Places,
    ReadyFile,
    ReadyRule,
    StableReady,
    VisitingRules,
)
from ..ledger import Numbering
from ..mapping import FilesSpec, GuardSpec
from ..sync import PriceMove, Thresholds

__all__ = [
    "FeedFolder",
    "feed_folders",
    "name_pattern",
    "name_rules",
    "numbering",
    "places",
    "ready_rule",
    "thresholds",
    "told_by",
    "visiting_rules",
]


class FeedFolder(NamedTuple):
    """One folder of a feed below the partner's root, and what its path says about the files in it."""

    path: str
    parts: dict[str, str]


def feed_folders(files: FilesSpec) -> list[FeedFolder]:
    """Name every folder of a feed: one, or one for each combination of `each_of`."""
    names = list(files.each_of)
    choices = itertools.product(*files.each_of.values())
    return [_folder(files.folder, dict(zip(names, values, strict=True))) for values in choices]


def _folder(template: str, parts: dict[str, str]) -> FeedFolder:
    return FeedFolder(re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], template), parts)


def told_by(ready: ReadyFile, place: FeedFolder, files: FilesSpec) -> ReadyFile:
    """Add what the folder says to what the name says."""
    if not place.parts:
        return ready
    mode = ready.name.mode
    if mode is None and "mode" in place.parts:
        mode = files.modes.get(place.parts["mode"], place.parts["mode"])
    return ready._replace(name=ready.name._replace(mode=mode, parts={**place.parts, **ready.name.parts}))


def ready_rule(files: FilesSpec, *, clock: Callable[[], float] = time.time) -> ReadyRule:
    """Build the rule that tells when a file may be taken."""
    ready, any_case = files.ready, files.case == "any"
    rule: ReadyRule
    if ready.marker is not None:
        rule = MarkerReady(ready.marker, temporary=files.temporary, any_case=any_case, clock=clock)
    elif ready.checksum is not None:
        rule = ChecksumReady(ready.checksum, temporary=files.temporary, any_case=any_case, clock=clock)
    elif ready.batch is not None:
        marker = FileNamePattern.parse(ready.batch, case_sensitive=not any_case)
        rule = BatchReady(marker, temporary=files.temporary, clock=clock)
    else:
        rule = StableReady(
            ready.stable_for or 0.0,
            older_than=ready.older_than or 0.0,
            temporary=files.temporary,
            clock=clock,
        )
    if re.search(r"\{part(?::\d+)?\}.*\{parts(?::\d+)?\}", files.pattern):
        rule = PiecesReady(rule, clock=clock)
    if ready.lock is not None:
        rule = LockRespecting(rule, ready.lock.file, ready.lock.at_most, clock=clock)
    return rule


def name_pattern(files: FilesSpec) -> FileNamePattern:
    """Compile the pattern of the file names; raises ConfigError naming the part that is wrong."""
    return FileNamePattern.parse(files.pattern, modes=files.modes, case_sensitive=files.case == "exact")


def numbering(files: FilesSpec) -> Numbering:
    """Say how the numbers in the names count."""
    return Numbering(files.sequence.first, files.sequence.last)


def places(files: FilesSpec) -> Places:
    """Say where on the partner's side files go that are done with."""
    return Places(files.afterwards.archive, files.afterwards.error)


def name_rules(files: FilesSpec) -> NameRules:
    """Say what the names of our files may look like."""
    names = files.names
    return NameRules(names.reserved, f"[{names.allowed}]", names.longest)


def visiting_rules(files: FilesSpec) -> VisitingRules:
    """Say when the partner may be visited."""
    visits = files.visits
    closed = [Closed("calm hours", Hours.parse(text)) for text in visits.calm]
    closed += [Closed("maintenance", Hours.parse(text)) for text in visits.maintenance]
    return VisitingRules(visits.every or 0.0, tuple(closed), visits.zone, visits.spread)


def thresholds(guard: GuardSpec) -> Thresholds:
    """Take what the feed says; what it leaves out has the guard's own default."""
    said = {
        name: value for name, value in guard.model_dump(exclude={"price_move"}).items() if value is not None
    }
    allowed = Thresholds(**said)
    if guard.price_move is None:
        return allowed
    move = PriceMove(by=guard.price_move.by, share=guard.price_move.share)
    return msgspec.structs.replace(allowed, price_move=move)

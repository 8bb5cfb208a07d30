"""From what a mapping declares to the parts that do it: readiness rule, name pattern, guard thresholds."""

from __future__ import annotations

import msgspec

from ..files import FileNamePattern, MarkerReady, ReadyRule, StableReady
from ..mapping import FilesSpec, GuardSpec
from ..sync import PriceMove, Thresholds

__all__ = ["name_pattern", "ready_rule", "thresholds"]


def ready_rule(files: FilesSpec) -> ReadyRule:
    """Build the rule that tells when a file may be taken."""
    if files.ready.marker is not None:
        return MarkerReady(files.ready.marker)
    return StableReady(files.ready.stable_for or 0.0)


def name_pattern(files: FilesSpec) -> FileNamePattern:
    """Compile the pattern of the file names; raises ConfigError naming the part that is wrong."""
    return FileNamePattern.parse(files.pattern, modes=files.modes)


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

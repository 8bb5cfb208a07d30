"""Controls: what a file says of itself, which damage is mended, what stops a run."""

from __future__ import annotations

from .base import Share, Spec

__all__ = ["ControlsSpec", "GuardSpec", "PriceMoveSpec", "RepairSpec"]


class ControlsSpec(Spec):
    """What header and trailer say about the file, to be compared with what was read and with its name."""

    count: str | None = None
    sequence: str | None = None
    mode: str | None = None
    date: str | None = None


class RepairSpec(Spec):
    """Which damage is mended: true for the declared charset, or the charset of the wrong reading."""

    double_encoded_utf8: bool | str = False


class PriceMoveSpec(Spec):
    """Stop when more than `share` of the prices move by more than `by`."""

    by: Share
    share: Share


class GuardSpec(Spec):
    """What stops the run, as shares; what is left out has the guard's own default."""

    volume_drop: Share | None = None
    zero_share: Share | None = None
    absent_share: Share | None = None
    reject_share: Share | None = None
    price_move: PriceMoveSpec | None = None
    floor: int | None = None

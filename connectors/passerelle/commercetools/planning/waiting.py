"""What is left out because it is not there yet: the record is carried without it, and completed later."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...errors import ReferenceMissing
from ...sync.protocols import Change

__all__ = ["awaiting"]


def awaiting(
    change: Change | None, missing: Sequence[str], error: Callable[[str], ReferenceMissing]
) -> Change | None:
    """Note on a change what it leaves out.

    Raises:
        ReferenceMissing: nothing but the missing part is left to do.
    """
    if not missing:
        return change
    if change is None:
        raise error(missing[0])
    return msgspec.structs.replace(change, waiting=tuple(missing))

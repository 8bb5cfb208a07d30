"""Filtering: which rows and which assembled records a condition leaves in."""

from __future__ import annotations

from ..conditions import Condition
from ..unreadable import Unreadable
from .drafts import Draft
from .reaching import pseudo_text

__all__ = ["Filter"]


class Filter:
    """A condition, asked of a row in the making."""

    def __init__(self, condition: Condition) -> None:
        self._holds = condition.holds
        self._pseudo = sorted({source.pseudo for source in condition.sources if source.pseudo is not None})

    def meets(self, draft: Draft) -> bool:
        """Say whether the row meets it; one that cannot be asked stays, with its fault."""
        for name in self._pseudo:
            draft.values[name] = pseudo_text(name, draft.around, draft.ordinal, draft.line)
        try:
            return self._holds(draft.around.header, draft.values)
        except Unreadable as error:
            draft.fault(error.path or "", error, error.received)
            return True
        finally:
            for name in self._pseudo:
                del draft.values[name]

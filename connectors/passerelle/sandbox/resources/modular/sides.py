"""The two sides of a variant of its own: a staged one is only there while it differs."""

from __future__ import annotations

from collections.abc import Iterator

from ...actions import Action
from ...store import Doc, copied

__all__ = ["StagedVariant", "staged_side"]


def staged_side(doc: Doc) -> Doc:
    """The staged side, made from the current one when there is none yet."""
    if "staged" not in doc:
        doc["staged"] = copied(doc["current"])
    staged: Doc = doc["staged"]
    return staged


class StagedVariant(Action):
    """Changes the staged side, with `staged: false` the current one too."""

    staged: bool = True

    def sides(self, doc: Doc) -> Iterator[Doc]:
        """The sides that the action changes."""
        staged = staged_side(doc)
        if not self.staged:
            yield doc["current"]
        yield staged

"""What an order would be after an edit, and what would be told of it; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from ...problems import Problem
from ...project import Project
from ...store import Doc, copied
from ...told import Told
from ..orders.totals import amounts, recalculate
from .staged_actions import StagedAction

__all__ = ["Preview", "excerpt", "failure", "preview", "staged"]

_STAGED: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[StagedAction])


class Preview(NamedTuple):
    """The order after the edit, one version on, and the messages of it in their order."""

    order: Doc
    told: tuple[Told, ...]


def staged(actions: Sequence[Doc]) -> Any:
    """Staged actions as they are stored, as actions again."""
    return _STAGED.decode(msgspec.json.encode(actions))


def preview(order: Doc, actions: Sequence[Doc], project: Project) -> Preview:
    """Do to a copy of the order what is staged; totals are recalculated when an amount changed.

    Raises:
        Problem: whatever the actions are refused with.
    """
    changed: Doc = copied(order)
    changed["version"] = order["version"] + 1
    told: list[Told] = []
    before = order
    for action in staged(actions):
        action.apply(changed, project)
        after = copied(changed)
        told.extend(project.messages.told("order", before, after))
        told.extend(action.tells(after, project))
        before = after
    if amounts(changed) != amounts(order):
        recalculate(changed)
    project.kind("order").finish(changed, project)
    return Preview(changed, tuple(told))


def failure(problem: Problem) -> Doc:
    """The result of an edit that cannot be applied."""
    return {"type": "PreviewFailure", "errors": problem.body["errors"]}


def excerpt(order: Doc) -> Doc:
    """What of an order is kept in the result of an applied edit."""
    return {name: order[name] for name in ("totalPrice", "taxedPrice", "version") if name in order}

"""Update actions of order edits: until an edit is applied, what is staged may change."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from typing_extensions import override

from ...actions import Action, SetFields
from ...custom_fields import CustomFieldAction, CustomTypeAction
from ...problems import invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import Key, as_json
from .staged_actions import StagedAction

__all__ = ["OrderEditAction"]


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetComment(SetFields):
    """`comment` left out removes it."""

    comment: str | None = None


def _open(doc: Doc) -> Doc:
    if doc["result"]["type"] == "Applied":
        raise invalid_operation("The order edit is applied; its actions cannot be changed.")
    return doc


class SetStagedActions(Action):
    """Replaces all that is staged."""

    staged_actions: list[StagedAction] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _open(doc)["stagedActions"] = as_json(self.staged_actions)


class AddStagedAction(Action):
    """Stages one action more."""

    staged_action: StagedAction

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _open(doc)["stagedActions"].append(as_json(self.staged_action))


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "order-edit"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


OrderEditAction: TypeAlias = (
    SetKey | SetComment | SetStagedActions | AddStagedAction | SetCustomType | SetCustomField
)

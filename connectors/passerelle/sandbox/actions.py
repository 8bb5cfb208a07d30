"""Update requests: a version and actions, each a small Struct that knows how to apply itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from typing_extensions import override

from .told import Told
from .vocabulary import Model, as_json, put

if TYPE_CHECKING:
    from .project import Project
    from .store import Doc

__all__ = ["MAX_ACTIONS", "Action", "SetFields", "Update"]

MAX_ACTIONS = 500


def _tag(class_name: str) -> str:
    return class_name[0].lower() + class_name[1:]


class Action(Model, tag=_tag, tag_field="action"):
    """One update action, named after its class: `ChangeName` is `changeName`."""

    def apply(self, doc: Doc, project: Project) -> None:
        """Change `doc`, a copy that is thrown away when any action of the request is refused."""
        raise NotImplementedError

    def tells(self, doc: Doc, project: Project) -> Iterable[Told]:  # noqa: ARG002 - most are told by what changed
        """What messages say of this action beyond what shows in `doc`, the document after it."""
        return ()


class SetFields(Action):
    """An action whose every field goes into the document's field of the same name, or takes it away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for name, encoded in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            value = getattr(self, name)
            put(doc, encoded, value if isinstance(value, datetime) else as_json(value))


A = TypeVar("A")


class Update(msgspec.Struct, Generic[A], frozen=True, forbid_unknown_fields=True):
    """The body of an update."""

    version: int
    actions: list[A]

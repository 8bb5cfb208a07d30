"""Custom objects: any JSON, by container and key; written whole, whether it was there or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec
from msgspec import Meta
from typing_extensions import override

from ..actions import Action
from ..field_tree import CREATED, Leaf, Tree
from ..kind import Kind, decoded
from ..project import Project
from ..store import Claim, Doc, copied
from ..vocabulary import Model

__all__ = ["CustomObjects"]

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[-_~.a-zA-Z0-9]+$")]


class CustomObjectDraft(Model):
    """What shall be there; with `version`, in the place of that version only."""

    container: Name
    key: Name
    value: Any
    version: Annotated[int, Meta(ge=0)] | None = None


_DRAFT = msgspec.json.Decoder(CustomObjectDraft)


class CustomObjects(Kind[CustomObjectDraft]):
    """`/custom-objects`."""

    type_id = "key-value-document"
    path = "custom-objects"
    named_by = ("container-and-key", "container and key")
    read_scopes = ("view_key_value_documents", "view_products", "view_orders", "view_customers")
    write_scopes = ("manage_key_value_documents", "manage_products", "manage_orders", "manage_customers")
    tree: ClassVar[Tree] = {
        **CREATED,
        "container": Leaf.TEXT,
        "key": Leaf.TEXT,
        "value": Leaf.ANY,
    }
    paths: ClassVar = {("container",): "container", ("key",): "any key"}

    def __init__(self) -> None:
        super().__init__(CustomObjectDraft, Action)

    @override
    def build(self, draft: CustomObjectDraft, project: Project) -> Doc:
        return {"container": draft.container, "key": draft.key, "value": _saved(draft.value)}

    def put(self, body: bytes, project: Project) -> tuple[Doc, bool]:
        """Store what `body` says; the document, and whether it is a new one.

        Raises:
            Problem: 409 ConcurrentModification for a version that is not the stored one.
        """
        draft = decoded(_DRAFT, body)
        known = project.collection(self.type_id).by_claim(
            "container and key", f"{draft.container}/{draft.key}"
        )
        if known is None:
            return self.create_from(draft, project), True
        if draft.version is not None:
            self.require_version(known, draft.version)
        changed: Doc = {**copied(known), "value": _saved(draft.value)}
        self.replace(known, changed, project)
        return changed, False

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        return (("container and key", f"{doc['container']}/{doc['key']}"),)

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        return ("container", doc["container"]), ("any key", doc["key"])


def _saved(value: Any) -> Any:
    """Fields without a value are not saved."""
    if isinstance(value, dict):
        return {name: _saved(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_saved(one) for one in value]
    return value

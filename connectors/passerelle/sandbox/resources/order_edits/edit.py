"""Order edits: staged actions on one order, with a preview until they are applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import msgspec
from typing_extensions import override

from ...custom_fields import CustomFieldsDraft, custom_fields, type_of
from ...field_tree import CREATED, CUSTOM, REFERENCE, Leaf, Tree
from ...kind import Kind, decoded
from ...moments import now_text
from ...problems import Problem, invalid_operation, referenced_not_found
from ...project import Project
from ...store import Claim, Doc, copied
from ...told import Told
from ...vocabulary import Key, Model, as_json, new_id, put
from ..orders.lines import every_line
from .previews import excerpt, failure, preview
from .staged_actions import StagedAction
from .update_actions import OrderEditAction

__all__ = ["OrderEdits"]

_NOT_PROCESSED: Doc = {"type": "NotProcessed"}


class OrderReference(Model):
    """An order, by its id."""

    id: str
    type_id: Literal["order"]


class OrderEditDraft(Model):
    """A new edit; with `dryRun` it is shown what would come of it, and nothing is kept."""

    resource: OrderReference
    staged_actions: tuple[StagedAction, ...] = ()
    key: Key | None = None
    comment: str | None = None
    custom: CustomFieldsDraft | None = None
    dry_run: bool = False


class OrderEditApply(Model):
    """Against which versions an edit is applied."""

    edit_version: int
    resource_version: int


_DRAFT = msgspec.json.Decoder(OrderEditDraft)
_APPLY = msgspec.json.Decoder(OrderEditApply)


class OrderEdits(Kind[OrderEditDraft]):
    """`/orders/edits`."""

    type_id = "order-edit"
    path = "orders/edits"
    hides = True
    read_scopes = ("view_order_edits",)
    write_scopes = ("manage_order_edits",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "comment": Leaf.TEXT,
        "resource": REFERENCE,
        "result": {"type": Leaf.TEXT, "appliedAt": Leaf.TIME},
        "custom": CUSTOM,
    }
    paths: ClassVar = {("key",): "key", ("resource", "id"): "edited order"}

    def __init__(self) -> None:
        super().__init__(OrderEditDraft, OrderEditAction)

    @override
    def create(self, body: bytes, project: Project) -> Doc:
        draft = decoded(_DRAFT, body)
        if not draft.dry_run:
            return self.create_from(draft, project)
        moment = now_text()
        head = {"id": new_id(), "version": 1, "createdAt": moment, "lastModifiedAt": moment}
        return {**head, **self.build(draft, project)}

    @override
    def build(self, draft: OrderEditDraft, project: Project) -> Doc:
        order = project.collection("order").docs.get(draft.resource.id)
        if order is None:
            raise referenced_not_found("order", id=draft.resource.id)
        modes = {order["inventoryMode"], *(line.get("inventoryMode", "None") for line in every_line(order))}
        if modes != {"None"}:
            raise invalid_operation("An order is edited only when its inventoryMode is None, lines included.")
        doc: Doc = {
            "resource": {"typeId": "order", "id": order["id"]},
            "stagedActions": as_json(draft.staged_actions),
            "result": _NOT_PROCESSED,
        }
        put(doc, "key", draft.key)
        put(doc, "comment", draft.comment)
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield "edited order", doc["resource"]["id"]
        yield from type_of(doc)

    @override
    def shown(self, doc: Doc, project: Project) -> Doc:
        """With a preview of what would come of it now, unless it is applied."""
        order = project.collection("order").docs.get(doc["resource"]["id"])
        if doc["result"]["type"] == "Applied" or order is None:
            return doc
        try:
            foreseen = preview(order, doc["stagedActions"], project)
        except Problem as problem:
            return {**doc, "result": failure(problem)}
        told = [{"type": one.type, **one.fields} for one in foreseen.told]
        result = {"type": "PreviewSuccess", "preview": foreseen.order, "messagePayloads": told}
        return {**doc, "result": result}

    def apply(self, doc: Doc, body: bytes, project: Project) -> Doc:
        """Do to the order what is staged; the edit, with what came of it.

        Raises:
            Problem: 409 ConcurrentModification for another version of the edit or the order;
                400 EditPreviewFailed when an action is refused, InvalidOperation the second time.
        """
        asked = decoded(_APPLY, body)
        orders = project.kind("order")
        order = project.collection("order").get("ID", doc["resource"]["id"])
        if doc["result"]["type"] == "Applied":
            raise invalid_operation("The order edit is applied already.")
        self.require_version(doc, asked.edit_version)
        orders.require_version(order, asked.resource_version)
        try:
            foreseen = preview(order, doc["stagedActions"], project)
        except Problem as problem:
            raise Problem(
                400, "EditPreviewFailed", "The order edit cannot be applied.", result=failure(problem)
            ) from problem
        # A subscription to changes of orders hears nothing of an edit (sheet section 4.4).
        orders.replace(order, foreseen.order, project, announced=False)
        applied: Doc = copied(doc)
        applied["result"] = {
            "type": "Applied",
            "appliedAt": now_text(),
            "excerptBeforeEdit": excerpt(order),
            "excerptAfterEdit": excerpt(foreseen.order),
        }
        self.replace(doc, applied, project)
        told = Told("OrderEditApplied", {"edit": applied, "result": applied["result"]})
        project.messages.post("order", foreseen.order, [*foreseen.told, told])
        return applied

"""Actions on the lines of orders: where their pieces are, where they go, their custom fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldAction, CustomTypeAction
from ...moments import moment_text, now_text
from ...project import Project
from ...store import Doc
from ...told import Told
from ...vocabulary import Moment, StateIdentifier, put
from ..states import state_of_type
from .item_states import ItemState, Pieces, imported_states, move_pieces
from .lines import ItemShippingDetails, line_named, shipping_details

__all__ = ["LineAction"]


class _OnLine(Action):
    line_item_id: str | None = None
    line_item_key: str | None = None

    def line(self, doc: Doc) -> Doc:
        """The line that is meant."""
        return line_named(doc["lineItems"], self.line_item_id, self.line_item_key, "lineItem")


class _OnCustomLine(Action):
    custom_line_item_id: str | None = None
    custom_line_item_key: str | None = None

    def line(self, doc: Doc) -> Doc:
        """The line that is meant."""
        return line_named(
            doc["customLineItems"], self.custom_line_item_id, self.custom_line_item_key, "customLineItem"
        )


def _moved(line: Doc, action: _Moves, what: str, project: Project) -> Told:
    """What a message tells of pieces that changed their state."""
    told: Doc = {
        f"{what}Id": line["id"],
        "quantity": action.quantity,
        "fromState": state_of_type(project, action.from_state, "LineItemState"),
        "toState": state_of_type(project, action.to_state, "LineItemState"),
        "transitionDate": now_text()
        if action.actual_transition_date is None
        else moment_text(action.actual_transition_date),
    }
    put(told, f"{what}Key", line.get("key"))
    return Told(f"{what[0].upper()}{what[1:]}StateTransition", told)


class TransitionLineItemState(_OnLine, kw_only=True):
    """Moves pieces of a line from one state to another that may follow on it."""

    quantity: Pieces
    from_state: StateIdentifier
    to_state: StateIdentifier
    actual_transition_date: Moment | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        move_pieces(self.line(doc), self.quantity, self.from_state, self.to_state, project)

    @override
    def tells(self, doc: Doc, project: Project) -> Iterable[Told]:
        yield _moved(self.line(doc), self, "lineItem", project)


class TransitionCustomLineItemState(_OnCustomLine, kw_only=True):
    """Moves pieces of a line without product from one state to another that may follow on it."""

    quantity: Pieces
    from_state: StateIdentifier
    to_state: StateIdentifier
    actual_transition_date: Moment | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        move_pieces(self.line(doc), self.quantity, self.from_state, self.to_state, project)

    @override
    def tells(self, doc: Doc, project: Project) -> Iterable[Told]:
        yield _moved(self.line(doc), self, "customLineItem", project)


_Moves: TypeAlias = TransitionLineItemState | TransitionCustomLineItemState


class ImportLineItemState(_OnLine, kw_only=True):
    """Says where all pieces of a line are, whatever transitions there are; no message tells of it."""

    state: list[ItemState]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        line["state"] = imported_states(self.state, line["quantity"], project)


class ImportCustomLineItemState(_OnCustomLine, kw_only=True):
    """Says where all pieces of a line without product are; no message tells of it."""

    state: list[ItemState]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        line["state"] = imported_states(self.state, line["quantity"], project)


class SetLineItemShippingDetails(_OnLine):
    """`shippingDetails` left out removes them."""

    shipping_details: ItemShippingDetails | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        put(line, "shippingDetails", shipping_details(line, self.shipping_details))


class SetCustomLineItemShippingDetails(_OnCustomLine):
    """`shippingDetails` left out removes them."""

    shipping_details: ItemShippingDetails | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        line = self.line(doc)
        put(line, "shippingDetails", shipping_details(line, self.shipping_details))


class SetLineItemCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "line-item"
    line_item_id: str | None = None
    line_item_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return line_named(doc["lineItems"], self.line_item_id, self.line_item_key, "lineItem")


class SetLineItemCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    line_item_id: str | None = None
    line_item_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return line_named(doc["lineItems"], self.line_item_id, self.line_item_key, "lineItem")


class SetCustomLineItemCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "custom-line-item"
    custom_line_item_id: str | None = None
    custom_line_item_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return line_named(
            doc["customLineItems"], self.custom_line_item_id, self.custom_line_item_key, "customLineItem"
        )


class SetCustomLineItemCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    custom_line_item_id: str | None = None
    custom_line_item_key: str | None = None

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return line_named(
            doc["customLineItems"], self.custom_line_item_id, self.custom_line_item_key, "customLineItem"
        )


LineAction: TypeAlias = (
    TransitionLineItemState
    | TransitionCustomLineItemState
    | ImportLineItemState
    | ImportCustomLineItemState
    | SetLineItemShippingDetails
    | SetCustomLineItemShippingDetails
    | SetLineItemCustomType
    | SetLineItemCustomField
    | SetCustomLineItemCustomType
    | SetCustomLineItemCustomField
)

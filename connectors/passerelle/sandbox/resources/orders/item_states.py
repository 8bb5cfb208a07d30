"""Where the pieces of a line are: so many in each state, all of them in some state at any time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ...problems import invalid_input, invalid_operation, referenced_not_found
from ...project import Project
from ...store import Doc
from ...vocabulary import Model, StateIdentifier
from ..states import initial_item_state, state_of_type
from ..workflow import check_transition

__all__ = [
    "ItemState",
    "Pieces",
    "StateReference",
    "imported_states",
    "move_pieces",
    "referenced_state",
]

Pieces: TypeAlias = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class StateReference(Model):
    """A state, by its id."""

    id: str
    type_id: Literal["state"]


class ItemState(Model):
    """So many pieces in a state of type `LineItemState`."""

    quantity: Pieces
    state: StateReference


def imported_states(states: Sequence[ItemState] | None, quantity: int, project: Project) -> list[Doc]:
    """The states of a line of `quantity` pieces; left out, all are in the built-in state `Initial`.

    Raises:
        Problem: 400 InvalidInput when they are not the states of so many pieces, or name a state of
            something else; ReferencedResourceNotFound.
    """
    if not states:
        return [{"quantity": quantity, "state": initial_item_state(project)}]
    told = sum(state.quantity for state in states)
    if told != quantity:
        raise invalid_input(f"The states of the line are those of {told} pieces, the line has {quantity}.")
    stored: dict[str, int] = {}
    for state in states:
        found = state_of_type(project, StateIdentifier(id=state.state.id), "LineItemState")
        stored[found["id"]] = stored.get(found["id"], 0) + state.quantity
    return [_pieces(state_id, pieces) for state_id, pieces in stored.items()]


def move_pieces(
    line: Doc, quantity: int, from_state: StateIdentifier, to_state: StateIdentifier, project: Project
) -> None:
    """Move pieces of a line from one state to another.

    Raises:
        Problem: 400 InvalidOperation when not so many pieces are in the state, or no transition leads
            from it to the other.
    """
    source = state_of_type(project, from_state, "LineItemState")["id"]
    target = state_of_type(project, to_state, "LineItemState")["id"]
    held = {state["state"]["id"]: state["quantity"] for state in line["state"]}
    if held.get(source, 0) < quantity:
        raise invalid_operation(
            f"{held.get(source, 0)} pieces of the line '{line['id']}' are in the state '{source}', "
            f"{quantity} are to leave it."
        )
    check_transition(project.collection("state").docs[source], target)
    held[source] -= quantity
    held[target] = held.get(target, 0) + quantity
    line["state"] = [_pieces(state_id, pieces) for state_id, pieces in held.items() if pieces]


def referenced_state(reference: StateReference, project: Project, kind: str) -> Doc:
    """A state that a draft names by its id.

    Raises:
        Problem: 400 ReferencedResourceNotFound, or InvalidInput for a state of something else.
    """
    if not project.holds("state", reference.id):
        raise referenced_not_found("state", id=reference.id)
    return state_of_type(project, StateIdentifier(id=reference.id), kind)


def _pieces(state_id: str, quantity: int) -> Doc:
    return {"quantity": quantity, "state": {"typeId": "state", "id": state_id}}

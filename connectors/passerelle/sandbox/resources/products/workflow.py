"""The state of a product in a workflow of its own."""

from __future__ import annotations

from typing_extensions import override

from ...actions import Action
from ...problems import invalid_operation, required_field
from ...project import Project
from ...store import Doc
from ...vocabulary import StateIdentifier

__all__ = ["TransitionState", "first_state"]


class TransitionState(Action):
    """Moves the product to another state: the first is an initial one, the others are transitions' ends.

    A state without `transitions` may be left for any other, one with an empty list for none. `force` leaves
    these checks out. A product cannot be left without a state.
    """

    state: StateIdentifier | None = None
    force: bool = False

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        if self.state is None:
            raise required_field("state")
        state = _product_state(self.state, project)
        before = doc.get("state")
        if not self.force:
            if before is None:
                _refuse_later(state)
            else:
                _refuse_jump(project.collection("state").docs[before["id"]], state)
        doc["state"] = _reference(state)


def first_state(identifier: StateIdentifier | None, project: Project) -> Doc | None:
    """The state in which a new product begins.

    Raises:
        Problem: 400 ReferencedResourceNotFound, or InvalidOperation for a state that is not initial or not
            one of products.
    """
    if identifier is None:
        return None
    state = _product_state(identifier, project)
    _refuse_later(state)
    return _reference(state)


def _product_state(identifier: StateIdentifier, project: Project) -> Doc:
    state = project.referenced(identifier, "state")
    if state["type"] != "ProductState":
        raise invalid_operation(f"The state '{state['key']}' is a {state['type']}, not a ProductState.")
    return state


def _refuse_later(state: Doc) -> None:
    if not state["initial"]:
        raise invalid_operation(f"The state '{state['key']}' is not an initial state.")


def _refuse_jump(before: Doc, after: Doc) -> None:
    transitions = before.get("transitions")
    if transitions is not None and all(one["id"] != after["id"] for one in transitions):
        raise invalid_operation(
            f"There is no transition from the state '{before['key']}' to the state '{after['key']}'."
        )


def _reference(state: Doc) -> Doc:
    return {"typeId": "state", "id": state["id"]}

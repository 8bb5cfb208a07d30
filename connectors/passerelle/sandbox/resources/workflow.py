"""Steps in a workflow that a project defined: which state may follow on which."""

from __future__ import annotations

from ..problems import invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import StateIdentifier
from .states import state_of_type

__all__ = ["check_transition", "state_after"]


def state_after(doc: Doc, wanted: StateIdentifier, kind: str, project: Project, *, force: bool) -> Doc:
    """A reference to the state that a document may take after its own, of states of a `kind`.

    Raises:
        Problem: 400 InvalidOperation for a first state that is not initial, or one that no transition of
            the present state leads to; `force` lets both pass.
    """
    target = state_of_type(project, wanted, kind)
    if force:
        return target
    states = project.collection("state").docs
    present = doc.get("state")
    if present is not None:
        check_transition(states[present["id"]], target["id"])
    elif not states[target["id"]]["initial"]:
        raise invalid_operation(f"The state '{states[target['id']]['key']}' is none to begin with.")
    return target


def check_transition(source: Doc, target_id: str) -> None:
    """Without `transitions` a state leads anywhere, with an empty list nowhere."""
    following = source.get("transitions")
    if following is not None and all(one["id"] != target_id for one in following):
        raise invalid_operation(f"No transition leads from the state '{source['key']}' to '{target_id}'.")

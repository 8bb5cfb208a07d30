"""States: the steps of a workflow that a project defines for its orders, line items and products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from typing_extensions import override

from ..actions import Action, SetFields
from ..attribution import who_asks
from ..field_tree import CREATED, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..moments import now_text
from ..problems import invalid_input, invalid_operation, reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Key, Localized, Model, StateIdentifier, put

__all__ = ["States", "initial_item_state", "state_of_type"]

StateType: TypeAlias = Literal[
    "OrderState",
    "RecurringOrderState",
    "LineItemState",
    "ProductState",
    "ReviewState",
    "PaymentState",
    "QuoteRequestState",
    "StagedQuoteState",
    "QuoteState",
]
StateRole: TypeAlias = Literal["ReviewIncludedInStatistics", "Return"]

# Which kind of state a role is for.
_ROLE_OF: dict[str, str] = {"ReviewIncludedInStatistics": "ReviewState", "Return": "LineItemState"}


class StateDraft(Model):
    """A new state; without `transitions` it leads to any other of its type, with an empty list to none."""

    key: Key
    type: StateType
    name: Localized | None = None
    description: Localized | None = None
    initial: bool = True
    roles: tuple[StateRole, ...] | None = None
    transitions: tuple[StateIdentifier, ...] | None = None


class ChangeKey(SetFields):
    """`key` is required: a state cannot be without."""

    key: Key


class SetName(SetFields):
    """`name` replaces all locales."""

    name: Localized


class SetDescription(SetFields):
    """`description` replaces all locales."""

    description: Localized


class ChangeType(SetFields):
    """Makes it a state of something else."""

    type: StateType


class ChangeInitial(SetFields):
    """Whether a workflow can begin here."""

    initial: bool


class SetRoles(Action):
    """Replaces all roles."""

    roles: list[StateRole]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["roles"] = list(dict.fromkeys(self.roles))


class AddRoles(Action):
    """Adds roles; one that is there already stays."""

    roles: list[StateRole]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["roles"] = list(dict.fromkeys([*doc.get("roles", ()), *self.roles]))


class RemoveRoles(Action):
    """Takes roles away."""

    roles: list[StateRole]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["roles"] = [role for role in doc.get("roles", ()) if role not in self.roles]


class SetTransitions(Action):
    """Replaces the states that may follow; left out, any of the type may."""

    transitions: list[StateIdentifier] | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "transitions", _transitions(self.transitions, project))


StateAction: TypeAlias = (
    ChangeKey
    | SetName
    | SetDescription
    | ChangeType
    | ChangeInitial
    | SetRoles
    | AddRoles
    | RemoveRoles
    | SetTransitions
)


def _transitions(identifiers: Sequence[StateIdentifier] | None, project: Project) -> list[Doc] | None:
    if identifiers is None:
        return None
    references = [project.reference(identifier, "state") for identifier in identifiers]
    return list({reference["id"]: reference for reference in references}.values())


def state_of_type(project: Project, identifier: StateIdentifier, expected: str) -> Doc:
    """A reference to a state that something may be in.

    Raises:
        Problem: 400 ReferencedResourceNotFound, or InvalidInput for a state of something else.
    """
    state = project.referenced(identifier, "state")
    if state["type"] != expected:
        raise invalid_input(f"The state '{state['key']}' is a {state['type']}, not a {expected}.")
    return {"typeId": "state", "id": state["id"]}


def initial_item_state(project: Project) -> Doc:
    """A reference to the state that the pieces of every line are in at first: it is built in."""
    return {"typeId": "state", "id": _built_in_id(project)}


def _built_in_id(project: Project) -> str:
    # The same in every sandbox of a project key, so that what was saved fits what is there at the start.
    return str(uuid5(NAMESPACE_URL, f"{project.key}/states/Initial"))


class States(Kind[StateDraft]):
    """`/states`."""

    type_id = "state"
    path = "states"
    read_scopes = ("view_states",)
    write_scopes = ("manage_states",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "type": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "initial": Leaf.BOOLEAN,
        "builtIn": Leaf.BOOLEAN,
        "roles": Leaf.TEXTS,
        "transitions": REFERENCE,
    }
    paths: ClassVar = {("key",): "key", ("type",): "stateType", ("transitions", "id"): "state"}

    def __init__(self) -> None:
        super().__init__(StateDraft, StateAction)

    @override
    def found(self, project: Project) -> None:
        moment = now_text()
        project.collection(self.type_id).add(
            {
                "id": _built_in_id(project),
                "version": 1,
                "createdAt": moment,
                "lastModifiedAt": moment,
                "createdBy": who_asks(),
                "lastModifiedBy": who_asks(),
                "key": "Initial",
                "type": "LineItemState",
                "initial": True,
                "builtIn": True,
                "name": {"en": "Initial"},
                "roles": [],
            }
        )

    @override
    def build(self, draft: StateDraft, project: Project) -> Doc:
        doc: Doc = {"key": draft.key, "type": draft.type, "initial": draft.initial, "builtIn": False}
        put(doc, "name", draft.name)
        put(doc, "description", draft.description)
        put(doc, "roles", None if draft.roles is None else list(dict.fromkeys(draft.roles)))
        put(doc, "transitions", _transitions(draft.transitions, project))
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield "stateType", doc["type"]
        for following in doc.get("transitions", ()):
            yield "state", following["id"]

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        for role in doc.get("roles", ()):
            if _ROLE_OF[role] != doc["type"]:
                raise invalid_operation(
                    f"The role {role} is for a {_ROLE_OF[role]}, not for a {doc['type']}."
                )
        known = project.collection(self.type_id).docs
        for following in doc.get("transitions", ()):
            kind = doc["type"] if following["id"] == doc.get("id") else known[following["id"]]["type"]
            if kind != doc["type"]:
                raise invalid_operation(f"A {doc['type']} leads to states of its type, not to a {kind}.")

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if doc["builtIn"]:
            raise invalid_operation(f"The state '{doc['key']}' is built in.")
        for kind, collection in project.collections():
            if any(found != doc["id"] for found in collection.found("state", doc["id"])):
                raise reference_exists(self.type_id, kind.type_id)

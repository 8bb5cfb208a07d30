"""A kind of resource: how it is created, changed and deleted; each kind fills in what is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from .actions import MAX_ACTIONS, Action, Update
from .attribution import who_asks
from .configured import check_configured
from .field_tree import Tree
from .moments import now_text
from .problems import Problem, concurrent_modification, duplicate_field, invalid_input, invalid_json
from .store import Claim, Collection, Doc, copied
from .told import Told
from .vocabulary import new_id

if TYPE_CHECKING:
    from .project import Project

__all__ = ["Kind"]

D = TypeVar("D")


class Kind(Generic[D]):
    """One kind of resource below `/{projectKey}/{path}`."""

    type_id: ClassVar[str]
    path: ClassVar[str]
    #: Unique field that a path may name (`key=…`, `order-number=…`): its words in the path, its field.
    named_by: ClassVar[tuple[str, str]] = ("key", "key")
    #: Sub-path that takes drafts instead of the collection itself.
    created_at: ClassVar[str | None] = None
    #: Whether the kind has a path of its own.
    routed: ClassVar[bool] = True
    #: Whether answers show other fields than are stored: see `shown`.
    hides: ClassVar[bool] = False
    read_scopes: ClassVar[tuple[str, ...]]
    write_scopes: ClassVar[tuple[str, ...]]
    tree: ClassVar[Tree]
    paths: ClassVar[Mapping[tuple[str, ...], str]]

    def __init__(self, draft: type[D], action: Any) -> None:
        self._draft = msgspec.json.Decoder(draft)
        self._update: msgspec.json.Decoder[Update[Action]] = msgspec.json.Decoder(Update[action])

    def collection(self) -> Collection:
        """An empty collection of this kind."""
        return Collection(self.claims, self.finds, self.duplicate)

    # What a kind says about itself.

    def found(self, project: Project) -> None:
        """Put into a new project what is there from its first day."""

    def shown(self, doc: Doc, project: Project) -> Doc:  # noqa: ARG002 - few kinds hide anything
        """A document as answers show it, for kinds with `hides`."""
        return doc

    def build(self, draft: D, project: Project) -> Doc:
        """The document of a draft, without id, version and times."""
        raise NotImplementedError

    def claims(self, doc: Doc) -> Iterable[Claim]:
        """What no other document of the kind may hold."""
        key = doc.get("key")
        return () if key is None else (("key", key),)

    def finds(self, doc: Doc) -> Iterable[Claim]:  # noqa: ARG002 - most kinds have none
        """What documents of the kind can be found by."""
        return ()

    def duplicate(self, field: str, value: Any) -> Problem:
        """The refusal of a claim that is taken."""
        return duplicate_field(field, value)

    def finish(self, doc: Doc, project: Project) -> None:
        """Check a new or changed document as a whole, and derive what is derived."""

    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        """Carry a change that is stored over to other documents."""

    def refuse_delete(self, doc: Doc, project: Project) -> None:
        """Raise a Problem when the document cannot go."""

    # What the API does with it.

    def create(self, body: bytes, project: Project) -> Doc:
        """Store the draft in `body`."""
        return self.create_from(decoded(self._draft, body), project)

    def create_from(self, draft: D, project: Project) -> Doc:
        """Store a draft that is already read."""
        return self.add(self.build(draft, project), project)

    def add(
        self, content: Doc, project: Project, *, tell: Callable[[Doc], Iterable[Told]] | None = None
    ) -> Doc:
        """Store what `build` gave; `tell` says what is told of it instead of what its kind tells."""
        moment = now_text()
        head = {
            "id": new_id(),
            "version": 1,
            "createdAt": moment,
            "lastModifiedAt": moment,
            "createdBy": who_asks(),
            "lastModifiedBy": who_asks(),
        }
        doc = {**head, **content}
        self._complete(doc, project)
        project.collection(self.type_id).add(doc)
        self.committed(None, doc, project)
        happened = project.messages.told(self.type_id, None, doc) if tell is None else tell(doc)
        project.messages.post(self.type_id, doc, happened)
        project.notices.change(self.type_id, self.path, None, doc)
        return doc

    def update(self, doc: Doc, body: bytes, project: Project) -> Doc:
        """Apply all actions in `body` to `doc`, or none; the version moves when something changed."""
        request = decoded(self._update, body)
        if len(request.actions) > MAX_ACTIONS:
            raise invalid_input(
                f"{len(request.actions)} update actions in one request; at most {MAX_ACTIONS} are allowed."
            )
        self.require_version(doc, request.version)
        if not request.actions:
            return doc
        changed: Doc = copied(doc)
        told: list[Told] = []
        listens = project.messages.listens(self.type_id)
        before = doc
        for action in request.actions:
            action.apply(changed, project)
            if listens:
                # Every action is told of by itself, also when a later one of the request takes it back.
                after = {**copied(changed), "version": doc["version"] + 1}
                told.extend(project.messages.told(self.type_id, before, after))
                told.extend(action.tells(after, project))
                before = after
        self._complete(changed, project)
        if changed == doc:
            return doc
        self.replace(doc, changed, project)
        project.messages.post(self.type_id, changed, told)
        return changed

    def _complete(self, doc: Doc, project: Project) -> None:
        self.finish(doc, project)
        if project.rules.refuse_unconfigured and self.routed:
            check_configured(doc, self.tree, project.settings)

    def replace(self, doc: Doc, changed: Doc, project: Project, *, announced: bool = True) -> None:
        """Store `changed` in the place of `doc`, as the next version by who asks now.

        Subscriptions to changes are told of it unless it is not `announced`.
        """
        changed["version"] = doc["version"] + 1
        changed["lastModifiedAt"] = now_text()
        changed["lastModifiedBy"] = who_asks()
        project.collection(self.type_id).replace(doc, changed)
        self.committed(doc, changed, project)
        if announced:
            project.notices.change(self.type_id, self.path, doc, changed)

    def delete(self, doc: Doc, version: int, project: Project) -> Doc:
        """Remove `doc` when its version is the client's and nothing points to it."""
        self.require_version(doc, version)
        self.refuse_delete(doc, project)
        project.collection(self.type_id).remove(doc)
        project.messages.post(self.type_id, doc, project.messages.told(self.type_id, doc, None))
        project.notices.change(self.type_id, self.path, doc, None)
        return doc

    def require_version(self, doc: Doc, version: int) -> None:
        """Refuse a client that planned against another version."""
        if version != doc["version"]:
            raise concurrent_modification(doc["id"], version, doc["version"])


T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Read a body strictly.

    Raises:
        Problem: 400 InvalidJsonInput, with the path of the first thing that is wrong.
    """
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid_json(str(error)) from error

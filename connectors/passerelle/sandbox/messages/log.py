"""The messages of one project: numbered per resource, kept for some days, none unless they are enabled."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from ..attribution import who_asks
from ..field_tree import CREATED, REFERENCE, Leaf, Tree
from ..moments import moment_text, now, now_text
from ..predicate_index import Paths
from ..problems import duplicate_field
from ..store import Claim, Collection, Doc
from ..told import Told
from ..vocabulary import new_id

if TYPE_CHECKING:
    from ..notices.desk import NoticeDesk

__all__ = ["MessageLog", "Teller", "Told"]


#: Names what happened between two states of a document; None is before its creation, after its deletion.
Teller: TypeAlias = Callable[[Doc | None, Doc | None], Iterable[Told]]

_IDENTIFIERS: dict[str, tuple[str, ...]] = {
    "order": ("orderNumber",),
    "payment": ("key",),
    "inventory-entry": ("key", "sku"),
    "standalone-price": ("key", "sku"),
    "category": ("key", "externalId", "slug"),
}


class MessageLog:
    """`/messages` of a project, read only. Kept `days` days (settable 1 to 90, 15 at first)."""

    path: ClassVar = "messages"
    read_scopes: ClassVar = ("view_messages", "view_orders")
    tree: ClassVar[Tree] = {
        **CREATED,
        "sequenceNumber": Leaf.NUMBER,
        "resource": REFERENCE,
        "resourceVersion": Leaf.NUMBER,
        "type": Leaf.TEXT,
    }
    paths: ClassVar[Paths] = {("resource", "id"): "resource", ("type",): "type"}

    def __init__(self, tellers: dict[str, Teller] | None = None, notices: NoticeDesk | None = None) -> None:
        self.enabled = False
        self.days = 15
        self.collection = Collection(_claims, _finds, duplicate_field)
        self._tellers = tellers or {}
        self._notices = notices
        self._numbers: Counter[str] = Counter()
        self._oldest: deque[str] = deque()

    def configure(self, *, enabled: bool, days: int | None = None) -> None:
        """Begin or cease to keep messages; those that are kept stay until their days are over."""
        self.enabled = enabled
        if days is not None:
            self.days = days

    def listens(self, type_id: str) -> bool:
        """Whether anybody hears what happens to resources of a kind: it is kept, or subscribed to."""
        return type_id in self._tellers and (self.enabled or self._is_wanted(type_id))

    def _is_wanted(self, type_id: str) -> bool:
        return self._notices is not None and self._notices.wants_messages(type_id)

    def told(self, type_id: str, old: Doc | None, new: Doc | None) -> Iterator[Told]:
        """What happened between two states."""
        teller = self._tellers.get(type_id)
        if teller is not None:
            yield from teller(old, new)

    def post(self, type_id: str, doc: Doc, told: Iterable[Told]) -> None:
        """Keep what happened to a document if messages are enabled; tell subscriptions of it anyway."""
        wanted = self._is_wanted(type_id)
        if not self.enabled and not wanted:
            return
        for happened in told:
            message = self._message(type_id, doc, happened)
            if self.enabled:
                self.collection.add(message)
                self._oldest.append(message["id"])
            if wanted and self._notices is not None:
                self._notices.message(type_id, message)

    def _message(self, type_id: str, doc: Doc, happened: Told) -> Doc:
        self._numbers[doc["id"]] += 1
        moment = now_text()
        message: Doc = {
            "id": new_id(),
            "version": 1,
            "createdAt": moment,
            "lastModifiedAt": moment,
            "createdBy": who_asks(),
            "lastModifiedBy": who_asks(),
            "sequenceNumber": self._numbers[doc["id"]],
            "resource": {"typeId": type_id, "id": doc["id"]},
            "resourceVersion": doc["version"],
            "type": happened.type,
            **happened.fields,
        }
        identifiers = _identifiers(type_id, doc)
        if identifiers:
            message["resourceUserProvidedIdentifiers"] = identifiers
        return message

    def forget(self) -> None:
        """Let go what is older than `days`."""
        if not self._oldest:
            return
        bound = moment_text(now() - timedelta(days=self.days))
        while self._oldest and self.collection.docs[self._oldest[0]]["createdAt"] < bound:
            self.collection.remove(self.collection.docs[self._oldest.popleft()])


def _claims(_doc: Doc) -> Iterable[Claim]:
    return ()


def _finds(doc: Doc) -> Iterable[Claim]:
    return ("resource", doc["resource"]["id"]), ("type", doc["type"])


def _identifiers(type_id: str, doc: Doc) -> dict[str, Any]:
    if type_id == "product":
        found = {"slug": doc["masterData"]["staged"]["slug"]}
        return {"key": doc["key"], **found} if "key" in doc else found
    return {name: doc[name] for name in _IDENTIFIERS.get(type_id, ()) if name in doc}

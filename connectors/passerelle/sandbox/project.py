"""One project: a collection of every kind, and references from one to another."""

from __future__ import annotations

from collections.abc import Iterator

from .kind import Kind
from .messages.log import MessageLog, Teller
from .notices.courier import Courier
from .notices.desk import NoticeDesk
from .order_stock import OrderStock
from .problems import invalid_input, referenced_not_found
from .store import Collection, Doc
from .vocabulary import Identifier

__all__ = ["Project", "Rules"]

from typing import Any, NamedTuple


class Rules(NamedTuple):
    """How strict the sandbox is where the documentation leaves it open."""

    refuse_overlapping_prices: bool = True
    refuse_unknown_order_skus: bool = True
    refuse_unconfigured: bool = False
    advised_returns_arrive: bool = True


class Project:
    """The data of one project key."""

    def __init__(
        self,
        key: str,
        kinds: tuple[Kind[Any], ...],
        rules: Rules,
        tellers: dict[str, Teller] | None = None,
        courier: Courier | None = None,
    ) -> None:
        self.key = key
        self.notices = NoticeDesk(self, courier or Courier())
        self.messages = MessageLog(tellers, self.notices)
        self.order_stock = OrderStock()
        self.rules = rules
        self.kinds = kinds
        self._collections = {kind.type_id: kind.collection() for kind in kinds}
        self._kinds = {kind.type_id: kind for kind in kinds}
        for kind in kinds:
            kind.found(self)

    @property
    def settings(self) -> Doc:
        """The project's own document: currencies, countries, languages, configurations."""
        return self._collections["project"].docs[self.key]

    def collection(self, type_id: str) -> Collection:
        """All documents of a kind."""
        return self._collections[type_id]

    def has(self, type_id: str) -> bool:
        """Whether the sandbox has resources of a type at all."""
        return type_id in self._collections

    def kind(self, type_id: str) -> Kind[Any]:
        """The kind of a type."""
        return self._kinds[type_id]

    def settle(self) -> None:
        """Let happen what time has made due: sold pieces leave the stock, old messages go."""
        self.order_stock.settle(self)
        self.messages.forget()

    def holds(self, type_id: str, resource_id: str) -> bool:
        """Whether there is a document of a kind with an id; a kind that the sandbox has not has none."""
        collection = self._collections.get(type_id)
        return collection is not None and resource_id in collection.docs

    def collections(self) -> Iterator[tuple[Kind[Any], Collection]]:
        """Every kind with its documents."""
        for kind in self.kinds:
            yield kind, self._collections[kind.type_id]

    def referenced(self, identifier: Identifier, type_id: str) -> Doc:
        """The document that a request points to.

        Raises:
            Problem: 400 ReferencedResourceNotFound, or InvalidInput for an identifier with both or neither.
        """
        if (identifier.id is None) == (identifier.key is None):
            raise invalid_input(f"A reference to a {type_id} takes either an id or a key.")
        found: Doc | None
        collection = self._collections.get(type_id)
        if collection is None:
            found = None  # A kind that the sandbox has not has no documents.
        elif identifier.id is not None:
            found = collection.docs.get(identifier.id)
        else:
            found = collection.by_claim("key", identifier.key)
        if found is None:
            raise referenced_not_found(type_id, id=identifier.id, key=identifier.key)
        return found

    def reference(self, identifier: Identifier, type_id: str) -> Doc:
        """Turn what a request points to into a reference as answers show it: by id."""
        return {"typeId": type_id, "id": self.referenced(identifier, type_id)["id"]}

"""Operations that wait for what is not there yet, found by what they wait for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from ..project import Project
from .operations import Operation
from .variants import VariantImports

__all__ = ["Target", "WaitingRoom"]

#: A kind that a reference names, and the key.
Target: TypeAlias = tuple[str, str]
_VARIANTS = "product-variant"
K = TypeVar("K", bound=Hashable)


class WaitingRoom:
    """Operations in the order in which they came, looked up by what has come since."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._all: dict[str, Operation] = {}
        self._by_target: dict[Target, dict[str, None]] = {}
        self._targets: dict[str, tuple[Target, ...]] = {}
        self._masters: dict[str, dict[str, None]] = {}
        self._master_of: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._all)

    def put(self, operation: Operation) -> None:
        """Let an operation wait for all that it misses: a product without master variant, for itself."""
        if not self._all:
            for _, collection in self._project.collections():
                collection.watch()
        self.take(operation.id)
        self._all[operation.id] = operation
        is_product = operation.state == "waitForMasterVariant"
        targets = (("product", operation.key),) if is_product else tuple(operation.missing)
        self._targets[operation.id] = targets
        for target in targets:
            self._by_target.setdefault(target, {})[operation.id] = None
        product = _master_of(operation)
        if product is not None:
            self._master_of[operation.id] = product
            self._masters.setdefault(product, {})[operation.id] = None

    def take(self, operation_id: str) -> None:
        """Let an operation go that waits, if it does."""
        if self._all.pop(operation_id, None) is None:
            return
        for target in self._targets.pop(operation_id):
            _discard(self._by_target, target, operation_id)
        product = self._master_of.pop(operation_id, None)
        if product is not None:
            _discard(self._masters, product, operation_id)
        if not self._all:
            for _, collection in self._project.collections():
                collection.unwatch()

    def called(self) -> list[Operation]:
        """Those that waited for something that has come since the last time, in their order.

        An operation that does not know what it misses is called whenever anything came.
        """
        came = list(self._came())
        if not came:
            return []
        ids = {found for target in came for found in self._by_target.get(target, ())}
        ids.update(found for found, targets in self._targets.items() if not targets)
        return [operation for found, operation in self._all.items() if found in ids] if ids else []

    def _came(self) -> Iterator[Target]:
        for kind, collection in self._project.collections():
            for field, value in collection.news():
                if field == "key":
                    yield kind.type_id, str(value)
                elif (kind.type_id, field) == ("product", "variant key"):
                    yield _VARIANTS, str(value)
                else:
                    yield kind.type_id, ""

    def masters_of(self, product: str) -> list[Operation]:
        """Master variants that wait for their product."""
        return [self._all[found] for found in self._masters.get(product, ())]

    def products(self, key: str) -> Iterable[Operation]:
        """Products that wait for their master variant."""
        waiting = [self._all[found] for found in self._by_target.get(("product", key), ())]
        return [one for one in waiting if one.state == "waitForMasterVariant" and one.key == key]


def _master_of(operation: Operation) -> str | None:
    """The key of the product whose master variant an operation brings."""
    resource = operation.resource
    if resource is None or not isinstance(operation.kind, VariantImports) or not resource["isMasterVariant"]:
        return None
    return str(resource["product"]["key"])


def _discard(index: dict[K, dict[str, None]], key: K, operation_id: str) -> None:
    found = index.get(key)
    if found is not None:
        found.pop(operation_id, None)
        if not found:
            del index[key]

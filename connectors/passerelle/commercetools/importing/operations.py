"""Import operations of a container, read by their state: lists of up to 500, never one by one.

A list ends at its 10,500th entry. What is behind it is not told of; reading back finds it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...sync.bulk.door import Queue, Trouble
from ..http.client import Json
from ..http.errors import DUPLICATES
from ..http.import_host import ImportHost
from ..planning.wire import moment

__all__ = ["Operations", "trouble_at_once"]

_PAGE, _LAST_OFFSET = 500, 10_000
#: States that say that something waits, and what for when no reference is named.
_WAITING = {"unresolved": "something it points to", "waitForMasterVariant": "its master variant"}
_ENDED_BADLY = ("validationFailed", "rejected", "canceled", "partiallyImported")
#: Refusals that mean: there is one already, or another one must go first. One by one that is found out.
_LOOK_CLOSER = DUPLICATES | {
    "ConcurrentModification", "InvalidFieldUpdate", "InvalidFieldsUpdate",
    "OverlappingStandalonePriceValidity", "ReferencedResourceNotFound", "ResourceNotFound",
}  # fmt: skip


class Operations:
    """What becomes of what was put into containers."""

    def __init__(self, host: ImportHost) -> None:
        self._host = host

    async def in_work(self, container: str) -> int:
        """Count the operations in progress: one short call (summaries slow an import down)."""
        answer = await self._host.get(_path(container), [("state", "processing"), ("limit", "1")])
        total: int = (answer or {}).get("total", 0)
        return total

    async def troubles(self, container: str) -> list[Trouble]:
        """Name what failed or waits."""
        found: list[Trouble] = []
        for state in (*_ENDED_BADLY, *_WAITING):
            operations, _ = await self._of_state(container, state)
            found += [_trouble(operation) for operation in operations]
        return found

    async def queue(self, container: str) -> Queue:
        """Name what is in progress or waits."""
        numbers: set[str] = set()
        names: dict[str, str] = {}
        waiting: list[Trouble] = []
        whole = True
        for state in ("processing", *_WAITING):
            operations, all_of_it = await self._of_state(container, state)
            whole = whole and all_of_it
            numbers.update(one["id"] for one in operations)
            names.update((one["resourceKey"], one["id"]) for one in operations)
            waiting += [_trouble(one) for one in operations if state in _WAITING]
        return Queue(frozenset(numbers), names, tuple(waiting), whole)

    async def _of_state(self, container: str, state: str) -> tuple[list[Json], bool]:
        """Read the operations of a state, and whether these are all; none when the container is gone."""
        found: dict[str, Json] = {}
        for offset in range(0, _LAST_OFFSET + 1, _PAGE):
            params = [
                ("state", state),
                ("limit", str(_PAGE)),
                ("offset", str(offset)),
                ("sort", "createdAt desc"),
            ]
            page = (await self._host.get(_path(container), params) or {}).get("results", [])
            found |= {one["id"]: one for one in page}
            if len(page) < _PAGE:
                return list(found.values()), True
        return list(found.values()), False


def trouble_at_once(name: str, errors: list[Json]) -> Trouble:
    """What a request says of a resource that it does not take."""
    return _failed("", name, "validationFailed", errors)


def _path(container: str) -> str:
    return f"import-containers/{container}/import-operations"


def _trouble(operation: Json) -> Trouble:
    state, number, name = operation["state"], operation["id"], operation["resourceKey"]
    if state not in _WAITING:
        return _failed(number, name, state, operation.get("errors", []))
    missing = tuple(f"{one['typeId']} {one['key']}" for one in operation.get("unresolvedReferences", ()))
    return Trouble(
        number,
        name,
        "waits",
        "unresolved",
        f"it waits in the state {state}",
        missing or (_WAITING[state],),
        moment(operation["expiresAt"]),
    )


def _failed(number: str, name: str, state: str, errors: list[Json]) -> Trouble:
    codes = list(_codes(errors))
    said = "; ".join(str(error.get("message", "")) for error in errors) or f"it is {state}"
    if state == "rejected":
        return Trouble(number, name, "again", "rejected", said)
    if state != "validationFailed" or _LOOK_CLOSER & set(codes):
        return Trouble(number, name, "look", state, said)
    return Trouble(number, name, "refused", codes[0] if codes else state, said)


def _codes(errors: list[Json]) -> Iterator[str]:
    """The codes of errors; that of the API itself, where one error holds another, comes first."""
    for error in errors:
        inner = error.get("resource")
        if isinstance(inner, dict) and "code" in inner:
            yield str(inner["code"])
        yield str(error.get("code", "validationFailed"))

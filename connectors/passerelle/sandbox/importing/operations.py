"""Import operations: one resource of a request, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from ..moments import moment_text
from ..store import Doc
from .upserts import ImportKind
from .values import Json

__all__ = ["LIFETIME", "Operation", "State", "summary"]

State: TypeAlias = Literal[
    "processing", "validationFailed", "unresolved", "waitForMasterVariant", "imported", "rejected",
    "canceled", "partiallyImported",
]  # fmt: skip
#: After that an operation is deleted, whatever its state.
LIFETIME = timedelta(hours=48)


@dataclass(slots=True)
class Operation:
    """One operation; `resource` is let go when nothing will be done with it any more."""

    id: str
    kind: ImportKind
    container: str
    key: str
    resource: Json | None
    client_id: str
    created: datetime
    modified: datetime
    state: State = "processing"
    #: What it was before `modified`: summaries lag behind.
    before: State | None = None
    version: int = 1
    resource_version: int | None = None
    errors: list[Doc] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def expires(self) -> datetime:
        """When it is deleted."""
        return self.created + LIFETIME

    def become(self, state: State, moment: datetime, *, errors: Iterable[Doc] = ()) -> None:
        """Take another state."""
        self.before, self.state = self.state, state
        self.modified = moment
        self.version += 1
        self.errors = list(errors)
        self.missing = []
        if state not in ("processing", "unresolved", "waitForMasterVariant"):
            self.resource = None

    def shown(self) -> Doc:
        """As answers show it."""
        doc: Doc = {
            "id": self.id,
            "version": self.version,
            "importContainerKey": self.container,
            "resourceKey": self.key,
            "state": self.state,
            "createdAt": moment_text(self.created),
            "lastModifiedAt": moment_text(self.modified),
            "expiresAt": moment_text(self.expires),
        }
        if self.resource_version is not None:
            doc["resourceVersion"] = self.resource_version
        if self.errors:
            doc["errors"] = self.errors
        if self.missing:
            doc["unresolvedReferences"] = [{"typeId": kind, "key": key} for kind, key in self.missing]
        return doc


def summary(operations: Iterable[Operation], moment: datetime) -> Doc:
    """How many operations were in which state at a moment; the state before the last one is remembered."""
    counts: Counter[str] = Counter()
    for operation in operations:
        if operation.modified <= moment:
            counts[operation.state] += 1
        elif operation.created <= moment:
            counts[operation.before or operation.state] += 1
    return {"states": {state: counts[state] for state in get_args(State)}, "total": counts.total()}

"""The import desk of one project: takes requests in, and imports what they say when its time has come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..attribution import acting_as
from ..moments import now
from ..problems import Problem, invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import new_id
from .containers import Containers
from .operations import Operation, State, summary
from .products import ProductDraftImports
from .references import missing_keys, target_of
from .refusals import NotResolved, WaitsForMaster, error_of, told_by_problem
from .requests import Read
from .upserts import ImportKind
from .variants import VariantImports
from .waiting import WaitingRoom

__all__ = ["ImportDesk", "Outcome", "Pace"]


class Pace(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How fast the desk works, on the sandbox's clock.

    An operation is processed `delayMs` after its request; `byHand` processes none until it is told to.
    Summaries show what was so `summaryLagMs` ago.
    """

    delay_ms: Annotated[float, Meta(ge=0)] = 0
    by_hand: bool = False
    summary_lag_ms: Annotated[float, Meta(ge=0)] = 0


class Outcome(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What becomes of the next `count` operations (of `resourceType`, of `resourceKey`) whatever they say.

    `rejected` and `canceled` import nothing; `partiallyImported` stops half way through the changes.
    """

    state: Literal["rejected", "canceled", "partiallyImported"]
    count: Annotated[int, Meta(ge=1)] = 1
    resource_type: str | None = None
    resource_key: str | None = None

    def strikes(self, operation: Operation) -> bool:
        """Whether the operation is one that is meant."""
        return self.resource_type in (None, operation.kind.resource_type) and self.resource_key in (
            None,
            operation.key,
        )


class ImportDesk:
    """What one project was asked to import. Nothing happens by itself: whoever looks lets it settle first."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.containers = Containers()
        #: By id, the oldest first.
        self.operations: dict[str, Operation] = {}
        self._inside: dict[str, dict[str, Operation]] = {}
        self.pace = Pace()
        self.outcomes: list[Outcome] = []
        self._queue: deque[Operation] = deque()
        self._waiting = WaitingRoom(project)

    def take(self, container: Doc, kind: ImportKind, resources: Iterable[Read], client_id: str) -> Doc:
        """Note what shall be imported; the answer says what was noted.

        Raises:
            Problem: 400 InvalidOperation for a container of another type.
        """
        if container.get("resourceType", kind.resource_type) != kind.resource_type:
            raise invalid_operation(
                f"The import container '{container['key']}' is for {container['resourceType']}, not for "
                f"{kind.resource_type}."
            )
        return {"operationStatus": [self._noted(container, kind, read, client_id) for read in resources]}

    def _noted(self, container: Doc, kind: ImportKind, read: Read, client_id: str) -> Doc:
        if read.resource is None:
            return {"state": "validationFailed", "errors": [read.error]}
        moment = now()
        operation = Operation(
            id=new_id(),
            kind=kind,
            container=container["key"],
            key=kind.key_of(read.resource),
            resource=read.resource,
            client_id=client_id,
            created=moment,
            modified=moment,
        )
        self.operations[operation.id] = operation
        self._inside.setdefault(operation.container, {})[operation.id] = operation
        self._queue.append(operation)
        return {"operationId": operation.id, "state": "processing"}

    def of(self, container: str) -> list[Operation]:
        """The operations of a container, oldest first."""
        return list(self._inside.get(container, {}).values())

    def summary(self, container: str) -> Doc:
        """How many operations of a container are in which state, as it was some time ago."""
        return summary(self.of(container), now() - timedelta(milliseconds=self.pace.summary_lag_ms))

    def delete(self, container: Doc) -> Doc:
        """Delete a container with its operations; what they imported stays."""
        for operation in self.of(container["key"]):
            self._drop(operation)
        self._inside.pop(container["key"], None)
        del self.containers.docs[container["key"]]
        return container

    def _drop(self, operation: Operation) -> None:
        del self.operations[operation.id]
        del self._inside[operation.container][operation.id]
        self._waiting.take(operation.id)
        operation.resource = None

    # What time brings.

    def settle(self) -> None:
        """Import what is due, try again what waited, let go what is too old."""
        if not self.containers.docs and not self.operations:
            return
        self._expire()
        if not self.pace.by_hand:
            due = now() - timedelta(milliseconds=self.pace.delay_ms)
            while self._queue and self._queue[0].created <= due:
                self._process(self._queue.popleft())
        self._retry()

    def step(self, count: int) -> int:
        """Process the next operations at once; says how many there were."""
        done = 0
        while self._queue and done < count:
            self._process(self._queue.popleft())
            done += 1
        self._retry()
        return done

    def _expire(self) -> None:
        moment = now()
        while self.operations:
            oldest = next(iter(self.operations.values()))
            if oldest.expires > moment:
                break
            self._drop(oldest)
        for key in self.containers.expired(moment):
            self.delete(self.containers.docs[key])

    def _retry(self) -> None:
        """Try those again that waited for what has come, as long as something comes by it."""
        while called := self._waiting.called():
            for operation in called:
                if self._may_go_on(operation):
                    self._process(operation)

    def _may_go_on(self, operation: Operation) -> bool:
        if operation.state == "waitForMasterVariant":
            return target_of("product", operation.key, self._project) is not None
        return all(target_of(*key, self._project) is not None for key in operation.missing)

    def _process(self, operation: Operation) -> None:
        resource = operation.resource
        if resource is None:
            return
        outcome = self._outcome(operation)
        if outcome is not None and outcome != "partiallyImported":
            self._end(operation, outcome)
            return
        with acting_as(operation.client_id):
            self._import(operation, half=outcome is not None)

    def _import(self, operation: Operation, *, half: bool) -> None:
        resource = operation.resource or {}
        if isinstance(operation.kind, VariantImports) and resource["isMasterVariant"]:
            self._bring_master(operation)
        missing = missing_keys(resource, self._project)
        if missing:
            self._wait(operation, "unresolved", missing)
            return
        existed = False
        try:
            existed = operation.kind.existing(resource, self._project) is not None
            doc = operation.kind.bring(resource, self._project, half=half)
        except NotResolved as error:
            self._wait(operation, "unresolved", error.missing)
        except WaitsForMaster:
            self._wait(operation, "waitForMasterVariant", [])
            self._call_master(operation)
        except Problem as problem:
            self._refused(operation, problem, existed=existed)
        else:
            operation.resource_version = doc["version"]
            self._end(operation, "partiallyImported" if half else "imported")

    def _call_master(self, product: Operation) -> None:
        """Try the master variant again that came before its product, and waits for it."""
        for operation in self._waiting.masters_of(product.key):
            self._process(operation)

    def _bring_master(self, variant: Operation) -> None:
        """Create the product that waits for this variant, with it."""
        resource = variant.resource or {}
        for product in self._waiting.products(resource["product"]["key"]):
            if product.resource is None:
                continue
            fields = ("key", "sku", "attributes", "images", "assets")
            master = {name: resource[name] for name in fields if name in resource}
            whole = {**product.resource, "masterVariant": master}
            try:
                doc = ProductDraftImports().bring(whole, self._project)
            except (Problem, NotResolved):
                return  # The variant itself is refused in a moment, and says why.
            product.resource_version = doc["version"]
            self._waiting.take(product.id)
            self._end(product, "imported")

    def _wait(self, operation: Operation, state: State, missing: list[tuple[str, str]]) -> None:
        if (operation.state, operation.missing) != (state, missing):
            operation.become(state, now())
            operation.missing = missing
        if operation.id in self.operations:
            self._waiting.put(operation)

    def _refused(self, operation: Operation, problem: Problem, *, existed: bool) -> None:
        error = error_of(problem)
        if problem.code == "ReferencedResourceNotFound" and "key" in error:
            self._wait(operation, "unresolved", [(error["typeId"], error["key"])])
            return
        self._end(operation, "validationFailed", [told_by_problem(problem, existed=existed)])

    def _end(self, operation: Operation, state: State, errors: Iterable[Doc] = ()) -> None:
        self._waiting.take(operation.id)
        operation.become(state, now(), errors=errors or _ERRORS.get(state, ()))

    def _outcome(self, operation: Operation) -> Literal["rejected", "canceled", "partiallyImported"] | None:
        for outcome in self.outcomes:
            if outcome.strikes(operation):
                outcome.count -= 1
                if not outcome.count:
                    self.outcomes.remove(outcome)
                return outcome.state
        return None


_ERRORS: dict[str, tuple[Doc, ...]] = {
    "rejected": ({"code": "Generic", "message": "An internal error occurred; the retry limit was reached."},),
    "partiallyImported": ({"code": "ResourceUpdate", "message": "Some of the changes could not be made."},),
}

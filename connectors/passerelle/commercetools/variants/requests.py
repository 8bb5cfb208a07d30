"""The requests that a change of a Modular product takes, as a plan keeps them, and how they are sent.

A product and its variants are resources with versions of their own, so a change is several requests, in an
order in which each is allowed. Each is one entry of `Change.actions`:

    {"action": "updateProduct", "version": 3, "actions": […]}
    {"action": "updateVariant", "id": …, "version": 2, "actions": […]}
    {"action": "createVariants", "drafts": […]}            each a request, in order; very many several at once
    {"action": "deleteVariants", "items": [{"id": …, "version": 2}]}
    {"action": "publishVariants", "items": [{"id": …, "version": 2}, {"key": …}]}     and "unpublishVariants"

Whatever is cut short is made good by reading and planning again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...errors import Conflict, PasserelleError, ReferenceMissing, Refused
from ..http.client import Client, Json
from ..http.errors import DUPLICATES
from ..http.predicates import quoted

__all__ = ["MOST_AT_ONCE", "Sending", "is_request", "item", "product_request", "variant_request"]

#: Variants that one bulk update publishes (BulkOperationMaxItemsExceeded beyond).
MOST_AT_ONCE = 1_000

#: So many variants are created one after the other, so that they are numbered in the record's order; of more,
#: several at once: ten thousand would take minutes.
IN_ORDER = 100

_BULK = {"publishVariants": "publish", "unpublishVariants": "unpublish"}
_REQUESTS = frozenset({"updateProduct", "updateVariant", "createVariants", "deleteVariants", *_BULK})
#: A variant that is there already stands in its own way: by key and SKU, or by what tells variants apart.
_THERE = DUPLICATES | {"DuplicateAttributeValue", "DuplicateAttributeValues", "DuplicateVariantValues"}
#: Codes of an item of a bulk update that ask for a new look.
_MOVED = frozenset({"ConcurrentModification", "ResourceNotFound"})


def is_request(action: Mapping[str, Any]) -> bool:
    """Whether an entry of a change is a request of its own, not an update action of a product."""
    return action["action"] in _REQUESTS


def product_request(version: int | None, actions: Sequence[Json]) -> Json:
    """The update of a product; no version is that of the product that is created before."""
    request: Json = {"action": "updateProduct", "actions": list(actions)}
    return request if version is None else {**request, "version": version}


def variant_request(variant: Json, actions: Sequence[Json]) -> Json:
    """The update of one variant."""
    return {
        "action": "updateVariant",
        "id": variant["id"],
        "version": variant["version"],
        "actions": list(actions),
    }


def item(variant: Json) -> Json:
    """A variant among those that are deleted or published."""
    return {"id": variant["id"], "version": variant["version"]}


class Sending:
    """Sends the requests of one change in their order; `moved` is by how much the sum of versions grew."""

    def __init__(self, client: Client, product: str, version: int | None) -> None:
        self._client = client
        self._product = product
        self._versions: dict[str, int] = {} if version is None else {product: version}
        self._by_key: dict[str, str] = {}
        self.moved = 0

    @property
    def version(self) -> int | None:
        """The product's version, as far as it was told."""
        return self._versions.get(self._product)

    async def send(self, requests: Iterable[Mapping[str, Any]]) -> None:
        """Send them all.

        Raises:
            Conflict: a version was stale, or an outcome is in doubt.
            Refused, ReferenceMissing: the shop said no.
        """
        for request in requests:
            match request["action"]:
                case "updateProduct":
                    await self._update("products", self._product, request)
                case "updateVariant":
                    await self._update("variants", request["id"], request)
                case "createVariants":
                    await self._create(request["drafts"])
                case "deleteVariants":
                    await self._delete(request["items"])
                case _:
                    await self._bulk(_BULK[request["action"]], request["items"])

    async def _update(self, path: str, target: str, request: Mapping[str, Any]) -> None:
        version = self._versions.setdefault(target, request.get("version", 0))
        if not request["actions"]:
            return
        answer = await self._client.update(path, target, version, request["actions"])
        self._took(target, version, answer["version"])

    async def _create(self, drafts: Sequence[Json]) -> None:
        made = await self._each(drafts, self._created)
        for variant in made:
            self._by_key[variant["key"]] = variant["id"]
            self._took(variant["id"], 0, variant["version"])

    async def _created(self, draft: Json) -> Json:
        product = {"typeId": "product", "id": self._product}
        try:
            return await self._client.create("variants", {**draft, "product": product})
        except Refused as refusal:
            if refusal.code not in _THERE:
                raise
            # Its answer was lost, or somebody else was quicker: reading it again mends both.
            where = [("where", f"key = {quoted(draft['key'])}"), ("limit", "1"), ("withTotal", "false")]
            found = await self._client.page("variants", where)
            if any(one["product"]["id"] == self._product for one in found):
                raise Conflict(
                    f"variant {draft['key']} exists already: {refusal.message}", code=refusal.code
                ) from refusal
            raise

    async def _delete(self, items: Sequence[Json]) -> None:
        async def one(item: Json) -> Json:
            named = self._named(item)
            await self._client.delete("variants", named["id"], named["version"])
            return named

        for gone in await self._each(items, one):
            self.moved -= gone["version"]

    async def _bulk(self, action: str, items: Sequence[Json]) -> None:
        for start in range(0, len(items), MOST_AT_ONCE):
            part = [self._named(item) for item in items[start : start + MOST_AT_ONCE]]
            answer = await self._client.bulk(
                "variants/bulk", {"items": part, "actions": [{"action": action}]}
            )
            results = answer.get("results", ())
            for item, result in zip(part, results, strict=False):
                if result.get("status") == "Success":
                    self._took(item["id"], item["version"], result["resource"]["version"])
            if len(results) != len(part):
                raise Conflict(f"variants/bulk told of {len(results)} of {len(part)} variants")
            _raise_failed(action, results)

    def _named(self, item: Json) -> Json:
        target = item["id"] if "id" in item else self._by_key[item["key"]]
        version = self._versions.get(target)
        return {"id": target, "version": item["version"] if version is None else version}

    def _took(self, target: str, before: int, after: int) -> None:
        self._versions[target] = after
        self.moved += after - before

    async def _each(self, items: Sequence[Json], work: Any) -> list[Json]:
        """Do it for all of them, also when one is refused; then raise what calls for another plan first."""

        async def tried(item: Json) -> Json | PasserelleError:
            try:
                done: Json = await work(item)
            except (Conflict, Refused, ReferenceMissing) as error:
                return error
            return done

        if len(items) > IN_ORDER:
            outcomes = await self._client.each(items, tried)
        else:
            outcomes = []
            for one in items:
                outcomes.append(await tried(one))
                if isinstance(outcomes[-1], Conflict):
                    # Planned again, the rest comes behind it as it should.
                    break
        errors = [one for one in outcomes if isinstance(one, PasserelleError)]
        for error in sorted(errors, key=lambda one: not isinstance(one, Conflict)):
            raise error
        return [one for one in outcomes if isinstance(one, dict)]


def _raise_failed(action: str, results: Sequence[Json]) -> None:
    """Raise what the items of a bulk update failed of: moved ones first, they ask for another plan."""
    errors = [result["errors"][0] for result in results if result.get("status") != "Success"]
    if not errors:
        return
    first = next((one for one in errors if one.get("code") in _MOVED), errors[0])
    message = f"{len(errors)} of {len(results)} variants could not be {action}ed: {first.get('message', '')}"
    if first.get("code") in _MOVED:
        raise Conflict(message, code=first["code"])
    raise Refused(message, code=first.get("code", "bulk"), advice="Look at these variants in the shop")

"""Categories: the tree of the shop, each node found by its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Category
from ...sync.protocols import Change, FieldChange, Live
from ..http.client import Client, Json
from ..planning.only_create import settled
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import Step, created, localized_step, required, updated

__all__ = ["CategorySink"]


class CategorySink(ResourceSink[Category]):
    """Carries categories; a record's parent is sent before the record."""

    entity = "category"
    record_type = Category
    hierarchical = True
    path = "categories"

    def __init__(
        self, client: Client, *, creates: bool = True, only_create: AbstractSet[str] = frozenset()
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self._known = References(client, self.path)

    def key(self, record: Category) -> str:
        """The category's key."""
        return record.key

    def parents(self, record: Category) -> Sequence[str]:
        """The parent's key, when the record names one."""
        return (record.parent,) if isinstance(record.parent, str) else ()

    async def prepare(self) -> None:
        """Nothing is needed beforehand."""

    async def read_live(self, records: Sequence[Category]) -> Mapping[str, Live]:
        """Read the categories by key, each parent reference with its key beside the id."""
        found = await self._client.query_in(self.path, "key", [record.key for record in records])
        for category in found:
            self._known.remember(category)
        await self._known.learn(ids=[c["parent"]["id"] for c in found if "parent" in c])
        return {category["key"]: self._live(category) for category in found}

    def _live(self, category: Json) -> Live:
        body = dict(category)
        if "parent" in body:
            body["parent"] = self._known.named(body["parent"])
        return Live(category["id"], category["version"], body)

    def written(self, resource: Json) -> None:
        """Remember the ids of new categories: they are parents to come."""
        self._known.remember(resource)

    def plan(self, record: Category, live: Live | None) -> Change | None:
        """Compare a category with the live one.

        Raises:
            ReferenceMissing: it does not exist and this feed does not create.
            Refused: a draft would lack name or slug, or the category should become a root (no update
                action moves a category there).
        """
        if live is not None:
            return updated(record.key, live, _steps(settled(record, self._only_create), live.body))
        self.absent(record.key)
        required(record.key, name=record.name, slug=record.slug)
        draft = _draft(record)
        return created(record.key, draft, _draft_fields(record))


def order_hint(text: str) -> str:
    """A position in commercetools' form: between 0 and 1, without zeros at the end (`0.0020` is `0.002`)."""
    return text.rstrip("0") if text.startswith("0.") and text.strip("0.") else text


def _same_hint(live: str | None, wanted: str) -> bool:
    try:
        return live is not None and Decimal(live) == Decimal(wanted)
    except InvalidOperation:
        return live == wanted


def _draft(record: Category) -> dict[str, Any]:
    draft: dict[str, Any] = {"key": record.key, "name": record.name, "slug": record.slug}
    if isinstance(record.parent, str):
        draft["parent"] = {"typeId": "category", "key": record.parent}
    if isinstance(record.order_hint, str):
        draft["orderHint"] = order_hint(record.order_hint)
    if isinstance(record.external_id, str):
        draft["externalId"] = record.external_id
    return draft


def _draft_fields(record: Category) -> Iterator[FieldChange]:
    for name, texts in (("name", record.name), ("slug", record.slug)):
        for locale, text in ({} if isinstance(texts, UnsetType) else texts).items():
            yield FieldChange(f"{name}.{locale}", None, text)
    for name, value in (
        ("parent", record.parent),
        ("orderHint", record.order_hint),
        ("externalId", record.external_id),
    ):
        if isinstance(value, str):
            yield FieldChange(name, None, value)


def _steps(record: Category, live: dict[str, Any]) -> Iterator[Step]:
    yield from localized_step("changeName", "name", live["name"], record.name)
    yield from localized_step("changeSlug", "slug", live["slug"], record.slug)
    yield from change_parent(live.get("parent"), record)
    yield from change_order_hint(live.get("orderHint"), record.order_hint)
    yield from set_external_id(live.get("externalId"), record.external_id)


def change_parent(live: dict[str, Any] | None, record: Category) -> Iterator[Step]:
    """Hang the category under another one; both are compared by key."""
    wanted = record.parent
    old = live.get("key", live["id"]) if live else None
    if isinstance(wanted, UnsetType) or wanted == old:
        return
    if wanted is None:
        raise Refused(
            f"category {record.key} hangs under {old} and should be a root: commercetools cannot do that",
            code="cannot_become_root",
            advice="Delete it in the Merchant Center, the next full file creates it at the root",
        )
    action = {"action": "changeParent", "parent": {"typeId": "category", "key": wanted}}
    yield Step.of(action, "parent", old, wanted)


def change_order_hint(live: str | None, wanted: str | UnsetType | None) -> Iterator[Step]:
    """Move among its siblings; a record without a position leaves the one the shop chose."""
    if isinstance(wanted, str) and not _same_hint(live, wanted):
        hint = order_hint(wanted)
        yield Step.of({"action": "changeOrderHint", "orderHint": hint}, "orderHint", live, hint)


def set_external_id(live: str | None, wanted: str | UnsetType | None) -> Iterator[Step]:
    """Set or remove the source system's own id."""
    if wanted is UNSET or wanted == live:
        return
    action = (
        {"action": "setExternalId"} if wanted is None else {"action": "setExternalId", "externalId": wanted}
    )
    yield Step.of(action, "externalId", live, wanted)

"""Categories: the tree of the shop, each node found by its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...errors import Refused
from ...records import Category
from ...sync.protocols import Applied, Change, Live
from ..http.client import Client, Json
from ..http.predicates import quoted
from ..planning.assets import customized_assets
from ..planning.custom_fields import CustomFields, Customized
from ..planning.keyed_sink import KeyedSink
from ..planning.references import References
from ..planning.steps import Step
from .actions import category_steps
from .draft import category_draft
from .reading import category_of
from .slugs import Slugs

__all__ = ["CategorySink"]


class CategorySink(KeyedSink[Category]):
    """Carries categories; a record's parent is sent before the record."""

    entity = "category"
    record_type = Category
    hierarchical = True
    path = "categories"

    def __init__(self, client: Client, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._known = References(client, self.path)
        self._custom = CustomFields(client)
        self._slugs = Slugs()

    def parents(self, record: Category) -> Sequence[str]:
        """The parent's key, when the record names one."""
        return (record.parent,) if isinstance(record.parent, str) else ()

    async def completed(self, found: Sequence[Json], records: Sequence[Category]) -> Sequence[Json]:
        """Learn parents and custom types; give the categories with the parents' keys beside their ids."""
        self._slugs.claim(records)
        for category in found:
            self._known.remember(category)
        await self._known.learn(ids=[c["parent"]["id"] for c in found if "parent" in c])
        await self._custom.learn(_customized(records), _customs(found))
        return [{**c, "parent": self._known.named(c["parent"])} if "parent" in c else c for c in found]

    def written(self, resource: Json) -> None:
        """Remember the ids of new categories: they are parents to come."""
        self._known.remember(resource)

    def plan(self, record: Category, live: Live | None) -> Change | None:
        """Compare a category with the live one.

        Raises:
            ReferenceMissing: it does not exist and this feed does not create, or a custom type is not there.
            Refused: a draft would lack name or slug, another record has its slug, or the category should
                become a root (no update action moves a category there).
        """
        self._slugs.check(record)
        return super().plan(record, live)

    def draft(self, record: Category) -> Json:
        """The draft."""
        return category_draft(record, self._custom)

    def steps(self, record: Category, live: Json) -> Iterable[Step]:
        """Texts, place in the tree, assets and custom fields."""
        return category_steps(record, live, self._custom)

    def record_of(self, live: Live) -> Category:
        """The record that would have made the category."""
        return category_of(live.body, self._custom)

    async def apply(self, change: Change) -> Applied:
        """Send one change.

        Raises as `ResourceSink.apply`, and Refused for the deletion of a category with others below it:
        commercetools would delete these with it.
        """
        if change.kind == "delete" and change.target_id is not None:
            below = [("where", f"parent(id = {quoted(change.target_id)})"), ("limit", "1")]
            if await self._client.page(self.path, [*below, ("withTotal", "false")]):
                raise Refused(
                    f"category {change.key} has others below it, which would be deleted with it",
                    code="has_children",
                    advice="It goes with the next file when they are gone; else move them elsewhere",
                )
        return await super().apply(change)


def _customized(records: Iterable[Category]) -> Iterable[Customized]:
    for record in records:
        yield record
        yield from customized_assets(record.assets)


def _customs(found: Iterable[Json]) -> Iterable[Json]:
    for category in found:
        yield category
        yield from category.get("assets", ())

"""Where a product stands: its categories, and its place in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Product
from ..planning.steps import Step
from .known import Known, Lacking

__all__ = ["category_steps", "draft_categories", "stands_as_wanted"]

Json = dict[str, Any]


def category_steps(
    record: Product, live: Json, known: Known, lacking: Lacking
) -> tuple[list[Step], list[Step]]:
    """What takes the product out of categories, and what puts it into others and moves it within them.

    Raises:
        Refused: a place that is none, or one in a category in which the product is not.
    """
    if record.category_order_hints is UNSET and stands_as_wanted(record, live):
        return [], []
    hints = _hints(record)
    held: dict[str, str] = live.get("categoryOrderHints") or {}
    here = {one.get("key", one["id"]): one["id"] for one in live.get("categories", ())}
    wanted = here if isinstance(record.categories, UnsetType) else dict.fromkeys(record.categories)
    removals = [] if wanted is here or wanted.keys() == here.keys() else list(_leave(here, wanted))
    additions: list[Step] = []
    for key in wanted:
        if key not in here:
            if known.categories.id(key) is None:
                lacking.missing.append(f"category {key}")
            additions.append(_enter(key, hints.get(key)))
    for key, hint in hints.items():
        if key in wanted and key in here:
            additions += _place(key, here[key], held.get(here[key]), hint)
        elif key not in wanted:
            _refuse_outside(record, key, hint)
    return removals, additions


def stands_as_wanted(record: Product, live: Json) -> bool:
    """Whether the categories are seen at once to be the record's: nearly all are, in the same order."""
    wanted = record.categories
    return isinstance(wanted, UnsetType) or [one.get("key") for one in live.get("categories", ())] == list(
        wanted
    )


def draft_categories(record: Product, known: Known, lacking: Lacking) -> Json:
    """`categories` and `categoryOrderHints` of a draft; both are left out when there are none."""
    keys = [] if isinstance(record.categories, UnsetType) else list(dict.fromkeys(record.categories))
    hints = _hints(record)
    body: Json = {}
    if keys:
        body["categories"] = [{"typeId": "category", "key": key} for key in keys]
    lacking.missing += [f"category {key}" for key in keys if known.categories.id(key) is None]
    placed = {}
    for key, hint in hints.items():
        if key not in keys:
            _refuse_outside(record, key, hint)
        elif hint is not None:
            placed[known.categories.id(key)] = hint
    if placed:
        body["categoryOrderHints"] = placed
    return body


def order_hint(value: Any) -> str:
    """A place in a category as commercetools takes it: between 0 and 1, without zeros at the end.

    Raises:
        ValueError: it is no such number.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(value) from error
    if not number.is_finite() or not 0 < number < 1:
        raise ValueError(value)
    return f"{number.normalize():f}"


def _hints(record: Product) -> Mapping[str, str | None]:
    if isinstance(record.category_order_hints, UnsetType):
        return {}
    hints: dict[str, str | None] = {}
    for key, value in record.category_order_hints.items():
        try:
            hints[key] = None if value is None or value == "" else order_hint(value)
        except ValueError as error:
            raise Refused(
                f"product {record.key} has the place {value!r} in category {key}: a place is a number "
                "between 0 and 1",
                code="order_hint",
                advice="Compute it in the mapping, such as rank / 10000",
            ) from error
    return hints


def _leave(here: Mapping[str, str], wanted: Mapping[str, Any]) -> Iterator[Step]:
    for key, category_id in here.items():
        if key not in wanted:
            category = {"typeId": "category", "id": category_id}
            yield Step.of({"action": "removeFromCategory", "category": category}, "categories", key, None)


def _enter(key: str, hint: str | None) -> Step:
    action: Json = {"action": "addToCategory", "category": {"typeId": "category", "key": key}}
    if hint is not None:
        action["orderHint"] = hint
    return Step.of(action, "categories", None, key)


def _place(key: str, category_id: str, live: str | None, wanted: str | None) -> Iterator[Step]:
    if live == wanted or (live is not None and wanted is not None and Decimal(live) == Decimal(wanted)):
        return
    action = {"action": "setCategoryOrderHint", "categoryId": category_id}
    if wanted is not None:
        action["orderHint"] = wanted
    yield Step.of(action, f"categoryOrderHints.{key}", live, wanted)


def _refuse_outside(record: Product, key: str, hint: str | None) -> None:
    if hint is not None:
        raise Refused(
            f"product {record.key} has a place in category {key}, in which it is not",
            code="order_hint",
            advice="Name the category among the product's categories too",
        )

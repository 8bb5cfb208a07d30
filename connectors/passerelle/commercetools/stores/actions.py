"""Update actions of a store: what is wired is added and removed one by one, or set where much differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import UnsetType

from ...records import Store, StoreSelection
from ...sync.protocols import FieldChange
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.pointed import Pointed
from ..planning.steps import Step, localized_step
from ..planning.texts import ListActions, list_steps
from .draft import PAGES, check_store

__all__ = ["store_steps"]


def store_steps(
    record: Store, live: Json, custom: CustomFields, pointed: Pointed, *, keep: bool
) -> Iterator[Step]:
    """Everything of a store; `keep` leaves what others wired."""
    check_store(record, pointed)
    yield from localized_step("setName", "name", live.get("name"), record.name)
    languages = ListActions("languages", "setLanguages", str)
    yield from list_steps(languages, live.get("languages") or (), record.languages, keep=keep)
    countries = ListActions(
        "countries", "setCountries", _country, add="addCountry", remove="removeCountry", one="country"
    )
    held = [country["code"] for country in live.get("countries") or ()]
    yield from list_steps(countries, held, record.countries, keep=keep)
    yield from _channels("Distribution", live, record.distribution_channels, keep=keep)
    yield from _channels("Supply", live, record.supply_channels, keep=keep)
    yield from _selections(live.get("productSelections") or (), record.product_selections, keep=keep)
    yield from _pages(live.get("storefront") or {}, record)
    yield from custom.steps(record, live)


def _country(code: str) -> Json:
    return {"code": code}


def _channels(kind: str, live: Json, wanted: tuple[str, ...] | UnsetType, *, keep: bool) -> Iterator[Step]:
    field = f"{kind.lower()}Channels"
    held = live.get(field) or ()
    actions = ListActions(
        field,
        f"set{kind}Channels",
        _writer("channel", held),
        add=f"add{kind}Channel",
        remove=f"remove{kind}Channel",
        one=f"{kind.lower()}Channel",
    )
    yield from list_steps(actions, [_named(one) for one in held], wanted, keep=keep)


def _selections(
    live: Sequence[Json], wanted: tuple[StoreSelection, ...] | UnsetType, *, keep: bool
) -> Iterator[Step]:
    """Assortments: removed, switched on or off, and added; all at once when that is less."""
    if isinstance(wanted, UnsetType):
        return
    held = {_named(one["productSelection"]): one for one in live}
    named = {one.selection: one.active for one in wanted}
    removed = [] if keep else [key for key in held if key not in named]
    steps = [
        Step.of(
            {"action": "removeProductSelection", "productSelection": _identifier(held[key])},
            "productSelections",
            key,
            None,
        )
        for key in removed
    ]
    for key, active in named.items():
        setting = {"productSelection": {"typeId": "product-selection", "key": key}, "active": active}
        if key not in held:
            steps.append(
                Step.of({"action": "addProductSelection", **setting}, "productSelections", None, key)
            )
        elif held[key].get("active", False) != active:
            action = {"action": "changeProductSelectionActive", **setting}
            field = f"productSelections[{key}].active"
            steps.append(Step.of(action, field, not active, active))
    several = len(steps) > 1
    # With `keep`, additions stand alone: they may be all that is let through.
    if not several or (keep and not all(step.adds for step in steps)):
        yield from steps
        return
    merged = {key: one.get("active", False) for key, one in held.items() if key not in removed}
    everything = [
        {"productSelection": _identifier(held[key]) if key in held else _by_key(key), "active": active}
        for key, active in {**merged, **named}.items()
    ]
    fields: tuple[FieldChange, ...] = tuple(field for step in steps for field in step.fields)
    yield Step({"action": "setProductSelections", "productSelections": everything}, fields)


def _pages(live: Json, record: Store) -> Iterator[Step]:
    for name, address in ({} if isinstance(record.pages, UnsetType) else record.pages).items():
        field = PAGES[name]
        if (address or None) != live.get(field):
            action: Json = {"action": f"set{field[0].upper()}{field[1:]}"}
            if address:
                action[field] = address
            yield Step.of(action, f"pages.{name}", live.get(field), address or None)


def _named(reference: Json) -> str:
    return str(reference.get("key", reference["id"]))


def _by_key(key: str) -> Json:
    return {"typeId": "product-selection", "key": key}


def _identifier(setting: Json) -> Json:
    return {"typeId": "product-selection", "id": setting["productSelection"]["id"]}


def _writer(type_id: str, held: Sequence[Json]) -> Callable[[str], Any]:
    """Write what is there by its id: it may have no key; anything else by its key."""
    ids = {_named(one): one["id"] for one in held}

    def write(key: str) -> Json:
        return {"typeId": type_id, "id": ids[key]} if key in ids else {"typeId": type_id, "key": key}

    return write

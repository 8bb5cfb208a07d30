"""Update actions of a standalone price: one small pure function a field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ...records import Money, Price, PriceTier
from ...sync.protocols import FieldChange
from ..planning.custom_fields import CustomFields
from ..planning.steps import Step
from ..planning.wire import money, money_text, same_money
from .draft import field_name, staged_money, tier_drafts
from .scopes import Window, live_window, price_key

__all__ = ["change_tiers", "change_value", "price_steps", "set_validity"]

Json = dict[str, Any]


def price_steps(
    record: Price, window: Window, live: Json, only_create: AbstractSet[str], custom: CustomFields
) -> Iterator[Step]:
    """What makes a live price that of the record; the scope is the same, but for its time.

    A discounted price is the platform's: no action names it.
    """
    yield from name_it(record, live.get("key"))
    if "valid_until" in only_create:
        window = window._replace(end=live_window(live).end)
    yield from set_validity(live_window(live), window)
    wanted = None if "value" in only_create else record.value
    yield from change_values(live, wanted, record.staged_value, field_name(record.country))
    yield from change_tiers(live.get("tiers", ()), record.tiers)
    if "active" not in only_create:
        yield from change_active(live=live.get("active", True), wanted=record.active is not False)
    if record.custom is not UNSET or record.custom_type is not UNSET:
        yield from custom.steps(record, live)


def name_it(record: Price, live: str | None) -> Iterator[Step]:
    """Give the source's name to a price without a key, or with the one that its scope gives.

    By it the price is found again when its scope moves. Without such a name the scope finds it, key or no
    key, and a write would be for nothing; a key that somebody else gave stays.
    """
    if isinstance(record.key, UnsetType) or live == record.key:
        return
    if live is None or live == price_key(replace(record, key=UNSET)):
        yield Step.of({"action": "setKey", "key": record.key}, "key", live, record.key)


def change_values(
    live: Json, wanted: Money | None, staged: Money | UnsetType | None, field: str
) -> Iterator[Step]:
    """Set the value, and the one prepared for later; `wanted` None leaves the value as it is."""
    prepared: Json | None = live.get("staged", {}).get("value")
    due = prepared is not None and wanted is not None and same_money(prepared, wanted)
    if staged is None and due and prepared is not None and wanted is not None:
        # One action for two: what was prepared becomes the value, and nothing is prepared any more.
        old = money_text(live["value"])
        fields = [FieldChange("stagedValue", money_text(prepared), None)]
        if not same_money(live["value"], wanted):
            fields.insert(0, FieldChange(field, old, str(wanted)))
        yield Step({"action": "applyStagedChanges"}, tuple(fields))
        return
    if wanted is not None:
        yield from change_value(live["value"], wanted, field)
    if staged is None and prepared is not None:
        yield Step.of({"action": "removeStagedChanges"}, "stagedValue", money_text(prepared), None)
    elif isinstance(staged, Money) and (prepared is None or not same_money(prepared, staged)):
        action = {"action": "changeValue", "value": staged_money(staged), "staged": True}
        old_text = None if prepared is None else money_text(prepared)
        yield Step.of(action, "stagedValue", old_text, str(staged))


def change_value(live: Json, wanted: Money, field: str) -> Iterator[Step]:
    """Set the amount; the same amount is no change."""
    if not same_money(live, wanted):
        action = {"action": "changeValue", "value": money(wanted)}
        yield Step.of(action, field, money_text(live), str(wanted))


def set_validity(live: Window, wanted: Window) -> Iterator[Step]:
    """Move begin and end in one action, so that no moment lies between the two."""
    if live == wanted:
        return
    action: Json = {"action": "setValidFromAndUntil"}
    fields = []
    for name, old, new in (
        ("validFrom", live.start, wanted.start),
        ("validUntil", live.end, wanted.end),
    ):
        if new is not None:
            action[name] = new
        if old != new:
            fields.append(FieldChange(name, old, new))
    yield Step(action, tuple(fields))


def change_active(*, live: bool, wanted: bool) -> Iterator[Step]:
    """Switch a price on or off; a record that says nothing of it is on."""
    if live != wanted:
        yield Step.of({"action": "changeActive", "active": wanted}, "active", live, wanted)


def change_tiers(live: Sequence[Json], wanted: tuple[PriceTier, ...] | UnsetType) -> Iterator[Step]:
    """Make the tiers those of the record: one added or removed by its own action, more all at once."""
    if isinstance(wanted, UnsetType):
        return
    held = {tier["minimumQuantity"]: tier["value"] for tier in live}
    named = {tier.minimum_quantity: tier for tier in wanted}
    removed = [quantity for quantity in held if quantity not in named]
    added = [quantity for quantity in named if quantity not in held]
    moved = [n for n, tier in named.items() if n in held and not same_money(held[n], tier.value)]
    fields = tuple(
        FieldChange(
            f"tiers[{quantity}]",
            money_text(held[quantity]) if quantity in held else None,
            str(named[quantity].value) if quantity in named else None,
        )
        for quantity in (*removed, *moved, *added)
    )
    match (removed, moved, added):
        case ([], [], []):
            return
        case ([], [], [quantity]):
            (tier,) = tier_drafts([named[quantity]])
            yield Step({"action": "addPriceTier", "tier": tier}, fields)
        case ([quantity], [], []):
            yield Step({"action": "removePriceTier", "minimumQuantity": quantity}, fields)
        case _:
            yield Step({"action": "setPriceTiers", "tiers": tier_drafts(wanted)}, fields)

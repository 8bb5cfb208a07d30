"""Embedded prices of a variant: found again by scope, so that a price keeps its id as long as it holds.

A price that is not found by scope is found by its key, or as the one for the same buyers whose time moved;
else it is removed, before others are added. What the platform's discounts make of a price is the platform's:
no action names it. Prices of a recurrence policy are nobody's here, and stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import UnsetType

from ...records import EmbeddedPrice, Money, PriceTier, Variant
from ..planning.custom_fields import CustomActions
from ..planning.keys import check_key
from ..planning.steps import Step
from ..planning.wire import instant, money, money_text, same_money
from .known import Known, Lacking
from .limits import check_prices_count
from .price_scopes import Scope, live_scope, refuse_conflicts, wanted_scope

__all__ = ["price_drafts", "price_steps"]

Json = dict[str, Any]


class _Found(NamedTuple):
    """A live price and what it should be."""

    live: Json
    was: Scope
    wanted: EmbeddedPrice
    scope: Scope


def price_drafts(variant: Variant, known: Known, lacking: Lacking) -> list[Json]:
    """The prices of a new variant."""
    prices = () if isinstance(variant.prices, UnsetType) else variant.prices
    _checked(variant.sku, prices, known, lacking)
    return [_draft(price, known) for price in prices]


def price_steps(live: Sequence[Json], variant: Variant, known: Known, lacking: Lacking) -> Iterator[Step]:
    """What makes the live prices of a variant those of the record: removed, changed, added.

    No step leaves two prices in each other's way.

    Raises:
        Refused: prices that one variant cannot have together, or more than it may have.
    """
    if isinstance(variant.prices, UnsetType) or (not live and not variant.prices):
        return
    scopes = _checked(variant.sku, variant.prices, known, lacking)
    if lacking.missing:
        return
    ours = [(price, live_scope(price)) for price in live if "recurrencePolicy" not in price]
    found, new, gone = _matched(ours, list(zip(variant.prices, scopes, strict=True)))
    sku = variant.sku
    for price, scope in gone:
        yield _remove(price, scope, sku)
    changing = [one for one in found if _is_changed(one)]
    if any(one.was != one.scope or _new_key(one) for one in changing):
        steps, again = _one_after_the_other(found, changing, known, sku)
        yield from steps
        new += again
        changed = {id(one.live) for one in changing}
    else:
        yield from (_change(one, known, sku) for one in changing)
        changed = {id(one.live) for one in changing}
    for one in found:
        if id(one.live) not in changed:
            yield from _small_changes(one, known, sku)
        elif not any(price is one.wanted for price, _ in new):
            yield from _custom_after_change(one, known, sku)
    for wanted, scope in new:
        action = {"action": "addPrice", "sku": sku, "price": _draft(wanted, known)}
        yield Step.of(action, _field(sku, scope), None, str(wanted.value))


def _checked(sku: str, prices: Sequence[EmbeddedPrice], known: Known, lacking: Lacking) -> list[Scope]:
    check_prices_count(sku, len(prices))
    scopes = [wanted_scope(price) for price in prices]
    refuse_conflicts(sku, prices, scopes)
    for price in prices:
        if isinstance(price.key, str):
            check_key(f"a price of {sku}", price.key)
        if price.channel is not None and known.channels.id(price.channel) is None:
            lacking.missing.append(f"channel {price.channel}")
        if price.customer_group is not None and known.groups.id(price.customer_group) is None:
            lacking.missing.append(f"customer-group {price.customer_group}")
    return scopes


def _matched(
    live: list[tuple[Json, Scope]], wanted: list[tuple[EmbeddedPrice, Scope]]
) -> tuple[list[_Found], list[tuple[EmbeddedPrice, Scope]], list[tuple[Json, Scope]]]:
    """Pairs, what is new, what is gone."""
    by_scope = {scope: price for price, scope in live}
    found: list[_Found] = []
    new: list[tuple[EmbeddedPrice, Scope]] = []
    for price, scope in wanted:
        held = by_scope.pop(scope, None)
        if held is None:
            new.append((price, scope))
        else:
            found.append(_Found(held, scope, price, scope))
    if not new or not by_scope:
        return found, new, [(price, scope) for scope, price in by_scope.items()]
    rest = list(by_scope.items())
    for alike in (_same_key, _same_buyers):
        for price, scope in list(new):
            at = next((n for n, (was, held) in enumerate(rest) if alike(held, was, price, scope)), None)
            if at is not None:
                was, held = rest.pop(at)
                new.remove((price, scope))
                found.append(_Found(held, was, price, scope))
    return found, new, [(price, scope) for scope, price in rest]


def _same_key(held: Json, _was: Scope, price: EmbeddedPrice, _scope: Scope) -> bool:
    return "key" in held and held["key"] == price.key


def _same_buyers(held: Json, was: Scope, price: EmbeddedPrice, scope: Scope) -> bool:
    keyed = "key" in held and isinstance(price.key, str)
    return was.for_whom == scope.for_whom and not keyed


def _is_changed(one: _Found) -> bool:
    """Whether the whole price has to be sent."""
    return (
        one.was != one.scope
        or not same_money(one.live["value"], one.wanted.value)
        or not _same_tiers(one.live.get("tiers", ()), one.wanted.tiers)
    )


def _new_key(one: _Found) -> bool:
    return isinstance(one.wanted.key, str) and one.wanted.key != one.live.get("key")


def _same_tiers(live: Sequence[Json], wanted: tuple[PriceTier, ...] | UnsetType) -> bool:
    if isinstance(wanted, UnsetType):
        return True
    held = {tier["minimumQuantity"]: tier["value"] for tier in live}
    return len(held) == len(wanted) and all(
        tier.minimum_quantity in held and same_money(held[tier.minimum_quantity], tier.value)
        for tier in wanted
    )


def _one_after_the_other(
    found: Sequence[_Found], changing: Sequence[_Found], known: Known, sku: str
) -> tuple[list[Step], list[tuple[EmbeddedPrice, Scope]]]:
    """Change prices so that none gets in the way of another; what cannot be is removed, and added later."""
    now = {id(one.live): (one.was, one.live.get("key")) for one in found}
    pending = list(changing)
    steps: list[Step] = []
    again: list[tuple[EmbeddedPrice, Scope]] = []
    while pending:
        free = next((one for one in pending if not _in_the_way(one, now)), None)
        if free is not None:
            pending.remove(free)
            now[id(free.live)] = (free.scope, _key_after(free))
            steps.append(_change(free, known, sku))
            continue
        stuck = pending.pop(0)
        del now[id(stuck.live)]
        steps.append(_remove(stuck.live, stuck.was, sku))
        again.append((stuck.wanted, stuck.scope))
    return steps, again


def _in_the_way(one: _Found, now: dict[int, tuple[Scope, str | None]]) -> bool:
    key = _key_after(one)
    return any(
        scope.conflicts(one.scope) or (key is not None and key == held)
        for live, (scope, held) in now.items()
        if live != id(one.live)
    )


def _key_after(one: _Found) -> str | None:
    return one.live.get("key") if isinstance(one.wanted.key, UnsetType) else one.wanted.key


def _change(one: _Found, known: Known, sku: str) -> Step:
    draft = _draft(one.wanted, known, live=one.live)
    action = {"action": "changePrice", "priceId": one.live["id"], "price": draft}
    old, new = money_text(one.live["value"]), str(one.wanted.value)
    if one.was != one.scope:
        old, new = f"{old} ({one.was})", f"{new} ({one.scope})"
    elif old == new:
        tiers = _tiers_text(one.live.get("tiers", ())), _tiers_of(one.wanted)
        return Step.of(action, f"{_part(sku, one.scope)}tiers", *tiers)
    return Step.of(action, _field(sku, one.scope), old, new)


def _field(sku: str, scope: Scope) -> str:
    """How a report and the guard name the amount of a price."""
    return f"price[{sku}].{scope}"


def _part(sku: str, scope: Scope) -> str:
    """How a report names what else a price has; the guard looks at amounts alone."""
    return f"variants[{sku}].prices[{scope}]."


def _tiers_text(tiers: Sequence[Json]) -> str:
    return ", ".join(f"{tier['minimumQuantity']}: {money_text(tier['value'])}" for tier in tiers)


def _tiers_of(price: EmbeddedPrice) -> str:
    tiers = () if isinstance(price.tiers, UnsetType) else price.tiers
    return ", ".join(f"{tier.minimum_quantity}: {tier.value}" for tier in tiers)


def _small_changes(one: _Found, known: Known, sku: str) -> Iterator[Step]:
    """Key and custom fields have actions of their own."""
    price_id = one.live["id"]
    if _new_key(one):
        action = {"action": "setPriceKey", "priceId": price_id, "key": one.wanted.key}
        yield Step.of(action, f"{_part(sku, one.scope)}key", one.live.get("key"), one.wanted.key)
    yield from _custom_steps(one, known, sku)


def _custom_steps(one: _Found, known: Known, sku: str) -> Iterator[Step]:
    actions = CustomActions(
        "setProductPriceCustomType",
        "setProductPriceCustomField",
        {"priceId": one.live["id"]},
        _part(sku, one.scope),
    )
    yield from known.custom.steps(one.wanted, one.live, actions)


def _custom_after_change(one: _Found, known: Known, sku: str) -> Iterator[Step]:
    # With another type, or none, the changed price came with the record's fields; else with the live ones.
    if _keeps_type(one.wanted, one.live, known):
        yield from _custom_steps(one, known, sku)


def _keeps_type(wanted: EmbeddedPrice, live: Json, known: Known) -> bool:
    if isinstance(wanted.custom_type, UnsetType):
        return True
    return bool(known.custom.read(live)["custom_type"] == wanted.custom_type)


def _remove(live: Json, scope: Scope, sku: str) -> Step:
    action = {"action": "removePrice", "priceId": live["id"]}
    return Step.of(action, _field(sku, scope), money_text(live["value"]), None)


def _draft(price: EmbeddedPrice, known: Known, live: Json | None = None) -> Json:
    """The draft of a price; of a live one it keeps what the record says nothing of."""
    held = live or {}
    draft: Json = {"value": money(price.value)}
    key = held.get("key") if isinstance(price.key, UnsetType) else price.key
    if key is not None:
        draft["key"] = key
    if price.country is not None:
        draft["country"] = price.country
    if price.customer_group is not None:
        draft["customerGroup"] = {"typeId": "customer-group", "key": price.customer_group}
    if price.channel is not None:
        draft["channel"] = {"typeId": "channel", "key": price.channel}
    if price.valid_from is not None:
        draft["validFrom"] = instant(price.valid_from)
    if price.valid_until is not None:
        draft["validUntil"] = instant(price.valid_until)
    tiers = (
        [_tier(tier["minimumQuantity"], tier["value"]) for tier in held.get("tiers", ())]
        if isinstance(price.tiers, UnsetType)
        else [_tier(tier.minimum_quantity, tier.value) for tier in price.tiers]
    )
    if tiers:
        draft["tiers"] = tiers
    if live is not None and "custom" in live and _keeps_type(price, live, known):
        custom = live["custom"]
        identifier = {"typeId": "type", "id": custom["type"]["id"]}
        return {**draft, "custom": {"type": identifier, "fields": custom["fields"]}}
    if live is not None and _keeps_type(price, live, known):
        # Without a type on either side there is nothing to send; a type alone would come with the draft.
        return draft
    return {**draft, **known.custom.draft(price)}


def _tier(quantity: int, value: Money | Json) -> Json:
    if isinstance(value, Money):
        return {"minimumQuantity": quantity, "value": money(value)}
    parts: tuple[str, ...] = ("currencyCode", "centAmount")
    if value.get("type") == "highPrecision":
        parts = ("type", *parts, "preciseAmount", "fractionDigits")
    return {"minimumQuantity": quantity, "value": {part: value[part] for part in parts}}

"""Standalone prices against the sandbox: any becomes any other, with no action too many, and reads back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.commercetools import PriceSettings, PriceSink
from passerelle.errors import ConfigError, Refused
from passerelle.records import Money, Price, PriceTier
from tests.commercetools.shopfloor import Floor, carry, planned
from tests.contract.official import OfficialContract

from .pricelist import at, open_list, prices, value

PRICE = Price(sku="A-1", value=value(1000), country="FR")


@settings(max_examples=80)
@given(prices(), prices())
def test_any_price_becomes_any_other(official: OfficialContract, before: Price, wanted: Price) -> None:
    """After the plan every field that the record names is as wanted, the others as before.

    A second plan is empty, and no action was sent that one less would have spared.
    """
    asyncio.run(_becomes(official, before, wanted))


async def _becomes(official: OfficialContract, before: Price, wanted: Price) -> None:
    floor = Floor()
    async with floor.client() as client:
        await open_list(client)
        sink = PriceSink(client)
        await carry(sink, before)
        was = sink.record_of((await sink.read_live([before]))["P-1"])
        changes = await carry(sink, wanted)
        live = (await sink.read_live([wanted]))["P-1"]
        assert sink.plan(wanted, live) is None
        now = sink.record_of(live)
    assert now.value.amount == wanted.value.amount
    assert (now.valid_from, now.valid_until) == (wanted.valid_from, wanted.valid_until)
    assert now.active is (wanted.active is not False)
    assert same_tiers(now.tiers, was.tiers if wanted.tiers is UNSET else wanted.tiers)
    staged = was.staged_value if wanted.staged_value is UNSET else wanted.staged_value
    assert amount(now.staged_value) == amount(staged)
    if wanted.custom_type is not UNSET:
        assert now.custom_type == wanted.custom_type
    assert [change.kind for change in changes] == ["update"] * len(changes)
    assert sum(len(change.actions) for change in changes) == fewest(was, now)
    floor.judge(official)


def same_tiers(one: Any, other: Any) -> bool:
    """Whether tiers are the same, in whatever order."""
    first, second = ({tier.minimum_quantity: tier.value.amount for tier in tiers} for tiers in (one, other))
    return bool(first == second)


def amount(money: Any) -> Any:
    """What it is worth."""
    return money.amount if isinstance(money, Money) else money


def fewest(was: Price, now: Price) -> int:
    """The shortest list of actions that makes one of the other.

    One for each field that differs; both ends of the validity share one, tiers need one, a type brings its
    fields, and a staged value that becomes the value, nothing being staged any more, is one for both.
    """
    count = int(was.active != now.active) + int(not same_tiers(was.tiers, now.tiers))
    count += (was.valid_from, was.valid_until) != (now.valid_from, now.valid_until)
    moved = amount(was.value) != amount(now.value)
    staged = amount(was.staged_value) != amount(now.staged_value)
    applied = now.staged_value is None and amount(was.staged_value) == amount(now.value)
    count += 1 if moved and staged and applied else moved + staged
    if was.custom_type != now.custom_type:
        return count + 1
    held, shown = (one.custom if isinstance(one.custom, dict) else {} for one in (was, now))
    return count + len([name for name in {*held, *shown} if held.get(name) != shown.get(name)])


@settings(max_examples=40)
@given(prices(whole=True))
def test_a_price_reads_back_as_the_record_that_made_it(record: Price) -> None:
    """`record_of` is the inverse of the draft."""

    async def read_back() -> Price:
        floor = Floor()
        async with floor.client() as client:
            await open_list(client)
            sink = PriceSink(client)
            await carry(sink, record)
            return sink.record_of((await sink.read_live([record]))["P-1"])

    assert asyncio.run(read_back()) == record


async def test_a_price_without_a_name_reads_back_without_one(floor: Floor) -> None:
    """Its key is that of its scope: naming it would say nothing."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, PRICE)
        (live,) = (await sink.read_live([PRICE])).values()
        assert live.body["key"] == "A-1_FR_EUR"
        assert sink.record_of(live).key is UNSET


# Tiers ----------------------------------------------------------------------------------------------

TWO, FIVE = (PriceTier(minimum_quantity=n, value=value(100 - n)) for n in (2, 5))


@pytest.mark.parametrize(
    ("held", "wanted", "actions"),
    [
        ((), (TWO,), ["addPriceTier"]),
        ((TWO, FIVE), (FIVE,), ["removePriceTier"]),
        ((TWO,), (), ["removePriceTier"]),
        ((TWO, FIVE), (), ["setPriceTiers"]),
        ((TWO,), (FIVE,), ["setPriceTiers"]),
        ((TWO, FIVE), (FIVE, TWO), []),
        ((TWO,), (replace(TWO, value=Money(98, "EUR", 9800, 4)),), []),
        ((TWO,), (replace(TWO, value=value(1)),), ["setPriceTiers"]),
    ],
)
async def test_tiers_are_changed_in_the_shortest_way(
    floor: Floor, held: tuple[PriceTier, ...], wanted: tuple[PriceTier, ...], actions: list[str]
) -> None:
    """One tier more or less by its own action, more at once; order and spelling make no action."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, replace(PRICE, tiers=held))
        changes = await carry(sink, replace(PRICE, tiers=wanted))
        assert [str(action["action"]) for change in changes for action in change.actions] == actions
        assert await planned(sink, replace(PRICE, tiers=wanted)) == [None]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (replace(PRICE, tiers=(TWO, replace(FIVE, minimum_quantity=2))), "invalid_tiers"),
        (replace(PRICE, tiers=(replace(TWO, minimum_quantity=1),)), "invalid_tiers"),
        (replace(PRICE, tiers=(replace(TWO, value=Money(1, "USD")),)), "invalid_tiers"),
        (replace(PRICE, staged_value=Money(1, "USD")), "staged_currency"),
        (replace(PRICE, key="n° 1"), "invalid_key"),
        (replace(PRICE, valid_from=at(2), valid_until=at(2)), "empty_validity"),
        (replace(PRICE, custom={"list": "A"}), "custom_type_missing"),
    ],
)
async def test_what_cannot_be_is_refused_before_it_is_sent(floor: Floor, wrong: Price, code: str) -> None:
    """The record alone goes to quarantine: others of its batch are planned."""
    async with floor.client() as client:
        sink = PriceSink(client)
        good = replace(PRICE, country="BE")
        live = await sink.read_live([wrong, good])
        assert sink.plan(good, live.get(sink.key(good))) is not None
        with pytest.raises(Refused) as caught:
            sink.plan(wrong, live.get(sink.key(wrong)))
    assert caught.value.code == code
    assert caught.value.advice


# Staged values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("staged", "cents", "wanted", "actions"),
    [
        (2000, 1000, value(3000), [{"action": "changeValue", "staged": True}]),
        (2000, 1000, None, [{"action": "removeStagedChanges"}]),
        (2000, 2000, None, [{"action": "applyStagedChanges"}]),
        (2000, 2000, UNSET, [{"action": "changeValue"}]),
        (2000, 1000, UNSET, []),
        (None, 1000, None, []),
    ],
)
async def test_a_value_prepared_for_later(
    floor: Floor, staged: int | None, cents: int, wanted: Any, actions: list[dict[str, Any]]
) -> None:
    """Set, taken back, or made the value in one action; a record that says nothing of it leaves it."""
    async with floor.client() as client:
        sink = PriceSink(client)
        first = replace(PRICE, staged_value=None if staged is None else value(staged))
        await carry(sink, first)
        second = replace(PRICE, value=value(cents), staged_value=wanted)
        changes = await carry(sink, second)
        sent = [action for change in changes for action in change.actions]
        assert [{k: v for k, v in one.items() if k != "value"} for one in sent] == actions
        assert await planned(sink, second) == [None]


# Owned by others ------------------------------------------------------------------------------------


async def test_what_a_feed_fills_once_is_left_to_the_shop(floor: Floor) -> None:
    """`only_create`: value, end, flag and tiers stay as somebody set them."""
    only = frozenset({"value", "valid_until", "active", "tiers", "staged_value"})
    async with floor.client() as client:
        sink = PriceSink(client, only_create=only)
        await carry(sink, replace(PRICE, tiers=(TWO,), staged_value=value(5), valid_until=at(3)))
        other = replace(
            PRICE, value=value(1), tiers=(FIVE,), active=False, staged_value=None, valid_until=at(4)
        )
        assert await planned(sink, other) == [None]


async def test_a_price_switched_off_by_the_shop_is_switched_on_unless_it_says_so(floor: Floor) -> None:
    """A price that the feed carries is on."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, PRICE)
        await floor.edit("standalone-prices", "A-1_FR_EUR", {"action": "changeActive", "active": False})
        assert await planned(sink, replace(PRICE, active=False)) == [None]
        (change,) = await carry(sink, PRICE)
        assert change.actions == ({"action": "changeActive", "active": True},)


# Taken away -----------------------------------------------------------------------------------------


async def test_what_the_source_no_longer_has_is_switched_off_or_deleted(floor: Floor) -> None:
    """Off is switched once; a price that is back is on again, or made again."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, PRICE)
        (live,) = (await sink.read_live([PRICE])).values()
        assert sink.plan_removal("k", live, "keep") is None
        off = sink.plan_removal("k", live, "deactivate")
        assert off is not None
        await sink.apply(off)
        (live,) = (await sink.read_ids([live.id])).values()
        assert sink.plan_removal("k", live, "deactivate") is None
        (back,) = await carry(sink, sink.returned(PRICE, "deactivate"))
        assert back.actions == ({"action": "changeActive", "active": True},)
        (live,) = (await sink.read_live([PRICE])).values()
        gone = sink.plan_removal("k", live, "delete")
        assert gone is not None
        await sink.apply(gone)
        assert await sink.read_ids([live.id]) == {}
        (again,) = await carry(sink, sink.returned(PRICE, "delete"))
        assert again.kind == "create"
        with pytest.raises(ConfigError, match="zero"):
            sink.plan_removal("k", live, "zero")


def test_a_target_section_is_read_strictly() -> None:
    """An option that is not known stops the run before it starts."""
    with pytest.raises(ConfigError, match="overlaps"):
        PriceSettings.of({"overlap": "send"})
    assert PriceSettings.of({"overlaps": "send"}).overlaps == "send"

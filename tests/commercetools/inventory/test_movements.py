"""Movements: each counts once, whatever becomes of answers, of other writers and of the run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from passerelle.commercetools import Client, StockSink
from passerelle.commercetools.inventory.movements import REMEMBERED, appended, note_of
from passerelle.errors import Conflict, Refused
from passerelle.records import StockLevel
from passerelle.sync.applying import GROUP
from tests.commercetools.shopfloor import Floor, carry, carry_on, planned

from .stockroom import DEPOT, MOVING, open_room, sink_of


def movement(name: str, by: int, sku: str = "A-1") -> StockLevel:
    """So many pieces more, or less, under a name of their own."""
    return StockLevel(sku=sku, quantity=by, supply_channel=DEPOT, relative=True, movement=name)


async def on_stock(client: Client, sku: str = "A-1") -> int:
    """What the shop holds, all places together."""
    entries = await client.query_in("inventory", "sku", [sku])
    return sum(entry["quantityOnStock"] for entry in entries)


async def room(client: Client, level: int | None = 10) -> StockSink:
    """A sink for movements, and an entry with a level."""
    await open_room(client)
    if level is not None:
        await carry(await sink_of(client), StockLevel(sku="A-1", quantity=level, supply_channel=DEPOT))
    return await sink_of(client, **MOVING)


async def test_a_movement_adds_and_takes_away(floor: Floor) -> None:
    """In one request with its note; what a plan shows is the quantity before and after."""
    async with floor.client() as client:
        sink = await room(client)
        (sold,) = await carry(sink, movement("BL-1/1", -3))
        (came,) = await carry(sink, movement("BL-2/1", 5))
        assert await on_stock(client) == 12
    assert [action["action"] for action in sold.actions] == ["removeQuantity", "setCustomType"]
    assert [action["action"] for action in came.actions] == ["addQuantity", "setCustomField"]
    assert [(f.field, f.old, f.new) for f in sold.fields] == [("quantity", 10, 7)]


async def test_a_movement_that_comes_again_is_not_counted_again(floor: Floor) -> None:
    """In another file, of another feed, after a restart without a ledger: the entry knows it."""
    async with floor.client() as client:
        sink = await room(client)
        await carry(sink, movement("BL-1/1", -3))
        assert await planned(await sink_of(client, **MOVING), movement("BL-1/1", -3)) == [None]


async def test_two_equal_movements_are_two(floor: Floor) -> None:
    """Three pieces sold twice are six: their names tell them apart, in one batch and one after the other."""
    async with floor.client() as client:
        sink = await room(client)
        both = [movement("BL-1/1", -3), movement("BL-1/2", -3)]
        await carry_on(sink, both, await planned(sink, *both))
        assert await on_stock(client) == 4


async def test_a_movement_of_what_is_not_there_begins_at_zero(floor: Floor) -> None:
    """The entry is made with it, note and all."""
    async with floor.client() as client:
        sink = await room(client, level=None)
        await carry(sink, movement("BL-1/1", 4))
        assert await planned(sink, movement("BL-1/1", 4)) == [None]
        assert await on_stock(client) == 4


async def test_a_level_overrules_the_movements_and_keeps_their_notes(floor: Floor) -> None:
    """A count of the shelf is set; a movement that was taken before stays taken."""
    async with floor.client() as client:
        sink = await room(client)
        await carry(sink, movement("BL-1/1", -3))
        await carry(sink, StockLevel(sku="A-1", quantity=20, supply_channel=DEPOT))
        assert await planned(sink, movement("BL-1/1", -3)) == [None]
        assert await on_stock(client) == 20


async def test_fields_of_the_entry_live_beside_the_notes(floor: Floor) -> None:
    """A movement may bring custom fields too; the note is written into the type that is there."""
    async with floor.client() as client:
        sink = await room(client)
        first = replace(movement("BL-1/1", 1), custom={"row": "A"})
        second = replace(movement("BL-1/2", 1), custom={"row": "B"})
        await carry_on(sink, [first, second], await planned(sink, first, second))
        (live,) = (await sink.read_live([first])).values()
        assert live.body["custom"]["fields"]["row"] == "B"
        assert await planned(sink, first, second) == [None, None]


# Refused when it would not be safe -------------------------------------------------------------------


async def test_without_a_place_for_notes_movements_are_refused(floor: Floor) -> None:
    """A lost answer could not be told from a lost request."""
    async with floor.client() as client:
        await open_room(client)
        with pytest.raises(Refused) as caught:
            await planned(await sink_of(client), movement("BL-1/1", -3))
    assert caught.value.code == "movement_not_carried"


@pytest.mark.parametrize("name", ["", None])
async def test_a_movement_without_a_name_is_refused(floor: Floor, name: str | None) -> None:
    """It could not be told from the next one of as many pieces."""
    nameless = StockLevel(sku="A-1", quantity=-3, supply_channel=DEPOT, relative=True)
    async with floor.client() as client:
        sink = await room(client)
        with pytest.raises(Refused) as caught:
            await planned(sink, nameless if name is None else replace(nameless, movement=name))
    assert caught.value.code == "movement_unnamed"


async def test_an_entry_of_another_type_takes_no_notes(floor: Floor) -> None:
    """Its type would have to be replaced, and its fields lost: refused, told what to add."""
    async with floor.client() as client:
        sink = await room(client, level=None)
        await carry(
            sink,
            StockLevel(sku="A-1", quantity=1, supply_channel=DEPOT, custom_type="shelf", custom={"row": "A"}),
        )
        with pytest.raises(Refused) as caught:
            await planned(sink, movement("BL-1/1", -1))
    assert caught.value.code == "unknown_field"


async def test_a_movement_that_says_something_else_now_is_told(floor: Floor) -> None:
    """What was counted stays counted: the difference is a movement of its own."""
    async with floor.client() as client:
        sink = await room(client)
        await carry(sink, movement("BL-1/1", -3))
        with pytest.raises(Refused, match="counted as -3, now it says -4") as caught:
            await planned(sink, movement("BL-1/1", -4))
    assert caught.value.code == "movement_changed"


# Accidents ------------------------------------------------------------------------------------------


def every(pattern: Sequence[bool]) -> Iterator[bool]:
    """The pattern, then never again."""
    yield from pattern
    while True:
        yield False


@settings(max_examples=60)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    st.lists(st.booleans(), max_size=20),
    st.integers(0, 4),
)
def test_the_sum_is_right_whatever_is_lost(moves: list[int], lost: list[bool], sold: int) -> None:
    """Answers are lost after the shop did its part, others sell meanwhile, the whole file comes twice.

    All movements are in flight at once, on one entry. At the end stock is what it was plus each once.
    """
    asyncio.run(_sum_is_right(moves, lost, sold))


async def _sum_is_right(moves: list[int], lost: list[bool], sold: int) -> None:
    floor = Floor()
    async with floor.client() as client:
        sink = await room(client, level=100)
        (level,) = await client.query_in("inventory", "sku", ["A-1"])
        records = [movement(f"BL-1/{n}", by) for n, by in enumerate(moves)]
        taken = every(lost)
        floor.loses = lambda request: "/inventory/" in request.url.path and next(taken)
        changes = await planned(sink, *records)
        for _ in range(sold):
            await floor.edit("inventory", level["key"], {"action": "removeQuantity", "quantity": 1})
        alone = (carry_on(sink, [record], [change]) for record, change in zip(records, changes, strict=True))
        await asyncio.gather(*alone)
        # A run that died before it noted anything: the file is read again from its first line.
        again = await sink_of(client, **MOVING)
        for record in records:
            await carry_on(again, [record], await planned(again, record))
        floor.loses = lambda _request: False
        final = [(await planned(again, record))[0] for record in records]
        assert [change for change in final if change is not None] == []
        assert await on_stock(client) == 100 + sum(moves) - sold


async def test_movements_of_one_entry_wait_for_each_other_instead_of_colliding(floor: Floor) -> None:
    """Thirty of one SKU, planned at one version and sent at once: one write each, nothing read again."""
    async with floor.client() as client:
        sink = await room(client)
        records = [movement(f"BL-1/{n}", 1) for n in range(30)]
        changes = [change for change in await planned(sink, *records) if change is not None]
        before = len(floor.recorder.calls())
        await asyncio.gather(*(sink.apply(change) for change in changes))
        calls = floor.recorder.calls()[before:]
        assert [call.method for call in calls] == ["POST"] * 30
        assert {call.status for call in calls} == {200}
        assert await on_stock(client) == 40


async def test_a_lost_answer_is_a_conflict_and_the_note_tells_the_rest(floor: Floor) -> None:
    """The shop did it: reading again finds the note, and nothing is sent a second time."""
    async with floor.client() as client:
        sink = await room(client)
        (change,) = await planned(sink, movement("BL-1/1", -3))
        assert change is not None

        def first_write(request: httpx.Request) -> bool:
            return request.method == "POST" and "/inventory/" in request.url.path

        floor.loses = first_write
        with pytest.raises(Conflict):
            await sink.apply(change)
        assert await planned(sink, movement("BL-1/1", -3)) == [None]
        assert await on_stock(client) == 7


def test_an_entry_remembers_more_than_a_killed_run_can_leave_unnoted() -> None:
    """The ledger notes answers in groups; besides, as many are in flight as there are connections."""
    most_connections = 100
    assert GROUP + most_connections < REMEMBERED


def test_the_oldest_notes_make_room() -> None:
    """The text stays bounded, below what a text field holds."""
    notes = ""
    for number in range(REMEMBERED + 5):
        notes = appended(notes, note_of(movement(f"BL-{number}", -1_000_000)))
    kept = notes.split()
    assert len(kept) == REMEMBERED
    assert kept[-1] == note_of(movement(f"BL-{REMEMBERED + 4}", -1_000_000))
    assert note_of(movement("BL-4", -1_000_000)) not in kept
    assert len(notes) < 10_922

"""Prices of one scope that take each other's days: one run is enough, and never do two hold at one time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passerelle.commercetools import PriceSink
from passerelle.commercetools.planning.wire import instant
from passerelle.commercetools.prices.scopes import Window
from passerelle.commercetools.prices.turns import turns
from passerelle.records import Price
from tests.commercetools.shopfloor import Floor, carry, carry_on, expected, planned

from .pricelist import at, value

Span = tuple[int | None, int | None]


def window(span: Span) -> Window:
    """The window of some days in January; None is without end."""
    return Window(*(None if day is None else instant(at(day)) for day in span))


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Days of several prices of one scope: they do not touch each other; one may begin or end nowhere."""
    cuts = draw(st.lists(st.integers(1, 28), unique=True, min_size=2, max_size=8).map(sorted))
    days: list[Span] = list(zip(cuts[::2], cuts[1::2], strict=False))
    if draw(st.booleans()):
        days[0] = (None, days[0][1])
    if draw(st.booleans()) and days[-1][0] is not None:
        days[-1] = (days[-1][0], None)
    return [*days, (None, None)] if draw(st.booleans()) else days


@st.composite
def permuted(draw: st.DrawFn) -> list[tuple[Span, Span]]:
    """Prices that take each other's days, some of them perhaps those of nobody."""
    before = draw(spans())
    after = before if draw(st.booleans()) else draw(spans())
    count = min(len(before), len(after))
    return list(zip(before[:count], draw(st.permutations(after))[:count], strict=True))


@settings(max_examples=400)
@given(permuted())
@example([((1, 5), (5, 9)), ((5, 9), (1, 5))])
@example([((None, 5), (5, None)), ((5, None), (None, 5))])
@example([((None, 5), (None, None)), ((None, None), (None, 5))])
@example(
    [((1, 5), (5, 9)), ((5, 9), (9, 12)), ((9, 12), (1, 5)), ((12, 14), (14, None)), ((14, None), (12, 14))]
)
def test_every_order_is_one_that_the_shop_takes(moves: list[tuple[Span, Span]]) -> None:
    """After each turn no two prices hold at one time; all end where they are going, in few turns more."""
    wanted = {str(n): (window(was), window(to)) for n, (was, to) in enumerate(moves)}
    now = {name: was for name, (was, _) in wanted.items()}
    made = turns(wanted)
    for turn in made:
        now[turn.id] = turn.window
        assert turn.window.start is None or turn.window.end is None or turn.window.start < turn.window.end
        assert not [name for name, held in now.items() if name != turn.id and held.conflicts(turn.window)]
        assert turn.last == (turn.window == wanted[turn.id][1])
    assert now == {name: to for name, (_, to) in wanted.items()}
    assert len(made) <= 3 * len(moves) + 2


def test_no_turn_more_where_an_order_is_enough() -> None:
    """Three that each take the next one's days, of which the last ones are free: the last goes first."""
    wanted = {
        "a": (window((1, 5)), window((5, 9))),
        "b": (window((5, 9)), window((9, 12))),
        "c": (window((9, 12)), window((12, 14))),
    }
    assert [(turn.id, turn.last) for turn in turns(wanted)] == [("c", True), ("b", True), ("a", True)]


def test_two_that_change_places_take_three_turns() -> None:
    """One steps aside, the other takes its days, the first takes those."""
    wanted = {"a": (window((1, 5)), window((5, 9))), "b": (window((5, 9)), window((1, 5)))}
    assert [(turn.id, turn.last) for turn in turns(wanted)] == [("a", False), ("b", True), ("a", True)]


@settings(max_examples=200)
@given(permuted())
@example([((2, 5), (5, 9)), ((5, 9), (2, 5))])
def test_where_no_day_is_left_a_second_is_enough(moves: list[tuple[Span, Span]]) -> None:
    """Two prices that stay begin and end nowhere: who steps aside keeps the last second of its own days."""
    moves = [pair for pair in moves if all(None not in days or days == (None, None) for days in pair)]
    stay = [window((None, 1)), window((28, None))]
    wanted = {str(n): (window(was), window(to)) for n, (was, to) in enumerate(moves)}
    now = {name: was for name, (was, _) in wanted.items()}
    for turn in turns(wanted, stay):
        now[turn.id] = turn.window
        others = [held for name, held in now.items() if name != turn.id] + stay
        assert not [held for held in others if held.conflicts(turn.window)]
    assert now == {name: to for name, (_, to) in wanted.items()}


@pytest.mark.parametrize("reach", [(None, 1), (28, None)])
def test_nobody_steps_aside_where_a_price_holds_that_stays(reach: Span) -> None:
    """A price that begins, or ends, nowhere has all days on its side: the other side is taken."""
    wanted = {"a": (window((2, 5)), window((5, 9))), "b": (window((5, 9)), window((2, 5)))}
    aside = turns(wanted, [window(reach)])[0].window
    assert not aside.conflicts(window(reach))


def test_a_partner_s_for_ever_leaves_the_other_side() -> None:
    """No calendar has a day before the year 1: the days behind all others are taken."""
    first = instant(datetime(1, 1, 2, tzinfo=UTC))
    wanted = {
        "a": (Window(first, instant(at(5))), window((5, 9))),
        "b": (window((5, 9)), Window(first, instant(at(5)))),
    }
    assert turns(wanted)[0].window.start == instant(at(9) + timedelta(days=2))


# At the shop ----------------------------------------------------------------------------------------


def price(name: str, days: Span, cents: int) -> Price:
    """A price that its source names."""
    first, last = (None if day is None else at(day) for day in days)
    return Price(sku="A-1", key=name, value=value(cents), country="FR", valid_from=first, valid_until=last)


@settings(max_examples=40)
@given(permuted())
def test_any_permutation_ends_in_one_run(moves: list[tuple[Span, Span]]) -> None:
    """Values change with the days; each change is sent once, whatever comes first; then nothing is left."""
    asyncio.run(_permute(moves))


async def _permute(moves: Sequence[tuple[Span, Span]]) -> None:
    floor = Floor()
    async with floor.client() as client:
        sink = PriceSink(client)
        before = [price(f"P-{n}", was, 100 + n) for n, (was, _) in enumerate(moves)]
        after = [price(f"P-{n}", to, 200 + n) for n, (_, to) in enumerate(moves)]
        await carry(sink, *before)
        sink = PriceSink(client)
        changes = [change for change in await planned(sink, *after) if change is not None]
        expected(sink, changes)
        await asyncio.gather(*(sink.apply(change) for change in changes))
        assert await planned(PriceSink(client), *after) == [None] * len(after)


async def test_what_hinders_one_is_told_in_its_own_turn(floor: Floor) -> None:
    """A third party changed one of three: it is in conflict, looked at again, and all three arrive."""
    days: list[Span] = [(1, 5), (5, 9), (9, 12)]
    records = [price(f"P-{n}", one, 100) for n, one in enumerate(days)]
    turned = [price(f"P-{n}", days[n - 1], 300) for n in range(3)]
    async with floor.client() as client:
        await carry(PriceSink(client), *records)
        sink = PriceSink(client)
        changes = await planned(sink, *turned)
        await floor.edit("standalone-prices", "P-1", {"action": "changeActive", "active": False})
        await carry_on(sink, turned, changes)
        assert await planned(PriceSink(client), *turned) == [None, None, None]


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_an_answer_that_is_lost_on_the_way_changes_nothing(floor: Floor, lost: int) -> None:
    """Whichever of the three calls it was: what was done is found by reading, and both arrive."""
    days: list[Span] = [(1, 5), (5, 9)]
    turned = [price(f"P-{n}", days[1 - n], 300) for n in range(2)]
    async with floor.client() as client:
        await carry(PriceSink(client), *(price(f"P-{n}", one, 100) for n, one in enumerate(days)))
        sink = PriceSink(client)
        changes = await planned(sink, *turned)
        writes = 0

        def lose(request: httpx.Request) -> bool:
            nonlocal writes
            is_write = request.method == "POST" and "standalone-prices/" in request.url.path
            writes += is_write
            return is_write and writes == lost

        floor.loses = lose
        await carry_on(sink, turned, changes)
        assert writes >= 3
        assert await planned(PriceSink(client), *turned) == [None, None]

"""Places in flight whose number changes while people wait."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.commercetools.http.slots import Slots


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["more", "fewer", "cancel", "pass"]), st.integers(0, 20)), max_size=40)
)
def test_never_more_inside_than_the_limit_and_nobody_waits_for_ever(steps: list[tuple[str, int]]) -> None:
    """Whoever gives up waiting takes no place along, and everybody else gets in, in the order of coming."""

    async def play() -> None:
        limit = highest = 3
        inside = 0
        entered: list[int] = []
        slots = Slots(lambda: limit)

        async def visit(name: int) -> None:
            nonlocal inside
            async with slots:
                assert inside < highest
                inside += 1
                entered.append(name)
                try:
                    await asyncio.sleep(0)
                finally:
                    inside -= 1

        visits = [asyncio.create_task(visit(name)) for name in range(20)]
        given_up: set[int] = set()
        for what, which in steps:
            if what == "more":
                limit = min(5, limit + 1)
                highest = max(highest, limit)
            elif what == "fewer":
                limit = max(1, limit - 1)
            elif what == "cancel" and visits[which % 20].cancel():
                given_up.add(which % 20)
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            ended = await asyncio.gather(*visits, return_exceptions=True)
            async with slots:
                pass
        assert inside == 0
        assert [name for name, end in enumerate(ended) if end is not None] == sorted(given_up)
        assert [name for name in entered if name not in given_up] == [
            name for name in range(20) if name not in given_up
        ]

    asyncio.run(play())


async def test_fewer_places_hold_even_while_the_old_crowd_is_inside() -> None:
    """Nobody is thrown out; nobody enters until there is room under the new limit."""
    limit = 4
    slots = Slots(lambda: limit)
    door = asyncio.Event()
    entered: list[int] = []

    async def visit(name: int) -> None:
        async with slots:
            entered.append(name)
            await door.wait()

    async with asyncio.TaskGroup() as group:
        for name in range(8):
            group.create_task(visit(name))
        await asyncio.sleep(0)
        limit = 1
        assert entered == [0, 1, 2, 3]
        door.set()
    assert entered == list(range(8))

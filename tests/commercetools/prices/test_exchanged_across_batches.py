"""Prices that take each other's days, read apart from each other: planned right, no call is refused."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zlib import crc32

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.commercetools import PriceSink
from passerelle.commercetools.prices.scopes import Window
from passerelle.feeds.parts import PartedApplying
from passerelle.ledger import Ledger
from passerelle.mapping import Mapping, load_mapping
from passerelle.sync import RunReport, apply_stored, decide, plan_undo, store_plan
from passerelle.sync.protocols import Sink
from tests.commercetools.shopfloor import Floor
from tests.sync.desk import Desk, open_ledger

from .pricelist import at
from .test_turns import Span, spans, window

_MAPPING = """\
feed: price
entity: price
files: {folder: out, pattern: "price_{mode}_{sequence:3}.csv", modes: {C: full}, ready: {marker: .ok}}
format: {csv: {charset: UTF-8, delimiter: ";"}}
key: NAME
fields:
  - {to: key, from: NAME}
  - {to: sku, from: SKU}
  - {to: country, from: COUNTRY}
  - {to: value, money: {amount: TEXT, currency: {value: EUR}, decimal: "1234.5"}}
  - {to: staged_value, money: {amount: TEXT, currency: STAGED, decimal: "1234.5"}}
  - {to: valid_from, from: SINCE, via: {date: YYYYMMDD, zone: UTC, none: ["-"]}}
  - {to: valid_until, from: UNTIL, via: {date: YYYYMMDD, zone: UTC, none: ["-"]}}
"""


class Line(NamedTuple):
    """A price of a SKU; one that is `wrong` is refused for what it says itself."""

    sku: str
    name: str
    days: Span
    wrong: bool = False
    country: str = "FR"

    def values(self) -> dict[str, str]:
        """As it stands in the file."""
        since, until = ("-" if day is None else f"{at(day):%Y%m%d}" for day in self.days)
        prices = {"TEXT": "5.00", "STAGED": "USD" if self.wrong else "EUR"}
        return {
            "NAME": self.name,
            "SKU": self.sku,
            "COUNTRY": self.country,
            "SINCE": since,
            "UNTIL": until,
            **prices,
        }


@cache
def _mapping() -> Mapping:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "price.yaml"
        path.write_text(_MAPPING, encoding="utf-8")
        mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    return mapping


class Shop:
    """A desk for prices and an empty project; each file is carried by a sink of its own, as in a run."""

    def __init__(self, ledger: Ledger, *, seed: int = 0) -> None:
        self._seed = seed
        self._calls = 0
        self.floor = Floor(delays=self._delay)
        self.desk = Desk(ledger, _mapping())

    async def _delay(self, _request: httpx.Request) -> None:
        """Let others go first, for a few rounds of the loop."""
        self._calls += 1
        for _ in range(crc32(f"{self._seed}/{self._calls}".encode()) % 8):
            await asyncio.sleep(0)

    async def carry(self, lines: Sequence[Line], *, batch: int = 1, **options: Any) -> RunReport:
        """Carry a file whose readings are of two such batches."""
        async with self.floor.client() as client:
            rows = [one.values() for one in lines]
            return await self.desk.carry(rows, sink=PriceSink(client), batch=batch, **options)

    async def decided(self, sink: Sink[Any], run_id: str, *, batch: int, undo: str = "") -> RunReport:
        """Carry out exactly what was spooled under a run, or what takes one back, once it is approved."""
        desk = self.desk
        job = dataclasses.replace(desk.job, run_id=run_id, sink=sink, batch=batch, dry_run=True)
        report = RunReport(feed="price", entity="price", run_id=run_id)
        if undo:
            await plan_undo(job, report, undo)
        plan = store_plan(job, report, origin="undo" if undo else "run", files=[])
        plan = decide(desk.ledger, plan, approve=True, by="ann", mapping_version=desk.mapping.version)
        run = desk.ledger.runs.start("price", mode="apply")
        report = RunReport(feed="price", entity="price", run_id=run.id)
        await apply_stored(dataclasses.replace(job, run_id=run.id, dry_run=False), report, plan)
        return report

    async def held(self) -> dict[str, Window]:
        """When each price of the shop holds, by its key."""
        async with self.floor.client() as client:
            found = await client.query_all("standalone-prices", [None])
        return {one["key"]: Window(one.get("validFrom"), one.get("validUntil")) for one in found}

    def refused(self) -> int:
        """How many calls the shop refused."""
        return sum((one.status or 0) >= 400 for one in self.floor.recorder.calls())


@contextmanager
def opened(*, seed: int = 0) -> Iterator[Shop]:
    """A shop and a ledger that know nothing; calls take turns at random."""
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        yield Shop(ledger, seed=seed)


def exchanged(count: int) -> tuple[list[Line], list[Line]]:
    """Two prices for each of so many SKUs, and the same with their days exchanged: far from each other."""
    days: list[Span] = [(1, 9), (9, 20)]
    before = [Line(f"S-{n}", f"P-{n}-{turn}", days[turn]) for turn in (0, 1) for n in range(count)]
    after = [one._replace(days=days[1 - days.index(one.days)]) for one in before]
    return before, after


def windows(lines: Sequence[Line]) -> dict[str, Window]:
    """What the shop should hold of them."""
    return {one.name: window(one.days) for one in lines}


@pytest.mark.parametrize("batch", [1, 3, 50])
async def test_two_that_change_places_need_not_be_read_together(batch: int) -> None:
    """First all the first prices, then all the second ones: each is planned, in one run, in three calls."""
    before, after = exchanged(12)
    with opened() as shop:
        assert (await shop.carry(before)).created == 24
        writes = len(shop.floor.writes())
        report = await shop.carry(after, batch=batch)
        assert (report.outcome, report.updated, report.pending) == ("succeeded", 24, 0)
        assert await shop.held() == windows(after)
        assert (len(shop.floor.writes()) - writes, shop.refused()) == (36, 0)


async def test_a_turn_that_comes_while_the_two_are_on_their_way_waits() -> None:
    """Each is carried with its partner, whoever comes first; read and sent together, many at once."""
    before, after = exchanged(60)
    with opened(seed=4) as shop:
        await shop.carry(before, batch=60)
        report = await shop.carry(sorted(after), batch=60)
        assert (report.outcome, report.updated, report.rejects) == ("succeeded", 120, [])
        assert (await shop.held(), shop.refused()) == (windows(after), 0)


@settings(max_examples=30)
@given(st.permutations(range(4)), st.sampled_from([1, 50]), st.integers(0, 99))
def test_who_leaves_a_scope_goes_before_those_who_come(order: list[int], batch: int, seed: int) -> None:
    """One goes to Belgium where another makes room, a third takes its days in France, a new one the rest."""
    asyncio.run(_rescope(order, batch, seed))


async def _rescope(order: list[int], batch: int, seed: int) -> None:
    after = [
        Line("S-0", "P-0", (1, 9), country="BE"),
        Line("S-0", "P-1", (9, 12), country="BE"),
        Line("S-0", "P-2", (1, 5)),
        Line("S-0", "P-3", (9, 20)),
    ]
    before = [
        Line("S-0", "P-0", (1, 9)),
        Line("S-0", "P-1", (5, 9), country="BE"),
        Line("S-0", "P-2", (9, 20)),
    ]
    with opened(seed=seed) as shop:
        await shop.carry(before)
        report = await shop.carry([after[place] for place in order], batch=batch)
        assert (report.outcome, report.updated + report.created, report.rejects) == ("succeeded", 4, [])
        assert (await shop.held(), shop.refused()) == (windows(after), 0)


@pytest.mark.parametrize("batch", [1, 50])
async def test_two_that_exchange_their_scopes_arrive_both(batch: int) -> None:
    """Neither can go before the other: one is away for the time of a call, the other one never."""
    before = [Line("S-0", "P-0", (1, 9)), Line("S-0", "P-1", (1, 9), country="BE")]
    after = [before[0]._replace(country="BE"), before[1]._replace(country="FR")]
    with opened() as shop:
        await shop.carry(before)
        report = await shop.carry(after, batch=batch)
        assert (report.outcome, report.updated, report.rejects) == ("succeeded", 2, [])
        async with shop.floor.client() as client:
            found = await client.query_all("standalone-prices", [None])
        assert {one["key"]: one["country"] for one in found} == {"P-0": "BE", "P-1": "FR"}
        assert shop.refused() == 1


async def test_a_plan_that_was_approved_is_sent_in_pages_that_hold_both() -> None:
    """Its pages are small and the two far from each other in it; the same holds of what takes it back."""
    before, after = exchanged(6)
    with opened() as shop:
        await shop.carry(before)
        async with shop.floor.client() as client:
            lines = [one.values() for one in after]
            await shop.desk.plan(lines, sink=PriceSink(client), batch=1, dry_run=True)
            report = await shop.decided(PriceSink(client), shop.desk.job.run_id, batch=2)
            assert (report.updated, report.moved, await shop.held()) == (12, 0, windows(after))
            undoing = shop.desk.ledger.runs.start("price", mode="undo")
            back = await shop.decided(PriceSink(client), undoing.id, batch=2, undo=report.run_id)
        assert (back.updated, back.moved, await shop.held()) == (12, 0, windows(before))
        assert shop.refused() == 0


async def test_parts_of_a_run_know_what_goes_together() -> None:
    """A part reads a page at a time what it is to send: what belongs together need not be in one."""
    before, after = exchanged(6)
    # One that stays from the first day on for ever: nobody can step aside behind the others.
    stay = [Line(f"S-{n}", f"P-{n}-stays", (20, None)) for n in range(6)]
    with opened() as shop:
        await shop.carry([*before, *stay])
        sharing = PartedApplying(
            shop.desk.ledger, shop.desk.mapping, {}, parts=2, lease_seconds=60, smallest=1
        )
        report = await shop.carry(after, sharing=sharing)
        assert (report.outcome, report.updated) == ("succeeded", 12)
        assert (await shop.held(), shop.refused()) == (windows([*after, *stay]), 0)


# Any exchange, in any order -------------------------------------------------------------------------


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Line], list[Line]]:
    """Prices of some SKUs, and a later file of theirs: moved, new, wrong, left out, in any order."""
    before: list[Line] = []
    after: list[Line] = []
    for number in range(draw(st.integers(1, 3))):
        sku = f"S-{number}"
        first, then = draw(spans()), draw(spans())
        then = draw(st.permutations(first if draw(st.booleans()) else then))
        old = [Line(sku, f"P-{number}-{n}", days) for n, days in enumerate(first)]
        new = [Line(sku, f"P-{number}-{n}", days) for n, days in enumerate(then)]
        fate = draw(st.lists(st.sampled_from(["said"] * 6 + ["wrong", "silent"]), min_size=9, max_size=9))
        before += old
        after += [
            one._replace(wrong=said == "wrong")
            for one, said in zip(new, fate, strict=False)
            if said != "silent"
        ]
    return draw(st.permutations(before)), draw(st.permutations(after))


def carried(before: Sequence[Line], after: Sequence[Line]) -> tuple[dict[str, Window], set[str]]:
    """What the shop should hold in the end, and which records it cannot hold.

    A wrong record leaves its price where it is, as one left out does; and so does whoever wants such days.
    """
    was = windows(before)
    wanted = {one.name: one for one in after}
    skus = {one.name: one.sku for one in (*before, *after)}
    refused = {one.name for one in after if one.wrong}
    while True:
        stays = {name for name in was if name in refused or name not in wanted}
        more = {
            name
            for name, one in wanted.items()
            if name not in refused
            and any(
                skus[other] == one.sku and was[other].conflicts(window(one.days)) for other in stays - {name}
            )
        }
        if not more:
            break
        refused |= more
    return {**was, **{name: window(one.days) for name, one in wanted.items() if name not in refused}}, refused


@settings(max_examples=40)
@given(files(), st.integers(1, 4), st.integers(0, 99))
def test_any_exchange_ends_as_wanted_and_no_call_is_refused(
    lines: tuple[list[Line], list[Line]], batch: int, seed: int
) -> None:
    """Whatever is read with what: who can go goes, in one run; who cannot is told before anything is sent."""
    asyncio.run(_exchange(*lines, batch, seed))


async def _exchange(before: list[Line], after: list[Line], batch: int, seed: int) -> None:
    held, refused = carried(before, after)
    with opened(seed=seed) as shop:
        await shop.carry(before)
        report = await shop.carry(after, batch=batch)
        assert await shop.held() == held
        assert set(shop.desk.put_aside()) == refused
        assert (report.pending, report.failed, report.quarantined) == (0, 0, len(refused))
        assert shop.refused() == 0

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import Fatal
from passerelle.records import StockLevel
from passerelle.sync import Applied, Change, Progress
from passerelle.sync.applying import DOWN_AFTER, REPLANS
from passerelle.testing import Crash, Flaky, Shelf, Trouble

from .desk import Desk, category_shelf, counted, level, line, mapping_of, open_ledger, stock_key


def category(code: str, parent: str | None, label: str = "") -> dict[str, str]:
    """A category of the ERP; at the root the parent is empty."""
    return {"CODE": code, "PARENT": parent or "", "LIBELLE": label or f"Rayon {code}", "ORDRE": "0001"}


async def test_a_record_is_known_only_after_the_shop_took_it(desk: Desk) -> None:
    """What the shop refuses stays unknown and is sent again; what it took is known and bound."""
    sink = Flaky(desk.shelf, Trouble.REFUSED, at={2}, keys={"A/depot-001", "B/depot-001"})
    desk.shelf.concurrency = 1
    report = await desk.carry([line("A", 1), line("B", 2)], sink=sink)
    assert (report.created, report.quarantined) == (1, 1)
    assert desk.known("A|001", "B|001") == ["A|001"]
    assert desk.put_aside() == {"B|001": "refused"}
    bound = desk.ledger.bindings.get("shelf", "stock", ["A|001", "B|001"])
    assert {key: binding.target_id for key, binding in bound.items()} == {"A|001": "id-1"}
    assert (await desk.carry([line("A", 1), line("B", 2)])).created == 1
    assert desk.put_aside() == {}


async def test_a_reference_that_is_missing_holds_up_nobody(desk: Desk) -> None:
    """One record points to nothing: it waits, the others are carried."""
    sink = Flaky(desk.shelf, Trouble.REFERENCE_MISSING, at={1}, keys={"B/depot-001"})
    report = await desk.carry([line(sku, 1) for sku in "ABC"], sink=sink)
    assert (report.created, report.parked, report.quarantined) == (2, 1, 0)
    assert set(desk.waiting()) == {"B|001"}
    assert desk.put_aside() == {}


async def test_a_record_that_moved_is_read_and_planned_again(desk: Desk) -> None:
    """Somebody wrote between reading and writing: what is sent fits what is there now."""
    await desk.carry([line("A", 1)])

    class Busy(Shelf[StockLevel]):
        busy = True

        async def apply(self, change: Change) -> Applied:
            if self.busy:
                self.busy = False
                self.put(level("A", 50))
            return await super().apply(change)

    busy = Busy(StockLevel, key=stock_key)
    busy.put(level("A", 1))
    report = await desk.carry([line("A", 2)], sink=busy)
    assert report.updated == 1
    assert busy.contents()["A/depot-001"]["quantity"] == 2
    assert busy.versions() == {"A/depot-001": 3}


async def test_a_record_that_keeps_moving_is_left_for_the_next_run(desk: Desk) -> None:
    """Five times at most, then it counts as not taken: unknown, not in quarantine."""
    sink = Flaky(desk.shelf, Trouble.CONFLICT, every=1, keys={"A/depot-001"})
    report = await desk.carry([line("A", 1), line("B", 1)], sink=sink)
    assert sink.calls == REPLANS == 5
    assert (report.created, report.failed, report.quarantined) == (1, 1, 0)
    assert [row.code for row in report.rejects] == ["not_taken"]
    assert desk.known("A|001", "B|001") == ["B|001"]
    assert desk.put_aside() == {}
    assert (await desk.carry([line("A", 1), line("B", 1)])).created == 1


async def test_the_last_of_five_attempts_may_succeed(desk: Desk) -> None:
    """Four conflicts are no reason to give up."""
    sink = Flaky(desk.shelf, Trouble.CONFLICT, at={1, 2, 3, 4})
    report = await desk.carry([line("A", 1)], sink=sink)
    assert (report.created, report.failed, sink.calls) == (1, 0, 5)


@pytest.mark.parametrize("before", [None, 7])
async def test_a_lost_answer_is_found_by_reading(desk: Desk, before: int | None) -> None:
    """The shop took the call and its answer was lost: it is counted and bound, and not sent twice."""
    if before is not None:
        desk.shelf.put(level("A", before))
    sink = Flaky(desk.shelf, Trouble.LOST, at={1})
    report = await desk.carry([line("A", 1)], sink=sink)
    assert (report.created, report.updated) == ((1, 0) if before is None else (0, 1))
    assert desk.shelf.log == ["A/depot-001"]
    assert desk.known("A|001") == ["A|001"]
    bound = desk.ledger.bindings.get("shelf", "stock", ["A|001"])["A|001"]
    assert (bound.target_id, bound.version) == ("id-1", desk.shelf.versions()["A/depot-001"])


async def test_what_cannot_be_planned_again_waits(desk: Desk) -> None:
    """A feed that only completes: the record was deleted between reading and writing."""

    class Vanishing(Shelf[StockLevel]):
        async def apply(self, change: Change) -> Applied:
            self.take(change.key)
            return await super().apply(change)

    sink = Vanishing(StockLevel, key=stock_key, creates=False)
    sink.put(level("A", 1))
    report = await desk.carry([line("A", 2)], sink=sink)
    assert report.parked == 1
    assert set(desk.waiting()) == {"A|001"}


@pytest.mark.parametrize(("trouble", "error"), [(Trouble.FATAL, Fatal), (Trouble.CRASH, Crash)])
async def test_what_was_taken_before_the_end_is_noted(
    desk: Desk, trouble: Trouble, error: type[Exception]
) -> None:
    """A Fatal or a bug in the middle: the ledger knows exactly what the shop took until then."""
    values = [line(f"S{number:02d}", 1) for number in range(20)]
    desk.shelf.concurrency = 3
    planner, report = await desk.plan(values, sink=Flaky(desk.shelf, trouble, at={9}))
    with pytest.raises(error):
        await desk.apply(planner, report)
    taken = {f"{key.split('/')[0]}|001" for key in desk.shelf.log}
    assert set(desk.known(*(f"{value['SKU']}|001" for value in values))) <= taken
    assert report.created == len(desk.known(*(f"{value['SKU']}|001" for value in values))) >= 6
    assert counted(report) == 20
    assert report.pending == 20 - report.created
    again = await desk.carry(values)
    assert again.created + again.unchanged == 20
    assert len(desk.shelf.log) == len(set(desk.shelf.log)) == 20


async def test_a_shop_that_takes_nothing_any_more_ends_the_run(desk: Desk) -> None:
    """Fifty records in a row that were not taken mean that the shop is down: no call after that."""
    values = [line(f"S{number:03d}", 1) for number in range(200)]
    desk.shelf.concurrency = 1
    sink = Flaky(desk.shelf, Trouble.RETRIABLE, at=range(11, 1000))
    planner, report = await desk.plan(values, sink=sink)
    with pytest.raises(Fatal, match=f"last {DOWN_AFTER} changes were not taken: .*503"):
        await desk.apply(planner, report)
    assert sink.calls == 10 + DOWN_AFTER == 60
    assert (report.created, report.failed, report.pending) == (10, 50, 140)


@pytest.mark.parametrize("between", [None, Trouble.REFUSED])
async def test_a_shop_that_answers_now_and_then_is_not_down(desk: Desk, between: Trouble | None) -> None:
    """One answer in fifty, be it a refusal, and the run goes on to its end."""
    values = [line(f"S{number:03d}", 1) for number in range(150)]
    desk.shelf.concurrency = 1
    answering = set(range(50, 151, 50))
    inner = desk.shelf if between is None else Flaky(desk.shelf, between, every=1)
    sink = Flaky(inner, Trouble.RETRIABLE, at=set(range(1, 151)) - answering)
    report = await desk.carry(values, sink=sink)
    assert report.failed == 147
    assert report.created + report.quarantined == 3


async def test_records_that_agree_say_nothing_about_the_shop(desk: Desk) -> None:
    """What is equal is not sent, so it does not prove that the shop answers."""
    values = [line(f"S{number:03d}", 1) for number in range(200)]
    for number in range(1, 200, 2):
        desk.shelf.put(level(f"S{number:03d}", 1))
    desk.shelf.concurrency = 1
    planner, report = await desk.plan(values, sink=Flaky(desk.shelf, Trouble.RETRIABLE, every=1))
    with pytest.raises(Fatal, match="target does not answer"):
        await desk.apply(planner, report)
    assert (report.failed, report.unchanged) == (50, 100)


async def test_as_many_changes_are_in_flight_as_the_sink_says(desk: Desk) -> None:
    """Six connections: six changes at once, never seven."""
    desk.shelf.concurrency = 6
    await desk.carry([line(f"S{number:03d}", 1) for number in range(60)])
    assert desk.shelf.most_in_flight == 6


async def test_the_listener_hears_of_what_was_taken_with_the_ledger_or_not_at_all(desk: Desk) -> None:
    """It is told in the ledger's transaction: when it fails, nothing is known, and it is told again."""
    heard: list[str] = []

    def listen(records: Sequence[msgspec.Struct]) -> None:
        heard.extend(record.sku for record in records if isinstance(record, StockLevel))

    def fail(records: Sequence[msgspec.Struct]) -> None:
        raise Crash(f"{len(records)} records")

    planner, report = await desk.plan([line("A", 1)], on_taken=fail)
    with pytest.raises(Crash):
        await desk.apply(planner, report)
    assert desk.known("A|001") == []
    await desk.carry([line("A", 1), line("B", 1)], on_taken=listen)
    assert heard == ["A", "B"]


async def test_what_agrees_is_known_and_nobody_is_asked(desk: Desk) -> None:
    """It leaves the quarantine like what was sent; who wants to hear of every record hears of it."""
    await desk.carry([line("A", "many"), line("B", 1)])
    assert desk.put_aside() == {"A|001": "not_a_number"}
    desk.shelf.put(level("A", 5))
    desk.shelf.put(level("B", 7))
    told: list[Progress] = []
    report = await desk.carry([line("A", 5), line("B", 7), line("C", 1)], watch=told.append)
    assert (report.unchanged, report.created, report.pending) == (2, 1, 0)
    assert desk.known("A|001", "B|001", "C|001") == ["A|001", "B|001", "C|001"]
    assert desk.put_aside() == {}
    assert [(one.done, one.total) for one in told if one.phase == "apply"] == [(2, 3), (1, 1)]
    wanted = desk.ledger.wanted.get("stock", ["A|001", "B|001"])
    assert [one.run_id for one in wanted.values()] == [desk.job.run_id] * 2
    heard: list[str] = []
    desk.shelf.put(level("A", 6))
    await desk.carry([line("A", 6)], on_taken=lambda records: heard.extend(one.sku for one in records))
    assert heard == ["A"]
    assert (await desk.carry([line("A", 6), line("B", 7)])).mapped == 0


async def test_a_run_that_dies_between_two_pages_of_what_agrees_is_run_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is known whole or not at all, and the next run looks at the rest alone."""
    monkeypatch.setattr("passerelle.sync.agreeing.PAGE", 2)
    values = [line(f"S{number}", number) for number in range(5)]
    for number in range(5):
        desk.shelf.put(level(f"S{number}", number))

    def die(progress: Progress) -> None:
        if progress.phase == "apply" and progress.done == 4:
            raise Crash("between two pages")

    planner, report = await desk.plan(values, watch=die)
    with pytest.raises(Crash):
        await desk.apply(planner, report)
    assert desk.known(*(f"S{number}|001" for number in range(5))) == [f"S{number}|001" for number in range(4)]
    report = await desk.carry(values)
    assert (report.mapped, report.unchanged, report.pending) == (1, 5, 0)


async def test_progress_tells_how_far_applying_is(desk: Desk) -> None:
    """The last word of the phase says that all was done."""
    told: list[Progress] = []
    await desk.carry([line(f"S{number}", 1) for number in range(5)], watch=told.append)
    last = [progress for progress in told if progress.phase == "apply"][-1]
    assert (last.done, last.total) == (5, 5)


async def test_parents_go_first_whatever_their_place_in_the_file(tree_desk: Desk) -> None:
    """A shop that refuses a child without its parent gets every parent first."""
    values = [category("3", "2"), category("4", "3"), category("2", "1"), category("1", None)]
    report = await tree_desk.carry(values)
    assert (report.created, report.quarantined) == (4, 0)
    assert tree_desk.shelf.log == ["cat-1", "cat-2", "cat-3", "cat-4"]


async def test_a_parent_that_is_in_the_shop_already_is_not_waited_for(tree_desk: Desk) -> None:
    """Only records of the same plan order each other."""
    await tree_desk.carry([category("1", None)])
    report = await tree_desk.carry([category("2", "1"), category("1", None, "Autre nom")])
    assert (report.created, report.updated) == (1, 1)


async def test_the_children_of_a_refused_parent_wait_for_it(tree_desk: Desk) -> None:
    """The parent is refused: its branch waits for it, the others are carried; mended, all are."""
    sink = Flaky(tree_desk.shelf, Trouble.REFUSED, every=1, keys={"cat-1"})
    values = [category("2", "1"), category("1", None), category("9", None)]
    report = await tree_desk.carry(values, sink=sink)
    assert (report.created, report.quarantined, report.parked) == (1, 1, 1)
    assert tree_desk.put_aside() == {"1": "refused"}
    assert tree_desk.waiting() == {"2": ("cat-1",)}
    await tree_desk.carry([category("1", None)])
    assert (await tree_desk.take_up()).created == 1
    assert (tree_desk.put_aside(), tree_desk.waiting()) == ({}, {})


@pytest.mark.parametrize("values", [
    [category("1", "2"), category("2", "3"), category("3", "1"), category("9", None)],
    [category("1", "1"), category("9", None)],
])  # fmt: skip
async def test_a_cycle_is_refused_by_its_name(tree_desk: Desk, values: list[dict[str, str]]) -> None:
    """Records that are each other's parents: nothing is sent, and the message names the ring."""
    planner, report = await tree_desk.plan(values)
    with pytest.raises(Fatal, match=r"each other's parents: cat-\d → .*cat-\d"):
        await tree_desk.apply(planner, report)
    assert tree_desk.shelf.log == []
    assert counted(report) == report.pending == len(values)


TREES = st.integers(1, 12).flatmap(
    lambda size: st.tuples(
        st.tuples(*(st.integers(-1, number - 1) for number in range(size))),
        st.permutations(range(size)),
    )
)


@settings(max_examples=40, deadline=None)
@given(tree=TREES)
async def test_any_tree_in_any_order_is_carried(
    tmp_path_factory: pytest.TempPathFactory, tree: tuple[tuple[int, ...], list[int]]
) -> None:
    """However the file shuffles a tree, no child is sent before its parent."""
    parents, order = tree
    with open_ledger(tmp_path_factory.mktemp("tree") / "ledger.db") as ledger:
        desk = Desk(ledger, mapping_of("categories-fr"), category_shelf())
        names = [None if parent < 0 else f"{parent:02d}" for parent in parents]
        report = await desk.carry([category(f"{number:02d}", names[number]) for number in order])
        assert (report.created, report.quarantined) == (len(parents), 0)


@settings(max_examples=60, deadline=None)
@given(
    every=st.integers(1, 7),
    trouble=st.sampled_from([
        Trouble.CONFLICT, Trouble.LOST, Trouble.RETRIABLE, Trouble.REFUSED, Trouble.REFERENCE_MISSING,
    ]),
    held=st.dictionaries(st.integers(0, 15), st.integers(0, 1)),
    concurrency=st.integers(1, 5),
)  # fmt: skip
async def test_any_dial_and_then_none_ends_in_the_same_shop(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    every: int,
    trouble: Trouble,
    held: dict[int, int],
    concurrency: int,
) -> None:
    """However calls fail, what the ledger knows is in the shop, and a quiet run afterwards completes it."""
    values = [line(f"S{number:02d}", number % 2) for number in range(16)]
    keys = [f"S{number:02d}|001" for number in range(16)]
    with open_ledger(tmp_path_factory.mktemp("dial") / "ledger.db") as ledger:
        desk = Desk(ledger)
        desk.shelf.concurrency = concurrency
        for number, quantity in held.items():
            desk.shelf.put(level(f"S{number:02d}", quantity))
        report = await desk.carry(values, sink=Flaky(desk.shelf, trouble, every=every))
        assert counted(report) == 16
        held_now = desk.shelf.contents()
        for key in desk.known(*keys):
            sku = key.split("|")[0]
            assert held_now[f"{sku}/depot-001"]["quantity"] == int(sku[1:]) % 2
        quiet = await desk.carry(values)
        assert quiet.quarantined == quiet.failed == quiet.mismatched == 0
        assert [body["quantity"] for body in desk.shelf.contents().values()] == [0, 1] * 8
        assert desk.known(*keys) == keys
        assert desk.put_aside() == {}
        assert len(ledger.bindings.get("shelf", "stock", keys)) == 16


async def test_a_cancelled_run_notes_what_was_taken(desk: Desk) -> None:
    """A stop in the middle is no loss: what the shop took is known."""
    values = [line(f"S{number:02d}", 1) for number in range(40)]
    enough = asyncio.Event()

    class Watched(Shelf[StockLevel]):
        async def apply(self, change: Change) -> Applied:
            if len(self.log) == 7:
                enough.set()
            return await super().apply(change)

    desk.shelf = Watched(StockLevel, key=stock_key, concurrency=1)
    planner, report = await desk.plan(values)
    task = asyncio.create_task(desk.apply(planner, report))
    await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    known = desk.known(*(f"{value['SKU']}|001" for value in values))
    assert 6 <= len(known) <= len(desk.shelf.log) < 40
    assert report.created == len(known)

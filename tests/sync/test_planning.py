from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import Refused, Retriable
from passerelle.formats.batches import GivenRows
from passerelle.mapping import Mapping, load_mapping
from passerelle.records import StockLevel
from passerelle.sync import Progress
from passerelle.testing import Flaky, Shelf, Trouble

from .desk import Desk, counted, level, line, open_ledger, rows, stock_key, stock_shelf


async def test_the_cheapest_question_is_asked_first(desk: Desk) -> None:
    """Known raw values: no mapping and no call. Another spelling of the same: mapped, and no call."""
    await desk.carry([line("A", 3), line("B", 0)])
    reads, writes = desk.shelf.reads, len(desk.shelf.log)
    again = await desk.carry([line("A", 3), line("B", 0)])
    spelt = await desk.carry([line("A", "3"), line("B", "0,0")])
    spelt_again = await desk.carry([line("A", "3"), line("B", "0,0")])
    assert (again.mapped, spelt.mapped, spelt_again.mapped) == (0, 2, 0)
    assert [report.unchanged for report in (again, spelt, spelt_again)] == [2, 2, 2]
    assert (desk.shelf.reads, len(desk.shelf.log)) == (reads, writes)


async def test_a_record_that_the_shop_has_already_is_not_sent(desk: Desk) -> None:
    """The ledger is empty, the shop is not: what agrees is read, bound, known from then on, and not sent."""
    desk.shelf.put(level("A", 3))
    report = await desk.carry([line("A", 3), line("B", 1)])
    assert (report.unchanged, report.created) == (1, 1)
    assert desk.shelf.log == ["B/depot-001"]
    assert desk.known("A|001", "B|001") == ["A|001", "B|001"]
    assert set(desk.ledger.bindings.get("shelf", "stock", ["A|001", "B|001"])) == {"A|001", "B|001"}


async def test_planning_writes_to_no_shop_and_makes_nothing_known(desk: Desk) -> None:
    """A plan that is never applied leaves no record known, also none that the shop agreed with."""
    desk.shelf.put(level("A", 3))
    planner, report = await desk.plan([line("A", 3), line("B", 1)])
    assert (planner.spooled, planner.planned, report.pending, report.unchanged) == (2, 1, 1, 1)
    assert desk.shelf.log == []
    assert desk.known("A|001", "B|001") == []


async def test_every_fault_of_a_record_is_put_aside_and_the_others_go_on(desk: Desk) -> None:
    """A line without key, one with an unknown depot, one with no number: each in quarantine, by its cause."""
    values = [line("", 1), line("A", 1, "999"), line("B", "x"), line("C", 4)]
    report = await desk.carry(values)
    assert (report.received, report.quarantined, report.created) == (4, 3, 1)
    assert {row.code for row in report.rejects} == {"empty_value", "unknown_code", "not_a_number"}
    assert set(desk.put_aside()) == {None, "A|999", "B|001"}
    assert desk.shelf.contents() == {
        "C/depot-001": {"sku": "C", "quantity": 4, "supply_channel": "depot-001"}
    }


async def test_a_mended_record_leaves_the_quarantine(desk: Desk) -> None:
    """Carried under the same key, or found equal in the shop: the entry is closed."""
    desk.shelf.put(level("B", 2))
    await desk.carry([line("A", "x"), line("B", "y")])
    assert set(desk.put_aside()) == {"A|001", "B|001"}
    await desk.carry([line("A", 1), line("B", 2)])
    assert desk.put_aside() == {}


async def test_a_record_that_completes_nothing_waits(desk: Desk) -> None:
    """A feed that only completes: what the shop lacks waits until it is there, what it has is completed."""
    desk.shelf = stock_shelf(creates=False)
    desk.shelf.put(level("A", 1))
    report = await desk.carry([line("A", 2), line("B", 2)])
    assert (report.updated, report.parked, report.quarantined) == (1, 1, 0)
    assert set(desk.waiting()) == {"B|001"}
    assert desk.known("A|001", "B|001") == ["A|001"]


async def test_an_error_of_the_shop_ends_planning_and_leaves_nothing_under_way(desk: Desk) -> None:
    """The shop cannot be read: the error passes through as it is, and no task is left behind."""
    sink = Flaky(desk.shelf, Trouble.RETRIABLE, at={2}, on_read=True)
    with pytest.raises(Retriable, match="503"):
        await desk.plan([line(f"S{n}", n) for n in range(10)], sink=sink, batch=2)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_refused_file_ends_planning_and_leaves_nothing_under_way(desk: Desk) -> None:
    """The rows end in an error: what was being compared is dropped with it."""

    def cut() -> Any:
        yield from (line(f"S{n}", n) for n in range(5))
        raise Refused("cut short")

    with pytest.raises(Refused, match="cut short"):
        await desk.plan(cut(), batch=2)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_same_file_gives_the_same_plan(desk: Desk) -> None:
    """The digest that a person approves depends on file, mapping and shop alone, not on the batches."""
    values = [line(f"S{n % 7}", n) for n in range(20)]
    digests = set()
    for batch in (1, 3, 1000):
        await desk.plan(values, batch=batch)
        digests.add(desk.ledger.plans.digest(desk.job.run_id))
    assert len(digests) == 1


async def test_changes_are_shown_up_to_a_limit_and_counted_beyond(desk: Desk) -> None:
    """The report shows the first changes and counts all of them, by field."""
    report = await desk.carry([line(f"S{n}", n) for n in range(9)], shown=4)
    assert len(report.changes) == 4
    assert report.fields == {"sku": 9, "quantity": 9, "supply_channel": 9}


async def test_what_one_member_of_a_list_changes_is_counted_under_the_list(desk: Desk) -> None:
    """`variants[SKU].colour` counts as `variants.colour`: one row a field in the report, not one a record."""

    class Deep(Shelf[StockLevel]):
        def plan(self, record: StockLevel, live: Any) -> Any:
            change = super().plan(record, live)
            assert change is not None
            first = change.fields[0]
            named = type(first)(f"variants[{record.sku}].colour", first.old, first.new)
            return type(change)(key=change.key, kind=change.kind, fields=(named,), body=change.body)

    sink = Deep(StockLevel, key=stock_key)
    _, report = await desk.plan([line("A", 1), line("B", 2)], sink=sink)
    assert report.fields == {"variants.colour": 2}
    assert [change.field for change in report.changes] == ["variants[A].colour", "variants[B].colour"]


async def test_progress_tells_how_far_planning_is(desk: Desk) -> None:
    """One word a batch, with the records read so far."""
    told: list[Progress] = []
    await desk.plan([line(f"S{n}", n) for n in range(5)], batch=2, watch=told.append)
    assert [(progress.phase, progress.done) for progress in told] == [("plan", 2), ("plan", 4), ("plan", 5)]


async def test_the_guard_is_told_what_the_shop_would_lose(desk: Desk) -> None:
    """Levels above zero that would be zero; what is new, or zero already, is none."""
    await desk.carry([line("A", 5), line("B", 0), line("C", 2)])
    planner, _ = await desk.plan([line("A", 0), line("B", 0), line("C", 1), line("D", 0)])
    assert planner.seen.zeroed == 1


async def test_versions_that_are_dropped_harm_nobody(desk: Desk) -> None:
    """A level that goes to zero in one line and is right in a later one is no zero for the guard."""
    await desk.carry([line("A", 5)])
    planner, report = await desk.plan([line("A", 0), line("A", 7)], careful=True, batch=1)
    assert planner.seen.zeroed == 0
    assert [(row.old, row.new) for row in report.changes] == [("5", "7")]
    assert report.fields == {"quantity": 1}


async def test_a_run_of_some_skus_touches_these_and_speaks_of_no_other(desk: Desk) -> None:
    """Faults, repetitions and absences of other records are no business of such a run."""
    await desk.carry([line("A", 1), line("B", 1), line("C", 1)])
    values = [line("A", 2), line("B", 2), line("B", 3), line("C", "x"), line("", 1), line("D", "?")]
    asked = frozenset({"A", "D"})
    planner, report = await desk.plan(values, full=True, skus=asked, recheck=True)
    await desk.apply(planner, report)
    assert (report.received, report.updated, report.quarantined) == (2, 1, 1)
    assert counted(report) == 2
    assert desk.put_aside() == {"D|001": "not_a_number"}
    assert not planner.seen.full
    assert planner.seen.absent == 0
    assert {key: body["quantity"] for key, body in desk.shelf.contents().items()} == {
        "A/depot-001": 2,
        "B/depot-001": 1,
        "C/depot-001": 1,
    }


async def test_a_recheck_compares_what_the_ledger_knows(desk: Desk) -> None:
    """The ledger says that the shop has it, the shop says otherwise: a recheck sends it again."""
    await desk.carry([line("A", 1), line("B", 1)])
    desk.shelf.put(level("A", 9))
    assert (await desk.carry([line("A", 1), line("B", 1)])).unchanged == 2
    report = await desk.carry([line("A", 1), line("B", 1)], recheck=True)
    assert (report.updated, report.unchanged) == (1, 1)
    assert desk.shelf.contents()["A/depot-001"]["quantity"] == 1


async def test_what_is_read_of_the_header_is_part_of_the_record(tmp_path: Path) -> None:
    """The same line under another header may mean another record; what is not read of it means nothing."""
    path = tmp_path / "stock.yaml"
    path.write_text(
        """
feed: stock
entity: stock
files: {folder: out, pattern: "S_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/L, header: /F/ENTETE}}
key: SKU
fields:
  - {to: sku, from: SKU, required: true}
  - {to: quantity, from: QTE, as: integer}
  - {to: restockable_in_days, from: /ENTETE/DELAI, as: integer}
""",
        encoding="utf-8",
    )
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    with open_ledger(tmp_path / "ledger.db") as ledger:
        desk = Desk(ledger, mapping)
        lines = [{"SKU": "A", "QTE": "1"}]
        first = await desk.carry(lines, header={"DELAI": "3", "SEQUENCE": "1"})
        same = await desk.carry(lines, header={"DELAI": "3", "SEQUENCE": "2"})
        other = await desk.carry(lines, header={"DELAI": "4", "SEQUENCE": "3"})
    assert [(report.created, report.updated, report.mapped) for report in (first, same, other)] == [
        (1, 0, 1),
        (0, 0, 0),
        (0, 1, 1),
    ]


SKUS = ("A", "B", "C", "D")
QUANTITIES = st.sampled_from([0, 1, 2, "x", "2", ""])
LINES = st.lists(
    st.builds(
        line,
        st.sampled_from([*SKUS, ""]),
        QUANTITIES,
        st.sampled_from(["001", "001", "999"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(
    known=LINES,
    values=LINES,
    held=st.dictionaries(st.sampled_from(SKUS), st.integers(0, 2)),
    batch=st.integers(1, 5),
    careful=st.booleans(),
    refused=st.integers(0, 3),
)
async def test_a_record_is_in_exactly_one_count(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    known: list[dict[str, str]],
    values: list[dict[str, str]],
    held: dict[str, int],
    batch: int,
    careful: bool,
    refused: int,
) -> None:
    """Whatever is known, repeated, faulty or refused: the counts add up to what was received, all along."""
    folder = tmp_path_factory.mktemp("counts")
    with open_ledger(Path(folder) / "ledger.db") as ledger:
        desk = Desk(ledger)
        for sku, quantity in held.items():
            desk.shelf.put(level(sku, quantity))
        first = await desk.carry(known, batch=batch)
        sink = Flaky(desk.shelf, Trouble.REFUSED, every=refused)
        planner, report = await desk.plan(values, batch=batch, careful=careful, sink=sink)
        assert counted(first) == first.received == len(known)
        assert counted(report) == report.received == len(values)
        assert report.pending == planner.planned
        await desk.apply(planner, report)
        assert counted(report) == len(values)
        assert report.pending == 0


@settings(max_examples=40, deadline=None)
@given(
    known=LINES,
    values=st.lists(
        st.builds(
            line,
            st.sampled_from([f"S{n}" for n in range(30)] + [""]),
            QUANTITIES,
            st.sampled_from(["001", "001", "999"]),
        ),
        max_size=20,
        unique_by=lambda value: (value["SKU"], value["DEPOT"]) if value["SKU"] else value["QTE_PHYSIQUE"],
    ),
    batch=st.integers(1, 7),
)
async def test_batches_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    known: list[dict[str, str]],
    values: list[dict[str, str]],
    batch: int,
) -> None:
    """However a file is cut into batches: the same plan, the same quarantine, the same counts."""
    seen = []
    for size in (batch, 1000):
        with open_ledger(tmp_path_factory.mktemp("batches") / "ledger.db") as ledger:
            desk = Desk(ledger)
            await desk.carry(known)
            planner, report = await desk.plan(values, batch=size)
            seen.append(
                (
                    [item._replace(seq=0) for item in ledger.plans.stream(desk.job.run_id)],
                    sorted(str(entry.raw) for entry in ledger.quarantine.entries(desk.mapping.feed)),
                    sorted(row.code for row in report.rejects),
                    (report.unchanged, report.quarantined, report.pending, report.mapped),
                    (planner.seen.received, planner.seen.rejected, planner.repeated),
                )
            )
    assert seen[0] == seen[1]


async def test_nothing_of_a_batch_is_held_while_the_next_is_read(desk: Desk) -> None:
    """A batch is gone before the next is made, whatever in it is news: both in turn take the same memory."""
    known = [line(f"S{number:02d}", 1) for number in range(20)]
    await desk.carry(known)
    asked = 0

    class Parcels:
        def batches(self, size: int = 1000, texts: Sequence[str] = ()) -> Iterator[GivenRows]:  # noqa: ARG002 - the Protocol's signature
            nonlocal asked
            for start in range(0, len(given_rows), size):
                parcel = [GivenRows(given_rows[start : start + size])]
                batch = weakref.ref(parcel[0])
                yield parcel.pop()
                assert batch() is None
                asked += 1

    given_rows = rows([*known[:9], line("S09", 7), *known[10:18], line("N1", 1), line("N2", 1)])
    _, report = await desk.plan(Parcels(), batch=5)
    assert asked == 4
    assert (report.unchanged, report.pending) == (17, 3)

"""How a plan is divided, and how what became of its parts is put together again."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import Retriable
from passerelle.feeds.parts import divided, part_of
from passerelle.feeds.parts_beating import beating
from passerelle.ledger import LeaseLost
from passerelle.sync import Change, FieldChange, RunReport
from passerelle.sync.parts_sample import DrawnRow, PartSample, gathered
from passerelle.sync.report import RejectRow
from passerelle.sync.sampling import Sample
from passerelle.sync.tallies import add, taken_off
from tests.waiting import until

from .small_job import job_of

Key = st.text(min_size=1, max_size=8)


@given(keys=st.lists(Key, unique=True, max_size=60), parts=st.integers(1, 9))
def test_every_record_is_in_one_part(keys: list[str], parts: int) -> None:
    """Each place of the plan is in exactly one part, in the plan's order; there are as many as asked for."""
    shares = divided(((seq, key, b"{}") for seq, key in enumerate(keys, 1)), parts)
    assert sorted(seq for share in shares for seq in share) == list(range(1, len(keys) + 1))
    assert all(share == sorted(share) for share in shares)
    assert len(shares) <= parts


@given(sku=Key, keys=st.lists(Key, min_size=2, max_size=9, unique=True), parts=st.integers(1, 9))
def test_all_of_a_sku_is_in_one_part(sku: str, keys: list[str], parts: int) -> None:
    """Prices of one SKU, and its stock at all places, are one process's."""
    record = msgspec.json.encode({"sku": sku, "value": 3})
    assert len({part_of(key, record, parts) for key in keys}) == 1


def test_a_key_is_in_the_same_part_everywhere() -> None:
    """The hash is no process's own, as Python's is, and uses all parts."""
    # XXH3 (64 bits) of nothing, as its specification gives it.
    assert part_of("", b"", 1_000_003) == 0x2D06800538D394C2 % 1_000_003
    assert {part_of(f"A{number}", b"{}", 8) for number in range(200)} == set(range(8))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["created", "updated", "failed", "quarantined", "foreign", "calls"]),
            st.integers(1, 5),
            st.sampled_from(["", "refused", "not_taken"]),
        ),
        max_size=30,
    ),
    st.integers(1, 4),
)
def test_tallies_add_up_to_one_report(events: list[tuple[str, int, str]], parts: int) -> None:
    """Numbers and rejects of any number of processes, added up, are those of one."""
    whole, total = _report(), _report()
    mine = [_report() for _ in range(parts)]
    starts = [copy.deepcopy(one) for one in mine]
    for place, (name, count, code) in enumerate(events):
        for report in (whole, mine[place % parts]):
            setattr(report, name, getattr(report, name) + count)
            report.pending -= count
            if code:
                report.reject(code, "an example", "advice")
        tally = taken_off(mine[place % parts], starts[place % parts])
        assert mine[place % parts] == starts[place % parts]
        # As it goes through the ledger.
        add(total, msgspec.json.decode(msgspec.json.encode(tally), type=type(tally)), shown=10)
    assert {row.code: row for row in total.rejects} == {row.code: row for row in whole.rejects}
    for name in ("created", "updated", "failed", "quarantined", "foreign", "calls", "pending"):
        assert getattr(total, name) == getattr(whole, name)


def _report() -> RunReport:
    return RunReport(feed="stock", entity="stock", run_id="r")


def test_one_note_is_told_once() -> None:
    """Several processes may say the same of a run; a cause keeps one example."""
    total, mine = _report(), _report()
    start = copy.deepcopy(mine)
    for _ in range(2):
        mine.notes.append("the shop is slow")
        mine.reject("refused", "K1", "", 2)
        add(total, taken_off(mine, start), shown=10)
    assert total.notes == ["the shop is slow"]
    assert total.rejects == [RejectRow("refused", 4, "K1", "")]


class _Record(msgspec.Struct, frozen=True):
    key: str


class _Plans:
    """The plan that a sample is read from again."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = list(items)

    def stream(self, _run: str) -> list[Any]:
        """All items."""
        return self._items

    def read(self, _run: str, *, after: int, limit: int) -> list[Any]:
        """Some of them."""
        return [item for item in self._items if item.seq > after][:limit]


@pytest.mark.parametrize("every", [False, True])
def test_several_processes_draw_the_sample_of_one(job: Any, every: bool) -> None:  # noqa: FBT001 - a parameter
    """Whoever sent a record, the same records are read back, by risk and then by their keys."""
    dice = random.Random(7)  # noqa: S311 - records, no secrets
    job = replace(job, verify_sample=10, verify_all=every)
    one: Sample[_Record] = Sample(job)
    several: list[PartSample[_Record]] = [PartSample(job) for _ in range(3)]
    rows: list[DrawnRow] = []
    other: dict[str, msgspec.Raw | None] = {}
    for item in job.ledger.plans.stream(job.run_id):
        change = msgspec.json.decode(item.change, type=Change)
        planned = msgspec.json.decode(item.record, type=_Record)
        carried = _Record(planned.key + "'") if dice.random() < 0.2 else planned
        mine = dice.choice(several)
        mine.seqs[item.key] = item.seq
        for sample in (one, mine):
            if item.seq % 11:
                sample.offer(item.key, carried, change, planned)
            else:
                sample.leave_out(item.key)
        if item.seq % 25 == 0:
            for part in several:
                told = part.told()
                rows += told[0]
                other |= told[1]
    for part in several:
        told = part.told()
        rows += told[0]
        other |= told[1]
    assert list(gathered(job, rows, other if every else {})) == list(one)
    assert len(list(one)) == (200 - 200 // 11 if every else 10)


@pytest.fixture
def job() -> Any:
    """A job of 200 planned records, as far as a sample looks at it."""
    changes = [
        Change(
            key=f"K{seq:03d}",
            kind="create" if seq % 3 == 0 else "update",
            fields=(FieldChange("quantity", seq, 0 if seq % 5 == 0 else seq + 1),),
        )
        for seq in range(1, 201)
    ]
    return job_of(changes, _Record, _Plans)


def test_a_beat_that_cannot_be_made_is_tried_again() -> None:
    """A heart outlives a ledger that is away, and knows when its lease went to somebody else."""
    answers = iter([None, Retriable("away"), None, LeaseLost("gone")])

    def beat() -> None:
        answer = next(answers)
        if answer is not None:
            raise answer

    with beating(beat, 0.03) as heart:
        until(lambda: heart.lost is not None)
    assert str(heart.lost).startswith("gone")

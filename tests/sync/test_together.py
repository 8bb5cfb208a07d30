"""Together: what lets each other pass is in one page, and a plan that is taken up later tears nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import PlanItem
from passerelle.records import StockLevel
from passerelle.sync import Change
from passerelle.sync.together import Together
from passerelle.testing import Shelf

from .desk import Desk, level, open_ledger, stock_key


class Narrow(Shelf[StockLevel]):
    """A shop where a SKU whose quantity falls to nothing somewhere is sent with all its depots."""

    def __init__(self) -> None:
        super().__init__(StockLevel, key=stock_key, entity="stock")

    def interlocks(self, change: Change) -> bool:
        """Say whether a change needs others of its SKU."""
        return change.kind == "update"

    def group(self, record: StockLevel) -> str:
        """Name its SKU."""
        return record.sku


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with such a shop, and a job of it."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        yield Desk(ledger, shelf=Narrow())


def item(seq: int, sku: str, kind: str) -> PlanItem:
    """One item of a plan; `same` changes nothing."""
    change = Change(key=sku, kind="update" if kind == "update" else "create", fields=())
    body = None if kind == "same" else msgspec.json.encode(change)
    return PlanItem(seq, f"{sku}-{seq}", b"", None, kind, msgspec.json.encode(level(sku, seq)), body)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["update", "create", "same"])), max_size=14),
    st.integers(1, 4),
    st.integers(0, 5),
)
async def test_no_page_tears_a_group(desk: Desk, said: list[tuple[str, str]], size: int, sent: int) -> None:
    """Each change is in one page; a group that interlocks is in one, also behind pages that were sent before.

    The last item of a page is the last of its own, by which its place is noted.
    """
    await desk.plan([])
    job, plans = desk.job, desk.ledger.plans
    items = [item(seq, sku, kind) for seq, (sku, kind) in enumerate(said, 1)]
    plans.spool(job.run_id, items)
    changes = [one for one in items if one.change is not None]
    pages = list(Together(job, job.run_id).pages(changes, size))
    assert sorted(one.seq for page in pages for one in page) == [one.seq for one in changes]
    assert [page[-1].seq for page in pages] == sorted(page[-1].seq for page in pages)
    for sku in {sku for sku, kind in said if kind == "update"}:
        assert sum(any(one.key.startswith(sku) for one in page) for page in pages) == 1
    # Taken up by another process: it knows the place of the last page, and what was done.
    done = {one.seq for page in pages[:sent] for one in page}
    past = max((page[-1].seq for page in pages[:sent]), default=0)
    rest = Together(job, job.run_id).pages([one for one in changes if one.seq > past], size, done=done)
    again = {one.seq for page in rest for one in page}
    assert {one.seq for page in pages[sent:] for one in page} <= again
    assert again - done == {one.seq for one in changes} - done
    plans.drop(job.run_id)


async def test_a_sink_of_which_nothing_interlocks_has_plain_pages(desk: Desk) -> None:
    """They are read once, in the order of the plan."""
    desk.shelf = Shelf(StockLevel, key=stock_key, entity="stock")
    await desk.plan([])
    items = [item(seq, "A", "update") for seq in range(1, 6)]
    desk.ledger.plans.spool(desk.job.run_id, items)
    pages = list(Together(desk.job, desk.job.run_id).pages(items, 2))
    assert pages == [items[:2], items[2:4], items[4:]]

"""A backfill as people see it: what each batch asked of the shop, in the language of who reads."""

from __future__ import annotations

import datetime as dt

import pytest
from rich.console import Console

from passerelle.cli.backfill_views import backfill_view
from passerelle.cli.sheets import terminal
from passerelle.ledger import Backfill, BackfillBatch

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
ONE = Backfill(
    id=7, feed="stock", asked={"feed": "stock", "skus": ["A"]}, asked_by="ann", token=None, state="done",
    wish="", plan_id=None, planned_since=None, total=3, done=3, outcome="succeeded", message="", asked_at=NOW,
    changed_at=NOW, finished_at=NOW,
)  # fmt: skip


def batch(number: int, counts: dict[str, int]) -> BackfillBatch:
    """A batch that was carried to its end."""
    return BackfillBatch(
        backfill_id=7, number=number, plan_id=1, rank=0, last_seq=number, records=2, run_id="r",
        started_at=NOW, finished_at=NOW, counts=counts,
    )  # fmt: skip


def shown(batches: list[BackfillBatch], lang: str) -> list[list[str]]:
    """The words of each line."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(terminal(backfill_view(ONE, batches, "fr" if lang == "fr" else "en", alive=False)))
    return [line.split() for line in captured.get().splitlines()]


@pytest.mark.parametrize(
    ("lang", "reads", "writes"), [("en", "reads", "writes"), ("fr", "lectures", "écritures")]
)
def test_reads_and_writes_of_a_batch_are_shown(lang: str, reads: str, writes: str) -> None:
    """Each in its column; of a batch of an older version they are not known, which is not 0."""
    new = {"created": 0, "updated": 2, "unchanged": 0, "calls": 5, "reads": 3, "writes": 2}
    old = {"created": 0, "updated": 2, "unchanged": 0, "calls": 0}
    lines = shown([batch(1, old), batch(2, new)], lang)
    [head] = [line for line in lines if reads in line]
    assert head[-3:-1] == [reads, writes]
    assert ["1", "2", "0", "2", "0", "0.0"] in lines
    assert ["2", "2", "0", "2", "0", "3", "2", "0.0"] in lines

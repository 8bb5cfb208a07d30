"""A large feed, carried by one process and by three: the same end, and how much sooner."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from subprocess import Popen

import pytest
from rich.console import Console

from .conftest import MakeYard
from .yard import COUNTS, Yard, dismiss, levels

#: `PASSERELLE_PARTS_RECORDS=200000 make parts` is the feed at its full size: a quarter of an hour.
RECORDS = int(os.environ.get("PASSERELLE_PARTS_RECORDS", "1500"))
LATENCY_MS = 50
PARTS, HELPERS = 12, 2
#: Seconds for each thousand records and once, before something must be wrong.
_PATIENCE = 60 + RECORDS / 1000 * 10


@pytest.mark.slow
@pytest.mark.timeout(int(4 * _PATIENCE))
def test_a_large_feed_ends_as_by_one_process(
    yards: MakeYard, postgresql: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Created, then changed, by three processes and one PostgreSQL: shop and ledger are as by one process.

    How long both took, and their ratio, is printed: what machines do is measured, not tested.
    """
    told: list[str] = []
    alone, together = yards(postgresql(), connections=20), yards(postgresql(), connections=20)
    for yard in (alone, together):
        asyncio.run(yard.set_up())
    workers = [together.start_worker() for _ in range(HELPERS)]
    alone.shop.control("POST", "/latency", {"ms": LATENCY_MS})
    for sequence, name in enumerate(("created", "updated"), 1):
        one = _seconds(alone, sequence)
        several = _seconds(together, sequence, parts=PARTS, helped_by=workers if sequence == 1 else ())
        assert one[1] == several[1]
        assert one[1][name] == RECORDS
        told.append(
            f"{name}: one process {one[0]:.1f} s, three {several[0]:.1f} s, {several[0] / one[0]:.2f}"
        )
    alone.shop.control("POST", "/latency", {"ms": 0})
    dismiss(workers)
    assert together.dump() == alone.dump()
    assert together.memory() == alone.memory()
    assert together.images() == alone.images()
    with capsys.disabled():
        Console().print(f"\n{RECORDS:,} records, {LATENCY_MS} ms a call; {'; '.join(told)}")


def _seconds(
    yard: Yard, sequence: int, *, parts: int = 1, helped_by: Sequence[Popen[str]] = ()
) -> tuple[float, dict[str, int]]:
    """Drop the next file and carry it: the seconds of the whole run, and what it counted.

    Of those who are named each gets a part: a second or two of slowness at the beginning.
    """
    yard.drop("levels", sequence, levels(RECORDS, 4 + sequence))
    begun = time.perf_counter()
    words = ["run", "levels", *(["--parts", str(parts)] if parts > 1 else []), "--json"]
    run = (
        yard.start_helped(*words, by=helped_by, latency=LATENCY_MS, within=_PATIENCE)
        if helped_by
        else yard.start(*words)
    )
    report = yard.report(run, within=2 * _PATIENCE)
    taken = time.perf_counter() - begun
    assert report["outcome"] == "succeeded", report
    return taken, {name: report[name] for name in COUNTS}

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.testing import Crash
from tests.sync.desk import level, line

from ..house import House
from .crashing import Death


async def scene(home: Path) -> House:
    """A full is known, the shop was touched by hand; a second full and a delta wait, with every difficulty.

    New, changed, unchanged, absent and faulty records, two versions of a known and of a new record, a record
    that the shop holds already, one that left and comes back, one that left for good.
    """
    house = House(home, batch=2)
    house.drop(1, [line(sku, 1) for sku in "ABCDEFGHZ"], mode="C")
    await house.run()
    house.shelf.put(level("B", 9))
    house.shelf.put(level("N", 4))
    second = [line(sku, 1) for sku in "ADEFG"]
    versions = [line("C", 2), line("X", 1), line("C", 3), line("X", 2), line("D", 1)]
    house.drop(2, [*second, *versions, line("B", 2), line("N", 4), line("Q", "?")], mode="C")
    house.drop(3, [line("H", 7), line("Q", 1), line("A", 0), line("Y", 1)])
    return house


async def die(house: House, at: int | None, monkeypatch: pytest.MonkeyPatch) -> Death:
    """Run once and die at that moment; the shop's answer can be lost like any other."""
    death = Death(at)
    with death.upon(monkeypatch), monkeypatch.context() as patch:
        patch.setattr(house.shelf, "apply", death.acting_later(house.shelf.apply))
        try:
            await house.run()
        except Crash:
            assert death.dead
    return death


@pytest.mark.slow
async def test_a_crash_at_any_moment_is_made_good_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the process dies: one more run, and shop, ledger and folders are as if it had never died.

    Nothing is sent twice either: what was sent before is read and found equal.
    """
    begun = await scene(tmp_path / "begun")
    calm = begun.twin(tmp_path / "calm")
    moments = (await die(calm, None, monkeypatch)).moments
    expected = calm.state()
    assert calm.quantities == {
        "A": 0, "B": 2, "C": 3, "D": 1, "E": 1, "F": 1, "G": 1, "H": 7, "N": 4, "Q": 1, "X": 2, "Y": 1,
        "Z": 1,
    }  # fmt: skip
    assert moments > 60
    for at in range(1, moments + 1):
        house = begun.twin(tmp_path / f"{at}")
        death = await die(house, at, monkeypatch)
        assert death.dead, at
        await house.run()
        assert house.state() == expected, f"moment {at} of {moments}"
        await house.run()
        assert house.state() == expected, f"moment {at} of {moments}, a third run"


@pytest.mark.slow
async def test_a_run_that_dies_again_and_again_gets_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run lives a little longer than the one before: the end is the same."""
    house = await scene(tmp_path / "dying")
    calm = house.twin(tmp_path / "calm")
    await calm.run()
    expected: dict[str, Any] = calm.state()
    for lifetime in range(5, 200, 5):
        if not (await die(house, lifetime, monkeypatch)).dead:
            break
    else:
        pytest.fail("it never came through")
    assert house.state() == expected

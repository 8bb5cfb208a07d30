from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.testing import Flaky, Trouble
from tests.sync.desk import counted, level, line

from ..house import House, states


async def carried(house: House) -> None:
    """Two fulls and deltas were applied; then somebody wrote nonsense into the shop."""
    house.drop(1, [line(sku, 1) for sku in "ABC"], mode="C", day="20261101")
    house.drop(2, [line("A", 2)], day="20261102")
    house.drop(3, [line(sku, 3) for sku in "ABC"], mode="C", day="20261103")
    house.drop(4, [line("A", 4)], day="20261104")
    house.drop(5, [line("B", 5)], day="20261105")
    await house.run()
    for sku in "ABC":
        house.shelf.put(level(sku, 99))


async def test_a_replay_gives_one_sku_what_the_erp_said_last(house: House) -> None:
    """From the last full on, with all deltas: the last word on this SKU, and no other SKU is touched."""
    await carried(house)
    report = await house.run(skus=("A",))
    assert house.quantities == {"A": 4, "B": 99, "C": 99}
    assert [file.name.split("_")[3] for file in report.files] == ["00003", "00004", "00005"]
    assert [file.records for file in report.files] == [3, 1, 1]
    assert (report.received, report.superseded, report.updated) == (2, 1, 1)
    assert counted(report) == report.received


async def test_a_replay_leaves_files_and_numbers_alone(house: House) -> None:
    """It counts no file as applied and no record as absent, and the next scheduled run goes on as before."""
    await carried(house)
    house.drop(6, [line("A", 6)], day="20261106")
    before, folders = house.memory(), house.folders()
    await house.run(skus=("A",))
    after = house.memory()
    assert house.quantities["A"] == 6
    assert house.folders() == folders
    for name in ("files", "sequence", "absent", "quarantine"):
        assert after[name] == before[name]
    report = await house.run()
    assert (states(report), report.unchanged) == ([("00006", "applied")], 1)


async def test_a_dry_replay_writes_nothing(house: House) -> None:
    """It shows what it would give back."""
    await carried(house)
    before = house.state()
    report = await house.run(skus=("B",), dry_run=True)
    assert house.state() == before
    assert [(row.key, row.old, row.new) for row in report.changes] == [("B/depot-001", "99", "5")]
    assert (report.planned, report.pending) == (1, 1)


async def test_a_window_gives_back_the_word_of_its_days(house: House) -> None:
    """Only the files of these days are read, from the first on; the next full is compared anew."""
    await carried(house)
    report = await house.run(since="2026-11-01", until="2026-11-02")
    assert house.quantities == {"A": 2, "B": 1, "C": 1}
    assert [file.name.split("_")[3] for file in report.files] == ["00001", "00002"]
    house.drop(6, [line(sku, 3) for sku in "ABC"], mode="C", day="20261106")
    await house.run()
    assert house.quantities == {"A": 3, "B": 3, "C": 3}


async def test_an_empty_window_is_told(house: House) -> None:
    """Nothing of these days is in the archive or the folder."""
    await carried(house)
    report = await house.run(since="2027-01-01")
    assert (report.outcome, house.quantities["A"]) == ("succeeded", 99)
    assert "No file" in report.message


async def test_a_waiting_file_that_is_cut_short_is_left_out_whole(house: House) -> None:
    """Its first lines are no word of the ERP's; the others are given back."""
    await carried(house)
    house.drop(6, [line("A", 6)], day="20261106", count=7)
    report = await house.run(skus=("A",))
    assert house.quantities["A"] == 4
    assert ("00006", "refused") in states(report)
    assert report.rejects[0].code == "wrong_count"


async def test_a_waiting_file_that_is_no_news_is_left_out(house: House) -> None:
    """A delta sent again, and one that comes too late: the scheduled run skips them, and so does this one."""
    await carried(house)
    house.drop(2, [line("A", 2)], day="20261102")
    await house.run(skus=("A",))
    assert house.quantities["A"] == 4


async def test_files_count_in_the_order_in_which_they_were_applied(house: House) -> None:
    """A delta that waited for the one before it was written down first and applied last."""
    house.drop(1, [line("A", 1)], mode="C")
    await house.run()
    house.drop(3, [line("A", 3)])
    await house.run()
    house.drop(2, [line("A", 2)])
    await house.run()
    house.shelf.put(level("A", 99))
    report = await house.run(skus=("A",))
    assert [file.name.split("_")[3] for file in report.files] == ["00001", "00002", "00003"]
    assert house.quantities == {"A": 3}


async def test_faults_name_the_file_they_stand_in(house: House) -> None:
    """Several files are read as one, and each fault is where it is."""
    house.drop(1, [line("A", 1)], mode="C")
    name = house.drop(2, [line("A", "x")])
    house.drop(3, [line("B", 1)])
    await house.run()
    report = await house.run(skus=("A",))
    assert report.rejects[0].example.startswith(f"{name}, record 1")
    assert house.quantities == {"A": 1, "B": 1}


async def test_a_replay_of_many_is_guarded(house: House) -> None:
    """What would empty the shop is stopped here as well, and passes with a reason."""
    house.drop(1, [line(f"S{n}", 0) for n in range(20)], mode="C")
    await house.run()
    for number in range(20):
        house.shelf.put(level(f"S{number}", 5))
    report = await house.run(since="2026-11-01")
    assert report.outcome == "stopped_by_guard"
    assert set(house.quantities.values()) == {5}
    report = await house.run(since="2026-11-01", override_guard="all sold")
    assert report.outcome == "succeeded"
    assert set(house.quantities.values()) == {0}


async def test_what_a_replay_could_not_give_back_is_told(house: House) -> None:
    """The shop does not take it for now: it is counted, and the same replay again gives it back."""
    await carried(house)
    report = await house.run(Flaky(house.shelf, Trouble.RETRIABLE, every=1), skus=("A",))
    assert (report.failed, report.rejects[0].code) == (1, "not_taken")
    await house.run(skus=("A",))
    assert house.quantities["A"] == 4


FILES = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9)), max_size=4)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(files=FILES, waiting=st.integers(0, 3), asked=st.sets(st.sampled_from("ABC"), min_size=1))
async def test_a_replay_is_the_last_word_of_fulls_and_deltas(
    tmp_path_factory: pytest.TempPathFactory,
    files: list[tuple[bool, list[tuple[str, int]]]],
    waiting: int,
    asked: set[str],
) -> None:
    """The shop holds the last word since the last full on what was asked, and all else as somebody made it.

    Whatever was sent before, and whatever waits now.
    """
    house = House(Path(tmp_path_factory.mktemp("replay")))
    house.drop(1, [], mode="C")
    for number, (full, lines) in enumerate(files, 2):
        if number == len(files) + 2 - waiting:
            await house.run(override_guard="any share may move")
        house.drop(number, [line(*one) for one in lines], mode="C" if full else "D")
    if waiting <= 0 or waiting > len(files):
        await house.run(override_guard="any share may move")
    for sku in "ABC":
        house.shelf.put(level(sku, 77))
    fulls = [place for place, (full, _) in enumerate(files) if full]
    since_full = files[fulls[-1] :] if fulls else files
    said = {sku: quantity for _, lines in since_full for sku, quantity in lines}
    await house.run(skus=tuple(asked), override_guard="any share may move")
    assert house.quantities == {sku: said[sku] if sku in asked and sku in said else 77 for sku in "ABC"}

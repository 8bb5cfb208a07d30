from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import Retriable
from passerelle.files import LocalFolder
from passerelle.mapping import Mapping, load_mapping
from passerelle.testing import Flaky, Trouble
from tests.sync.desk import counted, level, line

from ..house import House, states, stock_xml
from .partner import NIGHT

TWENTY = [line(f"S{number:02d}", 5) for number in range(20)]


async def test_files_are_carried_one_after_the_other_and_put_away(house: House) -> None:
    """Oldest number first, whatever the order of the folder; each is archived at the sender and with us."""
    house.drop(3, [line("A", 3)])
    house.drop(1, [line("A", 1), line("B", 1)], mode="C")
    house.drop(2, [line("A", 2)])
    report = await house.run()
    assert report.outcome == "succeeded"
    assert states(report) == [("00001", "applied"), ("00002", "applied"), ("00003", "applied")]
    assert house.quantities == {"A": 3, "B": 1}
    assert list(house.folders()) == ["archive"]
    assert len(house.folders()["archive"]) == 6
    with house.ledger() as ledger:
        assert ledger.sequences.last("stock") == 3
        for record in ledger.files.last("stock", 3):
            assert house.workspace.archive.find("stock", record.sha256) is not None


async def test_the_same_full_again_costs_no_call(house: House) -> None:
    """Nothing changed: nothing is mapped, read or written."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    reads, writes = house.shelf.reads, len(house.shelf.log)
    house.drop(2, TWENTY, mode="C", day="20261102")
    report = await house.run()
    assert (report.unchanged, report.mapped) == (20, 0)
    assert (house.shelf.reads, len(house.shelf.log)) == (reads, writes)


async def test_a_run_without_files_says_so(house: House) -> None:
    """Nothing to carry is a success, and asks the shop nothing."""
    report = await house.run()
    assert (report.outcome, report.files, house.shelf.reads) == ("succeeded", [], 0)


async def test_a_dry_run_writes_nothing_anywhere(house: House) -> None:
    """Shop, fingerprints, files, sequences, quarantine, archive and the sender's folder stay as they were."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    house.drop(2, [*TWENTY[:18], line("S18", 6), line("A", "x"), line("B", 1), line("B", 2)], mode="C")
    house.drop(3, [line("S00", "5")])
    before, kept = house.state(), sorted(house.workspace.home.rglob("archive/**/*"))
    report = await house.run(dry_run=True)
    assert house.state() == before
    assert sorted(house.workspace.home.rglob("archive/**/*")) == kept
    assert states(report) == [("00002", "planned"), ("00003", "planned")]
    assert (report.planned, report.pending, report.quarantined, report.absent) == (2, 2, 1, 1)
    assert counted(report) == report.received == 23
    applied = await house.run()
    assert (applied.created + applied.updated, applied.quarantined, applied.absent) == (2, 1, 1)


async def test_a_dry_run_of_several_files_follows_their_numbers(house: House) -> None:
    """What it planned counts as applied for the file behind: no gap is seen where none is."""
    house.drop(1, TWENTY, mode="C")
    house.drop(2, [line("S00", 6)])
    house.drop(4, [line("S01", 6)])
    report = await house.run(dry_run=True)
    assert states(report) == [("00001", "planned"), ("00002", "planned"), ("00004", "held")]
    assert report.outcome == "stopped_by_guard"


# Sequences.


async def test_a_gap_holds_the_file_until_the_missing_one_comes(house: House) -> None:
    """Nothing is applied out of order; with the missing file both are applied, in order."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    house.drop(3, [line("S00", 3)])
    report = await house.run()
    assert (report.outcome, states(report)) == ("stopped_by_guard", [("00003", "held")])
    assert "2 is missing" in report.message
    assert house.quantities["S00"] == 5
    house.drop(2, [line("S00", 2)])
    report = await house.run()
    assert (report.outcome, states(report)) == ("succeeded", [("00002", "applied"), ("00003", "applied")])
    assert house.quantities["S00"] == 3


async def test_a_gap_passes_with_a_reason_that_is_noted(house: House) -> None:
    """A person decides, and the reason is in the report."""
    house.drop(1, TWENTY, mode="C")
    house.drop(3, [line("S00", 3)])
    report = await house.run(override_guard="file 2 was empty")
    assert states(report) == [("00001", "applied"), ("00003", "applied")]
    assert any("file 2 was empty" in note for note in report.notes)
    assert house.quantities["S00"] == 3


async def test_a_delta_before_any_full_is_held(house: House) -> None:
    """A delta says what changed since a state that we do not have."""
    house.drop(7, [line("A", 1)])
    report = await house.run()
    assert (report.outcome, states(report)) == ("stopped_by_guard", [("00007", "held")])
    house.drop(8, [line("A", 2)], mode="C")
    report = await house.run(mode="full")
    assert states(report) == [("00008", "applied")]
    report = await house.run()
    assert states(report) == [("00007", "skipped")]
    assert house.quantities == {"A": 2}


async def test_a_full_replaces_the_deltas_that_never_came(house: House) -> None:
    """A full tells everything: it need not wait for numbers before it."""
    house.drop(1, TWENTY, mode="C")
    house.drop(5, TWENTY[:19], mode="C")
    report = await house.run()
    assert states(report) == [("00001", "applied"), ("00005", "applied")]
    with house.ledger() as ledger:
        assert ledger.sequences.last("stock") == 5


async def test_a_late_delta_is_skipped_and_put_away(house: House) -> None:
    """Its news is older than what the full brought."""
    house.drop(5, [line("A", 5)], mode="C")
    await house.run()
    house.drop(4, [line("A", 4)])
    report = await house.run()
    assert (report.outcome, states(report)) == ("succeeded", [("00004", "skipped")])
    assert house.quantities == {"A": 5}
    assert list(house.folders()) == ["archive"]


async def test_a_repeated_file_is_skipped(house: House) -> None:
    """The same number with the same content, sent again: nothing happens, it is put away."""
    house.drop(1, TWENTY, mode="C")
    house.drop(2, [line("S00", 2)])
    await house.run()
    house.drop(2, [line("S00", 2)])
    reads = house.shelf.reads
    report = await house.run()
    assert states(report) == [("00002", "skipped")]
    assert house.shelf.reads == reads
    assert list(house.folders()) == ["archive"]


async def test_a_number_that_comes_again_with_other_content_is_refused(house: House) -> None:
    """Which of the two is right is for people: the file goes to error/, and those behind it wait."""
    house.drop(1, TWENTY, mode="C")
    house.drop(2, [line("S00", 2)])
    await house.run()
    house.drop(2, [line("S00", 99)])
    house.drop(3, [line("S01", 3)])
    report = await house.run()
    assert (report.outcome, states(report)) == ("failed", [("00002", "refused")])
    assert [row.code for row in report.rejects] == ["repeated_sequence"]
    assert house.quantities["S00"] == 2
    assert len(house.folders()["error"]) == 2
    assert states(await house.run()) == [("00003", "applied")]


@pytest.mark.parametrize("content", [
    b"<FICHIER><ENTETE>", b"",
    b'<?xml version="1.0"?><!DOCTYPE x><FICHIER/>',
])  # fmt: skip
async def test_a_file_that_is_no_file_is_refused_whole(house: House, content: bytes) -> None:
    """Cut short, empty, or with a DTD: nothing of it is applied, and its number stays due."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    house.drop(2, [], content=content or b" ")
    before = house.quantities
    report = await house.run()
    assert (report.outcome, states(report)) == ("failed", [("00002", "refused")])
    assert house.quantities == before
    house.drop(2, [line("S00", 2)])
    assert states(await house.run()) == [("00002", "applied")]


async def test_a_file_with_a_wrong_count_is_refused_after_its_last_line(house: House) -> None:
    """What was planned by then is not applied and not known, and it is in a count."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    before = house.memory()["known"]
    house.drop(2, [*(line(f"S{number:02d}", 9) for number in range(7)), line("NEW", 9)], count=9)
    report = await house.run()
    assert (report.outcome, states(report)) == ("failed", [("00002", "refused")])
    assert [row.code for row in report.rejects] == ["wrong_count"]
    assert house.memory()["known"] == before
    assert house.quantities["S00"] == 5
    assert counted(report) == report.received == report.pending >= 6


@pytest.mark.parametrize(("sequence", "mode"), [(3, "D"), (2, "C")])
async def test_a_header_that_contradicts_the_name_is_refused(house: House, sequence: int, mode: str) -> None:
    """Number and mode decide what the file means: the name and the header must say the same."""
    house.drop(1, TWENTY, mode="C")
    house.drop(2, [], content=stock_xml([line("S00", 2)], sequence=sequence, mode=mode))
    report = await house.run()
    assert states(report) == [("00001", "applied"), ("00002", "refused")]
    assert [row.code for row in report.rejects] == ["header_mismatch"]


# The guard.


async def test_the_guard_sees_the_whole_plan_before_the_first_write(house: House) -> None:
    """The harm is in the last lines: no earlier line was sent, and the file waits."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    writes = len(house.shelf.log)
    house.drop(2, [*(line(f"S{n:02d}", 6) for n in range(10)), *(line(f"S{n}", 0) for n in range(10, 20))])
    report = await house.run()
    assert (report.outcome, states(report)) == ("stopped_by_guard", [("00002", "held")])
    assert len(house.shelf.log) == writes
    assert (report.pending, counted(report)) == (20, 20)
    assert house.folders() == {
        ".": ["STOCK_TOUS_D_00002_20261101.ok", "STOCK_TOUS_D_00002_20261101.xml"],
        "archive": ["STOCK_TOUS_C_00001_20261101.ok", "STOCK_TOUS_C_00001_20261101.xml"],
    }
    report = await house.run(override_guard="inventory of the warehouse")
    assert (report.outcome, report.updated) == ("succeeded", 20)
    assert any("inventory of the warehouse" in note for note in report.notes)


async def test_a_stopped_file_holds_back_those_behind_it(house: House) -> None:
    """A delta means nothing without what it follows."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    house.drop(2, TWENTY[:3], mode="C")
    house.drop(3, [line("S00", 9)])
    report = await house.run()
    assert states(report) == [("00002", "held")]
    assert house.quantities["S00"] == 5


async def test_records_that_left_long_ago_stop_no_full(house: House) -> None:
    """Each full is compared with the one before it: an assortment that changes slowly passes for ever."""
    for sequence in range(1, 11):
        first = sequence * 8
        house.drop(sequence, [line(f"S{n:02d}", 5) for n in range(first, first + 100)], mode="C")
        report = await house.run()
        assert report.outcome == "succeeded", report.message
        assert report.absent == (0 if sequence == 1 else 8)
    house.drop(11, [line(f"S{n:02d}", 5) for n in range(100, 188)], mode="C")
    assert (await house.run()).outcome == "stopped_by_guard"


async def test_absence_is_counted_by_full_and_forgotten_on_return(house: House) -> None:
    """One count a full; a line in a full or in a delta, changed or not, ends it."""
    lines = [line(sku, 1) for sku in "ABC"]

    def absent() -> list[list[str]]:
        found: list[list[str]] = house.memory()["absent"]
        return found

    house.drop(1, lines, mode="C")
    house.drop(2, lines[:1], mode="C")
    await house.run()
    assert absent() == [["B|001", "C|001"], [], []]
    house.drop(3, lines[:1], mode="C")
    await house.run()
    assert absent() == [["B|001", "C|001"], ["B|001", "C|001"], []]
    house.drop(4, lines[1:2])
    await house.run()
    assert absent() == [["C|001"], ["C|001"], []]
    house.drop(5, lines, mode="C")
    await house.run()
    assert absent() == [[], [], []]
    assert house.quantities == {"A": 1, "B": 1, "C": 1}


# Trouble with the shop.


@pytest.mark.parametrize("trouble", [Trouble.RETRIABLE, Trouble.CONFLICT])
async def test_what_the_shop_did_not_take_is_sent_by_the_next_run(house: House, trouble: Trouble) -> None:
    """The file stays, its number stays due, those behind wait; the next run sends what is missing only."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    house.drop(2, [line("S00", 2), line("S01", 2), line("S02", 2)])
    house.drop(3, [line("S01", 3)])
    report = await house.run(Flaky(house.shelf, trouble, every=1, keys={"S01/depot-001"}))
    assert (report.updated, report.failed, states(report)) == (2, 1, [("00002", "held")])
    assert report.outcome == "completed_with_rejects"
    assert "1 records were not taken" in report.message
    writes = len(house.shelf.log)
    report = await house.run()
    assert states(report) == [("00002", "applied"), ("00003", "applied")]
    assert house.shelf.log[writes:] == ["S01/depot-001", "S01/depot-001"]
    assert house.quantities["S01"] == 3


async def test_what_the_shop_never_takes_can_be_given_up(house: House) -> None:
    """With a person's reason the file counts as applied and those behind it go on."""
    house.drop(1, TWENTY, mode="C")
    await house.run()
    house.drop(2, [line("S01", 2)])
    house.drop(3, [line("S02", 3)])
    sink = Flaky(house.shelf, Trouble.RETRIABLE, every=1, keys={"S01/depot-001"})
    report = await house.run(sink, override_guard="S01 is broken in the shop, ticket 12")
    assert states(report) == [("00002", "applied"), ("00003", "applied")]
    assert any("ticket 12" in note for note in report.notes)
    assert house.quantities["S02"] == 3


async def test_a_shop_that_refuses_us_holds_the_file(house: House) -> None:
    """A Fatal in the middle: what was taken is known, the file waits, the counts add up."""
    house.drop(1, TWENTY, mode="C")
    report = await house.run(Flaky(house.shelf, Trouble.FATAL, at={8}))
    assert (report.outcome, states(report)) == ("failed", [("00001", "held")])
    assert report.created >= 4
    assert counted(report) == report.received == 20
    report = await house.run()
    assert (report.outcome, states(report)) == ("succeeded", [("00001", "applied")])
    assert report.created + report.unchanged == 20
    assert len(house.shelf.log) == 20


async def test_a_shop_that_cannot_be_read_holds_the_file(house: House) -> None:
    """The comparison fails: nothing was written, the next run takes the file."""
    house.drop(1, TWENTY, mode="C")
    report = await house.run(Flaky(house.shelf, Trouble.RETRIABLE, at={2}, on_read=True))
    assert (report.outcome, states(report)) == ("failed", [("00001", "held")])
    assert house.quantities == {}
    assert states(await house.run()) == [("00001", "applied")]


async def test_a_folder_that_breaks_after_applying_costs_only_the_putting_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is applied and stays where it was: the next run puts it away and does nothing else."""
    house.drop(1, TWENTY, mode="C")

    def broken(*_: object) -> None:
        raise Retriable("the connection broke", advice="Look at the network")

    with monkeypatch.context() as patch:
        patch.setattr(LocalFolder, "rename", broken)
        report = await house.run()
    assert (report.outcome, report.created) == ("failed", 20)
    assert "." in house.folders()
    reads = house.shelf.reads
    report = await house.run()
    assert (report.outcome, states(report), house.shelf.reads) == ("succeeded", [("00001", "skipped")], reads)
    assert list(house.folders()) == ["archive"]


# What partners do differently.


@pytest.fixture
def plain_house(tmp_path: Path) -> House:
    """A partner without numbers, modes and markers who drops `stock.xml` again and again."""
    text = f"""
feed: stock
entity: stock
files:
  folder: out/stock
  pattern: "stock.xml"
  ready: {{stable_for: 0s}}
format:
  xml: {{charset: ISO-8859-1, record: /FICHIER/LIGNE, header: /FICHIER/ENTETE, trailer: /FICHIER/PIED}}
key: [SKU, DEPOT]
fields:
  - {{to: sku, from: SKU, via: trim, required: true}}
  - {{to: supply_channel, from: DEPOT, via: [trim, {{code: depots}}], required: true}}
  - {{to: quantity, from: QTE_PHYSIQUE, via: {{decimal: "1 234,5"}}, as: integer}}
codes:
  depots: {{file: {Path(__file__).parents[3] / "mappings/erp/depots.csv"}, from: DEPOT, to: channel}}
"""
    path = tmp_path / "stock.yaml"
    path.write_text(text, encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    house = House(tmp_path, mapping=mapping)
    house.now = NIGHT
    return house


async def dropped(house: House, quantity: int, **options: Any) -> str:
    """The partner drops `stock.xml` anew, and the feed runs twice: a file is ready at the second look."""
    if quantity >= 0:
        house.put("stock.xml", stock_xml([line("A", quantity)], sequence=1, mode="D"))
    await house.run(**options)
    report = await house.run(**options)
    return report.files[-1].state if report.files else "waiting"


async def test_an_old_content_under_the_same_name_is_news(plain_house: House) -> None:
    """Out of stock, in stock, out of stock again: the third file is the same as the first, and is applied."""
    for quantity in (0, 5, 0):
        assert await dropped(plain_house, quantity) in {"applied", "waiting"}
        assert plain_house.quantities == {"A": quantity}


async def test_a_file_that_must_stay_is_applied_once(tmp_path: Path, plain_house: House) -> None:
    """We may only read at this partner's: the file that stays there is recognised."""
    reader = House(tmp_path, mapping=plain_house.mapping, settle="leave")
    reader.now = NIGHT
    await dropped(reader, 5)
    reader.shelf.put(level("A", 7))
    assert await dropped(reader, -1) == "skipped"
    assert reader.quantities == {"A": 7}


async def test_only_the_files_asked_for_are_taken(house: House) -> None:
    """A run for fulls leaves the deltas where they are."""
    house.drop(1, TWENTY, mode="C")
    house.drop(2, [line("S00", 2)])
    assert states(await house.run(mode="full")) == [("00001", "applied")]
    assert states(await house.run(mode="delta")) == [("00002", "applied")]


async def test_a_file_without_marker_is_left_alone_and_named(house: House) -> None:
    """It may still be growing."""
    name = house.drop(1, TWENTY, mode="C")
    (house.inbox / name).with_suffix(".ok").unlink()
    report = await house.run()
    assert (report.outcome, report.files) == ("succeeded", [])
    assert any(name in note for note in report.notes)

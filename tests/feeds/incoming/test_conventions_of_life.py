"""Conventions 41 to 45 and 49 to 54: the life of a file, our own files, and manners."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from passerelle.feeds.settings import PartnerSettings
from passerelle.files import ContentIndex, LocalFolder
from tests.sync.desk import line

from ..house import House, stock_xml
from ..orders.till import Till
from .partner import fates, later, partner

WORDS = """
folder: out
pattern: "STOCK_{sequence:5}.xml"
mode: full
ready: {marker: .ok}
"""


def stock(*skus: str, number: int = 1) -> bytes:
    """A whole file that speaks of these SKUs."""
    return stock_xml([line(sku, number) for sku in skus], sequence=number, mode="C")


async def test_files_go_into_folders_by_date(tmp_path: Path) -> None:
    """Convention 41, in, archive, error with date sub-folders: taken and refused files each in their own."""
    house = partner(
        tmp_path,
        WORDS + 'afterwards: {archive: "archive/{date:AAAA/MM/JJ}", error: "erreurs/{date:AAAAMMJJ}"}\n',
    )
    house.put("STOCK_00001.xml", stock("A"))
    house.put("STOCK_00002.xml", b"<FICHIER>")
    before = dt.datetime.now(dt.UTC).date()
    await house.run()
    after = dt.datetime.now(dt.UTC).date()
    # One day, but for a midnight in between.
    archive, errors = sorted(house.folders())
    assert archive in {f"archive/{day:%Y/%m/%d}" for day in (before, after)}
    assert errors in {f"erreurs/{day:%Y%m%d}" for day in (before, after)}
    assert house.folders() == {
        archive: ["STOCK_00001.ok", "STOCK_00001.xml"],
        errors: ["STOCK_00002.ok", "STOCK_00002.xml"],
    }


async def test_an_error_folder_of_our_own(tmp_path: Path) -> None:
    """Convention 41, error: where the partner wants none, the refused file and the reason are kept by us."""
    house = partner(tmp_path, WORDS + "afterwards: {error: ours}\n")
    house.put("STOCK_00001.xml", b"<FICHIER>")
    report = await house.run()
    assert list(house.folders()) == ["archive"]
    kept = sorted((house.workspace.home / "refused" / "stock").iterdir())
    assert [path.suffix for path in kept] == [".xml", ".txt"]
    assert kept[0].read_bytes() == b"<FICHIER>"
    assert "received" in kept[1].read_text("utf-8")
    assert any(str(kept[0]) in note for note in report.notes)


async def test_a_server_that_lets_us_move_nothing_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Convention 41, in, archive: move only when the server allows; else the content is recognised."""
    house = partner(tmp_path, WORDS)

    def forbidden(folder: LocalFolder, old: str, new: str) -> None:
        raise PermissionError(13, "lecture seule", old, None, f"{folder.label}/{new}")

    monkeypatch.setattr(LocalFolder, "rename", forbidden)
    house.put("STOCK_00001.xml", stock("A"))
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml": "applied"}
    assert any("the server does not let us" in note for note in report.notes)
    reads = house.shelf.reads
    assert fates(await house.run()) == {"STOCK_00001.xml": "skipped"}
    assert house.shelf.reads == reads


READ_ONLY = WORDS + "afterwards: {taken: leave, partner_keeps: 7d, warn_before: 2d}\n"


async def test_files_that_must_stay_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Convention 42, read-only access: noop; what was done with is not downloaded again."""
    house = partner(tmp_path, READ_ONLY)
    house.put("STOCK_00001.xml", stock("A"))
    house.put("STOCK_00002.xml", b"<FICHIER>")
    house.put("STOCK_00003.xml", stock("A", "B"))
    assert fates(await house.run())["STOCK_00002.xml"] == "refused"
    downloads: list[str] = []
    read_to = LocalFolder.read_to

    def counting(folder: LocalFolder, name: str, *arguments: Any, **options: Any) -> int:
        downloads.append(name)
        return read_to(folder, name, *arguments, **options)

    monkeypatch.setattr(LocalFolder, "read_to", counting)
    report = await house.run()
    assert fates(report) == {
        "STOCK_00001.xml": "skipped",
        "STOCK_00002.xml": "skipped",
        "STOCK_00003.xml": "applied",
    }
    assert downloads == ["STOCK_00003.xml"]
    assert house.quantities == {"A": 1, "B": 1}


async def test_what_the_partner_will_delete_is_warned_of(tmp_path: Path) -> None:
    """Convention 42, partner purges after N days: a file that waits is told in time, in both languages."""
    house = partner(tmp_path, READ_ONLY + "after: [products-fr]\n")
    house.put("STOCK_00001.xml", stock("A"))
    assert house.now is not None
    for days, warned in ((4, False), (6, True)):
        old = (house.now - dt.timedelta(days=days)).timestamp()
        os.utime(house.inbox / "STOCK_00001.xml", (old, old))
        report = await house.run()
        assert fates(report) == {"STOCK_00001.xml": "held"}
        assert (
            any("sera supprimé par l'émetteur vers le 2026-11-22" in note for note in report.notes) is warned
        )
        assert any("its sender will delete it at about" in note for note in report.notes) is warned


async def test_a_name_taken_in_the_archive_gets_the_time(tmp_path: Path) -> None:
    """Convention 43, name collision in the archive: the second file is kept beside the first."""
    house = partner(tmp_path, WORDS.replace("STOCK_{sequence:5}.xml", "stock.xml"))
    for number in (1, 2):
        house.put("stock.xml", stock("A", number=number))
        assert fates(await house.run()) == {"stock.xml": "applied"}
    names = house.folders()["archive"]
    assert len(names) == 4
    assert sum(name.startswith("stock~20") and name.endswith(".xml") for name in names) == 1
    # In the folder of one day, or of two when midnight comes between them.
    ours = {original.path for original in house.workspace.archive.entries("stock")}
    assert len(ours) == 2
    assert "stock.xml.gz" in {path.name for path in ours}


async def test_one_run_of_a_feed_at_a_time(till: Till) -> None:
    """Convention 44, many collectors on one folder: who has the ledger's lease of the feed is named."""
    inbox = till.home / "erp" / "out" / "stock"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "STOCK_TOUS_C_00001_20261101.xml").write_bytes(stock("A"))
    (inbox / "STOCK_TOUS_C_00001_20261101.ok").touch()
    before = sorted(inbox.rglob("*"))
    with till.workspace.ledger() as ledger, ledger.leases.take("feed:stock", ttl=60.0, purpose="run"):
        report = await till.run("stock")
    assert report.outcome == "failed"
    assert "feed:stock" in report.message
    assert (report.files, sorted(inbox.rglob("*"))) == ([], before)


async def test_two_collectors_do_not_take_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Convention 44, many collectors on one folder: who renames first has it; the other one goes on."""
    house = partner(tmp_path, WORDS + "claim: rename\n")
    house.put("STOCK_00001.xml", stock("A"))
    house.put("STOCK_00002.xml", stock("B", number=2))
    rename = LocalFolder.rename

    def late(folder: LocalFolder, old: str, new: str) -> None:
        if old == "STOCK_00001.xml" and ".taken-" in new:
            rename(folder, old, f"{old}.taken-somebody-else")
        rename(folder, old, new)

    monkeypatch.setattr(LocalFolder, "rename", late)
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml": "skipped", "STOCK_00002.xml": "applied"}
    assert "taken by another collector" in report.files[0].note
    assert house.folders() == {
        ".": ["STOCK_00001.ok", "STOCK_00001.xml.taken-somebody-else"],
        "archive": ["STOCK_00002.ok", "STOCK_00002.xml"],
    }
    assert house.quantities == {"B": 2}


async def test_a_claim_that_was_left_is_taken_up_again(tmp_path: Path) -> None:
    """Convention 44, many collectors on one folder: our own claim at once, another after hours."""
    from passerelle.feeds.incoming.taking import collector_name  # noqa: PLC0415 - the name of this installation

    house = partner(tmp_path, WORDS + "claim: rename\n")
    ours = collector_name(house.workspace.home)
    for name, who in (("STOCK_00001", ours), ("STOCK_00002", "dead")):
        house.put(f"{name}.xml", stock("A", number=int(name[-1])))
        (house.inbox / f"{name}.xml").rename(house.inbox / f"{name}.xml.taken-{who}")
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml": "applied"}
    assert house.folders()["archive"] == ["STOCK_00001.ok", "STOCK_00001.xml"]
    later(house, hours=6)
    report = await house.run()
    assert any("claimed by dead and forgotten" in note for note in report.notes)
    assert fates(report) == {"STOCK_00002.xml": "applied"}
    assert house.quantities == {"A": 2}


async def test_a_held_file_is_given_its_name_back(tmp_path: Path) -> None:
    """Convention 44, many collectors on one folder: what we cannot apply is free again."""
    house = partner(tmp_path, WORDS + "claim: rename\nempty: suspicious\n")
    house.put("STOCK_00001.xml", b"")
    assert fates(await house.run()) == {"STOCK_00001.xml": "held"}
    assert house.folders() == {".": ["STOCK_00001.ok", "STOCK_00001.xml"]}


async def test_the_originals_that_held_a_record_are_found(tmp_path: Path) -> None:
    """Convention 45, own archive indexed by key: one SKU gives the files that spoke of it, new or not."""
    house = partner(tmp_path, WORDS)
    held = {1: ("A", "B"), 2: ("A", "B", "C"), 3: ("B",), 4: ("B", "C", "D")}
    for number, skus in held.items():
        house.put(f"STOCK_{number:05}.xml", stock(*skus, number=1))
        await house.run(override_guard="the test drops records")
    index = ContentIndex(house.workspace.archive)
    with house.ledger() as ledger:
        known = ledger.fingerprints.lookup("stock", [f"{sku}|001" for sku in "ABCD"])
    for sku in "ABCD":
        found = [original.name for original in index.originals("stock", known[f"{sku}|001"].id)]
        assert found == [f"STOCK_{number:05}.xml" for number, skus in held.items() if sku in skus]
    with house.workspace.archive.open(next(index.originals("stock", known["D|001"].id))) as original:
        assert b"<SKU>D</SKU>" in original.read()


async def test_the_index_of_an_original_is_small(tmp_path: Path) -> None:
    """Convention 45, own archive indexed by key: a bit a record, and less once it is packed."""
    house = partner(tmp_path, WORDS)
    index = ContentIndex(house.workspace.archive)
    everyone, few = bytearray(b"\xff" * 125_000), bytearray(125_000)
    for place in range(0, 125_000, 125):
        few[place] = 1
    assert index.note("stock", "a" * 64, everyone).stat().st_size < 500
    assert index.note("stock", "b" * 64, few).stat().st_size < 3_000
    assert index.holds("stock", "b" * 64, 125 * 8)
    assert not index.holds("stock", "b" * 64, 125 * 8 + 1)
    assert index.holds("stock", "c" * 64, 1) is None


async def test_old_originals_go_and_unapplied_ones_stay(tmp_path: Path) -> None:
    """Convention 45, retention: old ones go, never what was not applied, nor the base."""
    house = partner(tmp_path, WORDS + "afterwards: {originals: 180d}\n")
    house.put("STOCK_00001.xml", stock("A"))
    house.put("STOCK_00002.xml", stock("A", "B"))
    house.put("STOCK_00003.xml", b"<FICHIER>")
    await house.run()
    archive = house.workspace.archive

    def names() -> list[str]:
        return sorted(original.name for original in archive.entries("stock"))

    house.now = dt.datetime.now(dt.UTC) + dt.timedelta(days=179)
    await house.run()
    assert len(names()) == 3
    later(house, days=2)
    await house.run()
    # The second is the last full, with which a replay begins; the third was refused.
    assert names() == ["STOCK_00002.xml", "STOCK_00003.xml"]
    with house.ledger() as ledger:
        assert ledger.files.last_named("stock", "STOCK_00001.xml", "applied") is not None


# Our own files.


async def test_what_the_partner_does_not_answer_is_listed(till: Till) -> None:
    """Convention 50, acknowledgement of our order file expected in time: the overdue list."""
    from passerelle.feeds.orders.delivery import note_overdue  # noqa: PLC0415 - asked directly here
    from passerelle.sync import RunReport  # noqa: PLC0415 - as above
    from tests.sync.desk import open_ledger  # noqa: PLC0415 - as above

    till.place()
    till.place()
    await till.run()
    mapping = till.workspace.outgoing("orders-out")
    files = mapping.spec.files.model_copy(update={"acknowledged_within": 4 * 3600.0})
    mapping.spec = mapping.spec.model_copy(update={"files": files})
    with open_ledger(till.ledger_path) as ledger:
        ledger.orders.set_step("W-1", "acknowledge", "done", external_id="C-1")
        report = RunReport(feed="orders-out", entity="order", run_id="r")
        now = dt.datetime.now(dt.UTC)
        assert note_overdue(ledger, mapping, report, now + dt.timedelta(hours=3)) == []
        [overdue] = note_overdue(ledger, mapping, report, now + dt.timedelta(hours=5))
        assert overdue.numbers == ("W-2",)
        assert overdue.name.startswith("CMDWEB_00001_")
        assert "W-2" in report.notes[0]
        ledger.orders.set_step("W-2", "acknowledge", "refused", detail={"reason": "unknown SKU"})
        assert note_overdue(ledger, mapping, report, now + dt.timedelta(hours=5)) == []


# Manners.


async def test_a_run_keeps_the_partners_hours(tmp_path: Path) -> None:
    """Convention 51, polling ceilings, calm hours, maintenance: nothing is touched, the next time is told."""
    house = partner(
        tmp_path,
        WORDS + 'visits: {every: 30min, calm: "22:00-05:30", maintenance: "sunday 06:00-08:00"}\n',
    )
    house.put("STOCK_00001.xml", stock("A"))
    house.now = dt.datetime(2026, 11, 21, 22, 0, tzinfo=dt.UTC)  # 23:00 on a Saturday in Paris
    report = await house.run()
    assert (report.outcome, fates(report)) == ("succeeded", {})
    assert report.message == "not now: calm hours; next at 2026-11-22 04:30:00 UTC"
    house.now = dt.datetime(2026, 11, 22, 5, 0, tzinfo=dt.UTC)
    assert "maintenance; next at 2026-11-22 07:00:00 UTC" in (await house.run()).message
    house.now = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
    assert fates(await house.run()) == {"STOCK_00001.xml": "applied"}
    house.put("STOCK_00002.xml", stock("A"))
    later(house, minutes=10)
    assert (
        "at most one visit in 0:30:00 (h:mm:ss); next at 2026-11-22 07:30:00" in (await house.run()).message
    )
    report = await house.run(override_guard="the partner asked for it")
    assert fates(report) == {"STOCK_00002.xml": "applied"}


async def test_a_run_takes_the_oldest_up_to_its_limit(tmp_path: Path) -> None:
    """Convention 52, limit per poll: sorted before it is cut, so that nothing is applied out of order."""
    house = partner(tmp_path, WORDS + "limit: 2\n")
    for number in (5, 3, 1, 4, 2):
        house.put(f"STOCK_{number:05}.xml", stock("A", number=number))
    for expected in ([1, 2], [3, 4], [5]):
        report = await house.run()
        assert list(fates(report)) == [f"STOCK_{number:05}.xml" for number in expected]
    assert house.quantities == {"A": 5}


async def test_every_partner_has_a_place_of_its_own(tmp_path: Path) -> None:
    """A feed names its partner; the settings say where that partner's files are."""
    there = tmp_path / "acme"
    (there / "out").mkdir(parents=True)
    house = House(
        tmp_path,
        mapping=partner(tmp_path, "partner: acme\n" + WORDS).mapping,
        partners={"acme": PartnerSettings(folder=there)},
    )
    (there / "out" / "STOCK_00001.xml").write_bytes(stock("A"))
    (there / "out" / "STOCK_00001.ok").touch()
    assert fates(await house.run()) == {"STOCK_00001.xml": "applied"}

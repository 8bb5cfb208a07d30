"""Conventions 46 to 48: what the partner is told about each file. The numbers are those of the table."""

from __future__ import annotations

import csv
import datetime as dt
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from passerelle.feeds import Workspace
from passerelle.feeds.incoming.receipts import Result, receipt_of
from passerelle.feeds.incoming.taking import Taken
from passerelle.files import Collected, FileNamePattern, LocalFolder, ReadyFile, RemoteFile
from passerelle.formats import Row
from passerelle.mapping import load_mapping
from tests.sync.desk import line

from ..house import House, stock_xml
from .partner import fates, partner

TECHNICAL = """
feed: recu
entity: receipt
files: {folder: in/acks, pattern: "RECU_{stem}.xml", ready: {marker: .ok}}
format: {xml: {charset: ISO-8859-1, record: /ACCUSE/FICHIER}}
fields:
  - {to: NOM, from: file}
  - {to: ETAT, from: status}
  - {to: MOTIF, from: reason}
"""
FUNCTIONAL = """
feed: resultat
entity: receipt
files: {folder: in/acks, pattern: "RESULTAT_{stem}_{part}.xml", ready: {marker: .ok}}
format: {xml: {charset: ISO-8859-1, record: /RESULTATS/FICHIER}}
fields:
  - {to: NOM, from: file}
  - {to: LUS, from: records}
  - {to: ACCEPTES, from: accepted}
  - {to: REJETES, from: rejected}
  - to: REJETS/REJET
    each: rejections
    fields:
      - {to: CLE, from: key}
      - {to: CODE, from: code}
      - {to: MOTIF, from: reason}
"""
STATUS_LINES = """
feed: lignes
entity: rejection
files: {folder: in/status, pattern: "STATUS_{sequence:5}_{part:3}.csv", ready: {marker: .ok}}
format: {csv: {charset: ISO-8859-1, delimiter: ";", columns: [CLE, CODE, MOTIF]}}
fields:
  - {to: CLE, from: key}
  - {to: CODE, from: code}
  - {to: MOTIF, from: reason}
"""
FILES = """
folder: out
pattern: "STOCK_{sequence:5}.xml"
mode: full
ready: {marker: .ok}
"""
GOOD, BAD = line("A", 1), line("B", "beaucoup")


def answered(tmp_path: Path, words: str, *layouts: str, more: str = "") -> House:
    """A partner who wants answers, laid out as said."""
    house = partner(tmp_path, FILES + words, more=more)
    for number, layout in enumerate(layouts):
        (tmp_path / "feeds" / f"answer-{number}.yaml").write_text(layout, encoding="utf-8")
    settings = house.workspace.settings.model_copy(update={"mappings": tmp_path / "feeds"})
    house.workspace = Workspace(settings)
    for folder in ("in/acks", "in/status", "in/rejets"):
        (house.erp / folder).mkdir(parents=True)
    return house


def texts(path: Path) -> dict[str, str | None]:
    """Every leaf of an answer, by name."""
    return {str(leaf.tag): leaf.text for leaf in etree.parse(path).iter() if len(leaf) == 0}


async def test_each_file_is_acknowledged_technically(tmp_path: Path) -> None:
    """Convention 46, acknowledgement file, technical: taken and refused files each get one, once."""
    house = answered(tmp_path, "acknowledge: {technical: recu}\n", TECHNICAL)
    house.put("STOCK_00001.xml", stock_xml([GOOD], sequence=1, mode="C"))
    await house.run()
    acks = house.erp / "in" / "acks"
    assert texts(acks / "RECU_STOCK_00001.xml") == {
        "NOM": "STOCK_00001.xml",
        "ETAT": "accepted",
        "MOTIF": None,
    }
    assert (acks / "RECU_STOCK_00001.ok").exists()
    house.put("STOCK_00002.xml", b"<FICHIER><ENTETE>")
    await house.run()
    refused = texts(acks / "RECU_STOCK_00002.xml")
    assert (refused["ETAT"], refused["MOTIF"]) == ("refused", "le fichier est coupé")
    before = {path.name: path.read_bytes() for path in acks.iterdir()}
    await house.run()
    assert {path.name: path.read_bytes() for path in acks.iterdir()} == before


async def test_a_file_is_acknowledged_functionally(tmp_path: Path) -> None:
    """Convention 46, acknowledgement file, functional: the counts add up, each reject has its reason."""
    house = answered(tmp_path, "acknowledge: {functional: resultat, language: en}\n", FUNCTIONAL)
    house.put("STOCK_00001.xml", stock_xml([GOOD, BAD], sequence=1, mode="C"))
    report = await house.run()
    assert report.quarantined == 1
    found = texts(house.erp / "in" / "acks" / "RESULTAT_STOCK_00001_1.xml")
    assert (found["LUS"], found["ACCEPTES"], found["REJETES"]) == ("2", "1", "1")
    assert (found["CLE"], found["CODE"], found["MOTIF"]) == ("B|001", "not_a_number", "not a number")


async def test_an_answer_that_cannot_leave_goes_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Convention 46, acknowledgement file, idempotent name: neither lost nor sent twice."""
    house = answered(tmp_path, "acknowledge: {technical: recu}\n", TECHNICAL)
    house.put("STOCK_00001.xml", stock_xml([GOOD], sequence=1, mode="C"))
    acks = house.erp / "in" / "acks"
    acks.rmdir()
    report = await house.run()
    assert (report.outcome, fates(report)) == ("succeeded", {"STOCK_00001.xml": "applied"})
    assert any("RECU_STOCK_00001.xml is not delivered yet" in note for note in report.notes)
    acks.mkdir()
    rename = LocalFolder.rename

    def die(folder: LocalFolder, old: str, new: str) -> None:
        rename(folder, old, new)
        raise OSError("the line broke behind the rename")

    with monkeypatch.context() as broken:
        broken.setattr(LocalFolder, "rename", die)
        await house.run()
    await house.run()
    assert sorted(path.name for path in acks.iterdir()) == ["RECU_STOCK_00001.ok", "RECU_STOCK_00001.xml"]
    assert fates(await house.run()) == {}


async def test_names_that_the_partner_passes_over_are_not_given_to_answers(tmp_path: Path) -> None:
    """Convention 7, reserved words: the rules of the feed that goes out count, and the fault is told."""
    layout = TECHNICAL.replace("ready: {marker", "names: {longest: 10}, ready: {marker")
    house = answered(tmp_path, "acknowledge: {technical: recu}\n", layout)
    house.put("STOCK_00001.xml", stock_xml([GOOD], sequence=1, mode="C"))
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml": "applied"}
    assert any("has 20 characters, allowed are 1 to 10" in note for note in report.notes)
    assert list((house.erp / "in" / "acks").iterdir()) == []


async def test_an_answer_says_when_its_file_came_first(tmp_path: Path) -> None:
    """Convention 46, acknowledgement file, idempotent: taken again by a later run, it gets the same."""
    house = answered(tmp_path, "acknowledge: {technical: recu}\n", TECHNICAL)
    path = tmp_path / "STOCK_00001.xml"
    came, again = (
        dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC),
    )
    name = FileNamePattern.parse("STOCK_{sequence:5}.xml").match(path.name)
    assert name is not None
    with house.ledger() as ledger:
        record = ledger.files.record("stock", path.name, "0" * 64, 9)
    taken = Taken(
        ReadyFile(name, RemoteFile(path.name, 9, 0.0)),
        Collected(path, path.name, 9, "0" * 64, again, path),
        msgspec.structs.replace(record, recorded_at=came),
    )
    assert receipt_of(taken, Result("applied"), [], house.mapping).received_at == came


async def test_status_lines_come_in_batches(tmp_path: Path) -> None:
    """Convention 47, status file: a record a reject, at most so many in one file, all of them told."""
    house = answered(tmp_path, "acknowledge: {functional: lignes, at_most: 2}\n", STATUS_LINES)
    bad = [line(f"S{number}", "?") for number in range(5)]
    house.put("STOCK_00007.xml", stock_xml([GOOD, *bad], sequence=1, mode="C"))
    await house.run(override_guard="the test wants rejects")
    files = sorted((house.erp / "in" / "status").glob("*.csv"))
    assert [path.name for path in files] == [f"STATUS_00007_00{part}.csv" for part in (1, 2, 3)]
    rows = [list(csv.DictReader(StringIO(path.read_text("iso-8859-1")), delimiter=";")) for path in files]
    assert [len(one) for one in rows] == [2, 2, 1]
    assert sorted(row["CLE"] for one in rows for row in one) == [f"S{number}|001" for number in range(5)]


REASONS = """code;motif
not_a_number;Quantité illisible (règle 12)
"""


@pytest.mark.parametrize(
    ("language", "reasons", "said"),
    [
        ("fr", "", "ce n'est pas un nombre"),
        ("en", "", "not a number"),
        ("fr", ", reasons: reasons", "Quantité illisible (règle 12)"),
    ],
)
async def test_rejects_go_back_as_they_came_with_the_reason(
    tmp_path: Path, language: str, reasons: str, said: str
) -> None:
    """Convention 48, error file with original lines: the partner's own elements, in words that he knows."""
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "reasons.csv").write_text(REASONS, encoding="utf-8")
    house = partner(
        tmp_path,
        FILES + f"return_rejects: {{folder: in/rejets, language: {language}{reasons}, marker: .ok}}\n",
    )
    if reasons:
        path = tmp_path / "feeds" / "stock.yaml"
        table = "  reasons: {file: reasons.csv, from: code, to: motif}\n"
        path.write_text(path.read_text("utf-8") + table, encoding="utf-8")
        mapping: Any = load_mapping(path)
        house.mapping = mapping
    (house.erp / "in" / "rejets").mkdir(parents=True)
    house.put("STOCK_00001.xml", stock_xml([GOOD, BAD], sequence=1, mode="C"))
    await house.run()
    folder = house.erp / "in" / "rejets"
    assert sorted(path.name for path in folder.iterdir()) == [
        "REJETS_STOCK_00001.ok",
        "REJETS_STOCK_00001.xml",
    ]
    [reject] = etree.parse(folder / "REJETS_STOCK_00001.xml").getroot().iter("LIGNE")
    found = {str(leaf.tag): leaf.text for leaf in reject}
    assert found == BAD | {"REJET_CODE": "not_a_number", "REJET_MOTIF": said}


async def test_corrected_rejects_can_be_read_by_the_same_feed(tmp_path: Path) -> None:
    """Convention 48, error file for correction and return: the record is the one that the feed reads."""
    house = partner(tmp_path, FILES + "return_rejects: {folder: in/rejets}\n")
    (house.erp / "in" / "rejets").mkdir(parents=True)
    house.put("STOCK_00001.xml", stock_xml([BAD], sequence=1, mode="C"))
    await house.run(override_guard="only rejects")
    content = (house.erp / "in" / "rejets" / "REJETS_STOCK_00001.xml").read_bytes()
    mended = content.replace(b"beaucoup", b"00012,000")
    whole = mended.replace(b"<FICHIER>", b"<FICHIER><ENTETE/>").replace(b"</FICHIER>", b"<PIED/></FICHIER>")
    rows = house.mapping.reader(BytesIO(whole), file="corrected.xml").rows()
    [record] = [house.mapping.record(row) for row in rows if isinstance(row, Row)]
    assert (record.sku, record.quantity) == ("B", 12)

"""Conventions 31 to 40 as far as files decide them: full or delta, order, references, schemas."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from tests.sync.desk import line

from ..house import stock_xml
from .partner import fates, mapping_with, partner

TWENTY = [line(f"S{number:02d}", 5) for number in range(20)]

TOLD = {
    "by its name": 'pattern: "STOCK_{mode}_{sequence:5}.xml"\nmodes: {C: full, D: delta}\n',
    "by its header": (
        'pattern: "STOCK_{letter}_{sequence:5}.xml"\nmode_from: ENTETE/MODE\nmodes: {C: full, D: delta}\n'
    ),
    "by the feed": 'pattern: "STOCK_C_{sequence:5}.xml"\nmode: full\n',
}


@pytest.mark.parametrize("how", TOLD)
async def test_full_or_delta_is_told(tmp_path: Path, how: str) -> None:
    """Convention 31, full versus delta: by name, by header attribute or for all files."""
    house = partner(tmp_path, f"folder: out\n{TOLD[how]}ready: {{marker: .ok}}")
    for number, lines in ((1, TWENTY), (2, TWENTY[:19])):
        house.put(f"STOCK_C_{number:05}.xml", stock_xml(lines, sequence=number, mode="C"))
    report = await house.run()
    assert (report.outcome, report.absent) == ("succeeded", 1)
    if how != "by the feed":
        house.put("STOCK_D_00003.xml", stock_xml(TWENTY[:1], sequence=3, mode="D"))
        report = await house.run()
        assert (report.outcome, report.absent) == ("succeeded", 0)


async def test_full_or_delta_is_told_by_the_folder(tmp_path: Path) -> None:
    """Convention 31, full versus delta: told by the folder that the file lies in."""
    house = partner(
        tmp_path,
        "folder: out/{mode}\neach_of: {mode: [complet, modifs]}\nmodes: {complet: full, modifs: delta}\n"
        'pattern: "STOCK_{sequence:5}.xml"\nready: {marker: .ok}',
    )
    for folder, number, lines in (
        ("complet", 1, TWENTY),
        ("modifs", 2, TWENTY[:1]),
        ("complet", 3, TWENTY[:19]),
    ):
        place = house.erp / "out" / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / f"STOCK_{number:05}.xml").write_bytes(stock_xml(lines, sequence=number, mode="C"))
        (place / f"STOCK_{number:05}.ok").touch()
    report = await house.run()
    assert set(fates(report).values()) == {"applied"}
    assert report.absent == 1


async def test_full_or_delta_is_told_by_the_day(tmp_path: Path) -> None:
    """Convention 31, full versus delta: told by the schedule, here a full each Sunday."""
    house = partner(
        tmp_path, 'folder: out\npattern: "STOCK_{date:AAAAMMJJ}.xml"\nfull_on: sunday\nready: {marker: .ok}'
    )
    for day, lines, absent in (
        ("20261115", TWENTY, 0),
        ("20261121", TWENTY[:1], 0),
        ("20261122", TWENTY[:19], 1),
    ):
        house.put(f"STOCK_{day}.xml", stock_xml(lines, sequence=1, mode="C"))
        report = await house.run()
        assert (report.outcome, report.absent) == ("succeeded", absent)


async def test_an_alleged_full_is_proved_by_its_size(tmp_path: Path) -> None:
    """Convention 31, full versus delta, second proof: one with far fewer records waits."""
    house = partner(tmp_path, f"folder: out\n{TOLD['by its name']}ready: {{marker: .ok}}")
    house.put("STOCK_C_00001.xml", stock_xml(TWENTY, sequence=1, mode="C"))
    await house.run()
    house.put("STOCK_C_00002.xml", stock_xml(TWENTY[:3], sequence=2, mode="C"))
    report = await house.run()
    assert (report.outcome, fates(report)) == ("stopped_by_guard", {"STOCK_C_00002.xml": "held"})


def test_what_a_file_is_is_said_once(tmp_path: Path) -> None:
    """Convention 31, full versus delta: two ways to tell could contradict each other, so one is allowed."""
    with pytest.raises(ConfigError, match="say once what a file is"):
        mapping_with(tmp_path, 'folder: a\npattern: "{mode}.xml"\nmode: full\nready: {marker: .ok}')


async def test_a_full_supersedes_and_deltas_keep_their_order(tmp_path: Path) -> None:
    """Convention 32, full supersedes deltas: a full passes over a gap, a delta older than it is skipped."""
    house = partner(tmp_path, f"folder: out\n{TOLD['by its name']}ready: {{marker: .ok}}")
    house.put("STOCK_C_00001.xml", stock_xml([line("A", 1)], sequence=1, mode="C"))
    house.put("STOCK_D_00003.xml", stock_xml([line("A", 3)], sequence=3, mode="D"))
    report = await house.run()
    assert fates(report) == {"STOCK_C_00001.xml": "applied", "STOCK_D_00003.xml": "held"}
    house.put("STOCK_C_00004.xml", stock_xml([line("A", 4)], sequence=4, mode="C"))
    report = await house.run(mode="full")
    assert fates(report) == {"STOCK_C_00004.xml": "applied"}
    assert fates(await house.run()) == {"STOCK_D_00003.xml": "skipped"}
    assert house.quantities == {"A": 4}


async def test_a_gap_is_waited_for_then_asked_for(tmp_path: Path) -> None:
    """Convention 2, sequence number with a gap: held for a while, then asked for in French and English."""
    house = partner(
        tmp_path,
        f"folder: out\n{TOLD['by its name']}sequence: {{wait: 2h}}\nready: {{marker: .ok}}",
    )
    house.put("STOCK_C_00001.xml", stock_xml([line("A", 1)], sequence=1, mode="C"))
    house.put("STOCK_D_00003.xml", stock_xml([line("A", 3)], sequence=3, mode="D"))
    house.now = None
    report = await house.run()
    assert (report.outcome, report.files[1].state) == ("succeeded", "held")
    assert "2 is missing; it is waited for until" in report.files[1].note
    with house.ledger() as ledger:
        [seen, _] = ledger.files.last("stock", 2)
    house.now = seen.recorded_at + timedelta(days=365)
    report = await house.run()
    assert report.outcome == "stopped_by_guard"
    french, english = report.notes
    assert "À demander à l'émetteur de « Stock d'un partenaire » : fichier n° 2 non reçu" in french
    assert "file number 2 did not arrive; STOCK_D_00003.xml is here since" in english


REFERENCE = """
folder: out
pattern: "STOCK_{*}.xml"
mode: full
ready: {marker: .ok}
control_reference: ENTETE/SEQUENCE
"""


async def test_a_reference_that_was_applied_is_skipped_with_evidence(tmp_path: Path) -> None:
    """Convention 39, duplicate control reference: skipped, naming the file that brought it first."""
    house = partner(tmp_path, REFERENCE)
    house.put("STOCK_a.xml", stock_xml([line("A", 1)], sequence=77, mode="C"))
    await house.run()
    house.put("STOCK_b.xml", stock_xml([line("A", 9)], sequence=77, mode="C"))
    report = await house.run()
    assert fates(report) == {"STOCK_b.xml": "skipped"}
    assert "its control reference 00077 was applied before: in STOCK_a.xml" in report.files[0].note
    assert "with other content" in report.files[0].note
    assert house.quantities == {"A": 1}
    assert list(house.folders()) == ["archive"]


async def test_a_refused_reference_may_come_again(tmp_path: Path) -> None:
    """Convention 39, duplicate control reference: only what was applied counts."""
    house = partner(tmp_path, REFERENCE, more="controls: {count: PIED/NB_LIGNES}\n")
    house.put("STOCK_a.xml", stock_xml([line("A", 1)], sequence=77, mode="C", count=9))
    assert fates(await house.run()) == {"STOCK_a.xml": "refused"}
    house.put("STOCK_a.xml", stock_xml([line("A", 1)], sequence=77, mode="C"))
    assert fates(await house.run()) == {"STOCK_a.xml": "applied"}


XSD = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="FICHIER"><xs:complexType><xs:sequence>
    <xs:element name="ENTETE"/>
    <xs:element name="LIGNE" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="SKU"><xs:simpleType><xs:restriction base="xs:string">
        <xs:maxLength value="8"/></xs:restriction></xs:simpleType></xs:element>
      <xs:element name="DEPOT" type="xs:string"/>
      <xs:element name="QTE_PHYSIQUE"><xs:simpleType><xs:restriction base="xs:string">
        <xs:pattern value="[0-9]{5},000"/></xs:restriction></xs:simpleType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="PIED"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""


async def test_the_partners_schema_decides(tmp_path: Path) -> None:
    """Convention 40, XSD given by the partner: a file that breaks it is refused, with lines."""
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "stock.xsd").write_text(XSD, encoding="utf-8")
    words = 'folder: out\npattern: "STOCK_{sequence:5}.xml"\nmode: full\nready: {marker: .ok}\n'
    house = partner(tmp_path, words + "xsd: {file: stock.xsd}\n")
    house.put("STOCK_00001.xml", stock_xml(TWENTY, sequence=1, mode="C"))
    assert fates(await house.run()) == {"STOCK_00001.xml": "applied"}
    house.put("STOCK_00002.xml", stock_xml([*TWENTY, line("MUCH-TOO-LONG", 1)], sequence=2, mode="C"))
    report = await house.run()
    assert fates(report) == {"STOCK_00002.xml": "refused"}
    [reject] = report.rejects
    assert reject.code == "schema"
    assert "SKU" in reject.example
    assert "maxLength" in reject.example
    house.mapping = mapping_with(tmp_path / "feeds", words + "xsd: {file: stock.xsd, let_pass: SKU}\n")
    house.put("STOCK_00002.xml", stock_xml([*TWENTY, line("MUCH-TOO-LONG", 1)], sequence=2, mode="C"))
    report = await house.run()
    assert fates(report) == {"STOCK_00002.xml": "applied"}
    assert any("<SKU> breaks the sender's schema 1 times; let pass" in note for note in report.notes)

"""Conventions 1 to 9: names and order. The numbers are those of docs/reference/file-conventions.md."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds import Workspace
from passerelle.mapping import load_mapping
from tests.sync.desk import MAPPINGS, line

from ..house import House, stock_xml
from .partner import fates, later, mapping_with, partner

MARKED = """
folder: out
pattern: "STOCK_{sequence:5}_{date:AAAAMMJJ}.xml"
mode: delta
ready: {marker: .ok}
"""


def put(house: House, name: str, quantity: int, *, sequence: int = 1, mode: str = "D") -> None:
    """The partner drops a file that says one quantity."""
    house.put(name, stock_xml([line("A", quantity)], sequence=sequence, mode=mode))


async def test_parts_of_the_name_carry_the_facts(tmp_path: Path) -> None:
    """Convention 1, entity and timestamp in the name: they sort the files, whatever the server's dates."""
    house = partner(
        tmp_path,
        """
        folder: out
        pattern: "{entity}_{zone}_{date:AAAAMMJJ}_{time:hhmm}.xml"
        mode: full
        ready: {stable_for: 0s}
        """,
    )
    put(house, "STOCK_PARIS_20261121_0300.xml", 3)
    put(house, "STOCK_PARIS_20261120_2300.xml", 2)
    await house.run()
    report = await house.run()
    assert list(fates(report)) == ["STOCK_PARIS_20261120_2300.xml", "STOCK_PARIS_20261121_0300.xml"]
    assert house.quantities == {"A": 3}


async def test_parts_of_the_name_are_facts_for_the_mapping(tmp_path: Path) -> None:
    """Convention 1, entity and zone in the name: a field takes them as it takes what stands in the file."""
    house = partner(
        tmp_path, 'folder: out\npattern: "STOCK_{zone}_{*}.xml"\nmode: full\nready: {marker: .ok}'
    )
    path = tmp_path / "feeds" / "stock.yaml"
    text = path.read_text("utf-8").replace("{to: sku, from: SKU, via: trim", '{to: sku, from: "#file.zone"')
    path.write_text(text, encoding="utf-8")
    mapping: Any = load_mapping(path)
    house.mapping = mapping
    put(house, "STOCK_PARIS_1.xml", 3)
    assert fates(await house.run()) == {"STOCK_PARIS_1.xml": "applied"}
    assert house.quantities == {"PARIS": 3}


async def test_a_number_begins_again_after_its_last(tmp_path: Path) -> None:
    """Convention 2, sequence number that wraps: 00001 follows 99999, and a gap over the wrap is seen."""
    house = partner(tmp_path, MARKED.replace("mode: delta", "mode: full\nsequence: {last: 99999}"))
    put(house, "STOCK_99998_20261120.xml", 1)
    assert (await house.run()).outcome == "succeeded"
    put(house, "STOCK_99999_20261121.xml", 2)
    put(house, "STOCK_00001_20261122.xml", 3)
    for _ in range(2):
        await house.run()
    assert house.quantities == {"A": 3}
    put(house, "STOCK_99999_20261121.xml", 2)
    assert fates(await house.run()) == {"STOCK_99999_20261121.xml": "skipped"}
    house.mapping = mapping_with(tmp_path / "delta", MARKED + "sequence: {last: 99999}")
    put(house, "STOCK_00003_20261124.xml", 9)
    report = await house.run()
    assert (report.outcome, house.quantities) == ("stopped_by_guard", {"A": 3})
    assert "expected 2: 2 is missing" in report.message


async def test_a_number_restarts_with_the_year(tmp_path: Path) -> None:
    """Convention 2, sequence number that restarts yearly: 1 follows, 2 is a gap, December is over."""
    words = MARKED.replace("mode: delta", "mode: {mode}\nsequence: {{restarts: yearly}}")
    house = partner(tmp_path, words.replace("{mode}", "full").replace("{{", "{").replace("}}", "}"))
    put(house, "STOCK_00365_20261231.xml", 1)
    await house.run()
    house.mapping = mapping_with(
        tmp_path / "delta", words.replace("{mode}", "delta").replace("{{", "{").replace("}}", "}")
    )
    put(house, "STOCK_00002_20270102.xml", 3)
    report = await house.run()
    assert report.outcome == "stopped_by_guard"
    assert "expected 1" in report.message
    put(house, "STOCK_00001_20270101.xml", 2)
    assert set(fates(await house.run()).values()) == {"applied"}
    assert house.quantities == {"A": 3}
    put(house, "STOCK_00366_20261231.xml", 9)
    assert fates(await house.run()) == {"STOCK_00366_20261231.xml": "skipped"}
    assert house.quantities == {"A": 3}


async def test_each_zone_counts_by_itself(tmp_path: Path) -> None:
    """Convention 2, sequence number of a zone: what one zone lacks holds no other back."""
    house = partner(
        tmp_path,
        """
        folder: out
        pattern: "STOCK_{zone}_{sequence:5}.xml"
        mode: full
        sequence: {by: zone}
        ready: {marker: .ok}
        """,
    )
    put(house, "STOCK_SUD_00007.xml", 1)
    put(house, "STOCK_NORD_00001.xml", 2)
    assert set(fates(await house.run()).values()) == {"applied"}
    with house.ledger() as ledger:
        assert ledger.sequences.last("stock zone=SUD") == 7
        assert ledger.sequences.last("stock zone=NORD") == 1


PLAIN = """
folder: out
pattern: "stock.xml"
mode: full
ready: {stable_for: 0s}
afterwards: {taken: leave}
"""


async def test_the_same_name_every_day_is_another_file(tmp_path: Path) -> None:
    """Convention 3, same name overwritten daily: identity is content, size and date, not the name."""
    house = partner(tmp_path, PLAIN)
    for quantity in (1, 2):
        put(house, "stock.xml", quantity)
        await house.run()
        later(house, hours=1)
        assert fates(await house.run()) == {"stock.xml": "applied"}
        assert fates(await house.run()) == {"stock.xml": "skipped"}
    assert house.quantities == {"A": 2}


async def test_a_correction_under_the_same_name_is_kept_beside_the_first(tmp_path: Path) -> None:
    """Convention 4, same name after a correction: both versions are applied in turn, both are archived."""
    house = partner(tmp_path, PLAIN)
    for quantity in (5, 50):
        put(house, "stock.xml", quantity)
        await house.run()
        later(house, minutes=1)
        await house.run()
    with house.ledger() as ledger:
        versions = ledger.files.last("stock", 9)
    assert [(version.name, version.state) for version in versions] == [("stock.xml", "applied")] * 2
    assert len({version.sha256 for version in versions}) == 2
    originals = list(house.workspace.archive.entries("stock"))
    assert len(originals) == 2
    assert {original.name for original in originals} == {"stock.xml"}


async def test_case_and_accents_follow_the_feeds_policy(tmp_path: Path) -> None:
    """Convention 5, case and accents: NFC and NFD are one name; capitals matter where the feed says."""
    words = """
    folder: out
    pattern: "Dépôts_{date:AAAAMMJJ}.xml"
    mode: full
    case: CASE
    ready: {marker: .ok}
    """
    house = partner(tmp_path, words.replace("CASE", "any"))
    loud = "DE\u0301PO\u0302TS_20261121.XML"
    (house.inbox / loud).write_bytes(stock_xml([line("A", 4)], sequence=1, mode="C"))
    (house.inbox / "DE\u0301PO\u0302TS_20261121.OK").touch()
    strict = House(tmp_path, mapping=mapping_with(tmp_path / "strict", words.replace("CASE", "exact")))
    assert fates(await strict.run()) == {}
    assert fates(await house.run()) == {loud: "applied"}
    assert house.quantities == {"A": 4}
    assert house.folders() == {"archive": ["DE\u0301PO\u0302TS_20261121.OK", loud]}


async def test_the_folder_tells_country_and_language(tmp_path: Path) -> None:
    """Convention 6, site or country in the folder: each is looked at and is part of the name."""
    house = partner(
        tmp_path,
        """
        folder: out/{country}
        each_of: {country: [FR, BE]}
        pattern: "STOCK_{sequence:5}.xml"
        mode: full
        sequence: {by: country}
        ready: {marker: .ok}
        """,
    )
    for country, quantity in (("BE", 2), ("FR", 1), ("IT", 3)):
        folder = house.erp / "out" / country
        folder.mkdir(parents=True)
        (folder / "STOCK_00001.xml").write_bytes(stock_xml([line(country, quantity)], sequence=1, mode="C"))
        (folder / "STOCK_00001.ok").touch()
    report = await house.run()
    assert [file.state for file in report.files] == ["applied", "applied"]
    assert house.quantities == {"FR": 1, "BE": 2}
    with house.ledger() as ledger:
        assert ledger.sequences.last("stock country=FR") == 1
    assert (house.erp / "out" / "IT" / "STOCK_00001.xml").exists()


def test_parts_of_the_folder_are_all_given(tmp_path: Path) -> None:
    """Convention 6, country in the folder: a part without values is a flaw of the mapping."""
    with pytest.raises(ConfigError, match="country"):
        mapping_with(tmp_path, 'folder: "out/{country}"\npattern: "a.xml"\nready: {marker: .ok}')


async def test_prices_wait_for_products_of_their_day(tmp_path: Path) -> None:
    """Convention 8, processing order between entities: held, not failed, until the other feed had its day."""
    house = partner(tmp_path, MARKED.replace("delta", "full") + "after: products-fr\n")
    put(house, "STOCK_00001_20261121.xml", 1)
    report = await house.run()
    assert (report.outcome, fates(report)) == ("succeeded", {"STOCK_00001_20261121.xml": "held"})
    assert "waits for products-fr of 2026-11-21, which has applied nothing yet" in report.files[0].note
    products = load_mapping(MAPPINGS / "products-fr.yaml").spec.files.pattern
    for day, fate in ((20, "held"), (21, "applied")):
        name = _named(house.workspace, products, dt.date(2026, 11, day), day)
        with house.ledger() as ledger:
            ledger.files.record("products-fr", name, f"{day}" * 32, 1, state="applied")
        assert fates(await house.run()) == {"STOCK_00001_20261121.xml": fate}


def _named(workspace: Workspace, pattern: str, day: dt.date, sequence: int) -> str:
    """Write a name of the other feed."""
    from passerelle.feeds.wiring import name_pattern  # noqa: PLC0415 - where the test needs it

    compiled = name_pattern(workspace.incoming("products-fr").spec.files)
    parts: dict[str, Any] = {"date": day, "sequence": sequence, "mode": "full", "zone": "FR", "country": "FR"}
    return compiled.format(**{name: parts[name] for name in parts if f"{{{name}" in pattern})


async def test_a_barrier_is_passed_with_a_reason(tmp_path: Path) -> None:
    """Convention 8, processing order: a person who knows that nothing comes today lets the file pass."""
    house = partner(tmp_path, MARKED.replace("delta", "full") + "after: [products-fr]\n")
    put(house, "STOCK_00001_20261121.xml", 1)
    report = await house.run(override_guard="no products today")
    assert fates(report) == {"STOCK_00001_20261121.xml": "applied"}
    assert any("no products today" in note for note in report.notes)


BY_CONTENT = """
folder: out
pattern: "STOCK_{*}.xml"
mode: delta
ready: {stable_for: 0s}
in_order_of: {header: ENTETE/DATE, form: AAAAMMJJ}
"""


async def test_the_moment_in_the_content_gives_the_order(tmp_path: Path) -> None:
    """Convention 9, order by timestamp in the content: names and dates do not count, the late is late."""
    house = partner(tmp_path, BY_CONTENT)
    for name, day, quantity in (("STOCK_a.xml", "20261103", 3), ("STOCK_b.xml", "20261102", 2)):
        house.put(name, stock_xml([line("A", quantity)], sequence=1, mode="D", day=day))
    await house.run()
    report = await house.run()
    assert list(fates(report).items()) == [("STOCK_b.xml", "applied"), ("STOCK_a.xml", "applied")]
    assert house.quantities == {"A": 3}
    house.put("STOCK_c.xml", stock_xml([line("A", 1)], sequence=1, mode="D", day="20261101"))
    await house.run()
    report = await house.run()
    assert fates(report) == {"STOCK_c.xml": "skipped"}
    assert "came too late: 20261103000000 was applied before it" in report.files[0].note
    assert house.quantities == {"A": 3}


async def test_a_moment_that_cannot_be_read_refuses_the_file(tmp_path: Path) -> None:
    """Convention 9, order by timestamp in the content: without the moment nobody knows the order."""
    house = partner(tmp_path, BY_CONTENT)
    house.put("STOCK_a.xml", stock_xml([line("A", 1)], sequence=1, mode="D", day="demain"))
    await house.run()
    report = await house.run()
    assert [row.code for row in report.rejects] == ["unreadable_moment"]
    assert list(house.folders()) == ["error"]

"""A feed of several files: they are waited for, taken, written down and put away together."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from passerelle.mapping import Mapping, load_mapping
from tests.sync.desk import level

from ..house import House

MAPPING = """
feed: stock-by-article
entity: stock
files: {{folder: out, pattern: "STOCK{number}.xml", mode: full, ready: {{marker: .ok}}{more}}}
format: {{xml: {{charset: UTF-8, record: /F/R}}}}
inputs:
  articles: {{files: {{pattern: "ART{number}.xml"}}}}
  depots: {{files: {{folder: tables, pattern: depots.xml}}}}
join:
  ARTICLE: {{input: articles, on: {{NR: NR}}, missing: reject}}
  PLACE: {{input: depots, on: {{DEPOT: CODE}}, missing: reject}}
key: [NR, DEPOT]
fields:
  - {{to: sku, from: ARTICLE/SKU}}
  - {{to: supply_channel, from: PLACE/KEY}}
  - {{to: quantity, from: N, as: integer}}
"""


def xml(*rows: dict[str, str]) -> bytes:
    """Write rows of names and texts."""
    lines = ["".join(f"<{name}>{text}</{name}>" for name, text in row.items()) for row in rows]
    return "\n".join(["<F>", *(f"<R>{line}</R>" for line in lines), "</F>"]).encode()


def stock(*rows: tuple[str, str]) -> bytes:
    """Write stock by article number, all in depot 1."""
    return xml(*({"NR": number, "DEPOT": "1", "N": quantity} for number, quantity in rows))


def articles(*rows: tuple[str, str]) -> bytes:
    """Write article numbers with their SKUs."""
    return xml(*({"NR": number, "SKU": sku} for number, sku in rows))


DEPOTS = xml({"CODE": "1", "KEY": "depot-001"})
ARTICLES = articles(("10", "A"), ("11", "B"))


def house_of(tmp_path: Path, *, number: str = "_{sequence:5}", more: str = "") -> House:
    """A house whose stock comes with two other files; the table of depots lies there for good."""
    path = tmp_path / "stock-by-article.yaml"
    path.write_text(dedent(MAPPING.format(number=number, more=more)), encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    house = House(tmp_path / "house", mapping=mapping)
    tables = house.erp / "tables"
    tables.mkdir()
    (tables / "depots.xml").write_bytes(DEPOTS)
    (tables / "depots.ok").touch()
    return house


async def test_a_set_is_applied_written_down_and_put_away_together(tmp_path: Path) -> None:
    """What comes with one main file alone goes with it; a table for all of them stays where it is."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", stock(("10", "3"), ("11", "4")))
    report = await house.run()
    assert report.outcome == "succeeded"
    assert house.quantities == {"A": 3, "B": 4}
    assert house.folders() == {
        "archive": ["ART_00001.ok", "ART_00001.xml", "STOCK_00001.ok", "STOCK_00001.xml"]
    }
    assert (house.erp / "tables" / "depots.xml").exists()
    with house.ledger() as ledger:
        files = {one.name: one.state for one in ledger.files.last(house.mapping.feed, 10)}
        archive = house.workspace.archive
        found = [archive.find(one.feed, one.sha256) for one in ledger.files.last(house.mapping.feed, 10)]
    assert files == {
        "STOCK_00001.xml": "applied",
        "out/ART_00001.xml": "applied",
        "tables/depots.xml": "applied",
    }
    assert len(found) == 3
    assert None not in found


async def test_a_main_file_waits_for_its_companions(tmp_path: Path) -> None:
    """An incomplete set is no fault: it is held, and the next run takes it when all is there."""
    house = house_of(tmp_path)
    house.put("STOCK_00001.xml", stock(("10", "3")))
    house.put("ART_00002.xml", ARTICLES)
    report = await house.run()
    ((state, note),) = [(file.state, file.note) for file in report.files]
    assert (report.outcome, state) == ("succeeded", "held")
    assert "STOCK_00001.xml waits for a file ART_{sequence:5}.xml with sequence 00001, for articles" in note
    assert house.quantities == {}
    house.put("ART_00001.xml", ARTICLES)
    assert [file.state for file in (await house.run()).files] == ["applied"]
    assert house.quantities == {"A": 3}


async def test_a_companion_without_its_marker_is_not_there_yet(tmp_path: Path) -> None:
    """Each file of a set is ready by its own sign."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES)
    (house.inbox / "ART_00001.ok").unlink()
    house.put("STOCK_00001.xml", stock(("10", "3")))
    assert [file.state for file in (await house.run()).files] == ["held"]


async def test_a_cut_companion_refuses_the_set(tmp_path: Path) -> None:
    """Nothing is applied of a set of which one file is damaged; all of it goes where refused files go."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES[:-5])
    house.put("STOCK_00001.xml", stock(("10", "3")))
    report = await house.run()
    assert report.outcome == "failed"
    assert "ART_00001.xml" in report.message
    assert house.quantities == {}
    assert house.folders() == {
        "error": ["ART_00001.ok", "ART_00001.xml", "STOCK_00001.ok", "STOCK_00001.xml"]
    }
    with house.ledger() as ledger:
        states = {one.name: one.state for one in ledger.files.last(house.mapping.feed, 10)}
    assert set(states.values()) == {"refused"}


async def test_a_row_without_partner_is_quarantined_the_others_go_on(tmp_path: Path) -> None:
    """A main row that lacks its partner waits in quarantine; rows that belong to nothing are noted."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", articles(("10", "A"), ("77", "Z")))
    house.put("STOCK_00001.xml", stock(("10", "3"), ("12", "5")))
    report = await house.run()
    assert (report.quarantined, house.quantities) == (1, {"A": 3})
    with house.ledger() as ledger:
        (entry,) = ledger.quarantine.entries(house.mapping.feed)
    assert (entry.code, entry.record_key) == ("missing_row", "12|1")
    assert any(
        "articles: 1 of 2 rows belong to no record: out/ART_00001.xml line 3 (77)" in n for n in report.notes
    )


async def test_a_changed_companion_is_news_although_the_main_file_is_the_same(tmp_path: Path) -> None:
    """Where files are left in place, a set is done with only while all of its files are the same."""
    house = house_of(tmp_path, number="", more=", afterwards: {taken: leave}")
    house.put("ART.xml", ARTICLES)
    house.put("STOCK.xml", stock(("10", "3")))
    assert [file.state for file in (await house.run()).files] == ["applied"]
    assert [file.note for file in (await house.run()).files] == ["applied before, unchanged since"]
    house.put("ART.xml", articles(("10", "AAA"), ("11", "B")))
    assert [file.state for file in (await house.run()).files] == ["applied"]
    assert house.quantities == {"A": 3, "AAA": 3}


async def test_a_number_sent_again_with_another_companion_is_for_people_to_decide(tmp_path: Path) -> None:
    """One set a number: the other set is refused and kept, and the report tells which file is another."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", stock(("10", "3")))
    await house.run()
    house.put("ART_00001.xml", articles(("10", "Z")))
    house.put("STOCK_00001.xml", stock(("10", "3")))
    report = await house.run()
    assert (report.outcome, [file.state for file in report.files]) == ("failed", ["refused"])
    assert "1 with the same content, and with another out/ART_00001.xml" in report.files[0].note
    assert house.quantities == {"A": 3}
    assert house.folders()["error"] == ["ART_00001.ok", "ART_00001.xml", "STOCK_00001.ok", "STOCK_00001.xml"]


async def test_a_number_sent_again_is_skipped_and_a_newer_table_is_told(tmp_path: Path) -> None:
    """A table for many main files may change: a repetition is no news, and the evidence names the table."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", stock(("10", "3")))
    await house.run()
    (house.erp / "tables" / "depots.xml").write_bytes(xml({"CODE": "1", "KEY": "depot-002"}))
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", stock(("10", "3")))
    report = await house.run()
    assert (report.outcome, [file.state for file in report.files]) == ("succeeded", ["skipped"])
    assert "tables/depots.xml is another than the one applied with it" in report.files[0].note
    assert set(house.shelf.contents()) == {"A/depot-001"}


async def test_a_dry_run_reads_the_set_and_leaves_no_trace(tmp_path: Path) -> None:
    """It plans from all files, and nothing is written down or moved."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", stock(("10", "3")))
    before = house.state()
    report = await house.run(dry_run=True)
    assert (report.planned, house.state()) == (1, before)


async def test_a_replay_reads_the_set_again_as_it_was(tmp_path: Path) -> None:
    """Originals of all files are in the archive: one SKU is given what they said together."""
    house = house_of(tmp_path)
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", stock(("10", "3"), ("11", "4")))
    await house.run()
    house.put("ART_00002.xml", articles(("10", "A"), ("11", "B")))
    house.put("STOCK_00002.xml", stock(("10", "5"), ("11", "6")))
    await house.run()
    assert house.quantities == {"A": 5, "B": 6}
    for sku in "AB":
        house.shelf.put(level(sku, 99))
    report = await house.run(skus=("A",))
    assert house.quantities == {"A": 5, "B": 99}
    assert [(file.name, file.note) for file in report.files] == [("STOCK_00002.xml", "read again")]


async def test_the_same_set_again_changes_nothing(tmp_path: Path) -> None:
    """Unchanged records of a joined feed are recognised before they are mapped."""
    house = house_of(tmp_path)
    for number in (1, 2):
        house.put(f"ART_0000{number}.xml", ARTICLES)
        house.put(f"STOCK_0000{number}.xml", stock(("10", "3"), ("11", "4")))
        report = await house.run()
    assert (report.unchanged, report.mapped, report.updated) == (2, 0, 0)

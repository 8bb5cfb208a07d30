"""Conventions 21 to 38 as they meet in a feed: bytes of partners in, canonical records out, by YAML alone."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from passerelle.errors import DataError, FileRefused
from passerelle.feeds.incoming.reading import FeedReader
from passerelle.files import FileName
from passerelle.formats import BadRow
from passerelle.mapping import Mapping, load_mapping
from passerelle.sync import RunReport
from tests.commercetools.test_plans import SHIRT, planned
from tests.sync.desk import line

from ..house import House, stock_xml
from .partner import fates, partner

NAME = FileName("FILE", None, None, None, None, {})
FILES = 'files: {folder: out, pattern: "FILE", ready: {marker: .ok}}\n'
STOCK = f"feed: x\nentity: stock\n{FILES}key: SKU\n"
QUANTITY = """
fields:
  - {to: sku, from: SKU, via: trim, required: true}
  - {to: quantity, from: QTE, via: {decimal: "1 234,5"}, as: integer}
"""


def feed(folder: Path, text: str) -> Mapping:
    """Load a mapping from its text."""
    path = folder / "feed.yaml"
    path.write_text(text, encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    return mapping


def records(mapping: Mapping, content: bytes) -> list[Any]:
    """Read a file as a run does; a record that is faulty is its faults' codes."""
    reader = FeedReader(mapping, io.BytesIO(content), NAME)
    found: list[Any] = []
    for row in reader.rows():
        if isinstance(row, BadRow):
            found.append([fault.code for fault in row.faults])
            continue
        try:
            found.append(mapping.record(row, file="FILE", header=reader.header))
        except DataError as error:
            found.append([fault.code for fault in error.faults])
    return found


def stocks(mapping: Mapping, content: bytes) -> list[tuple[str, int]]:
    """Give SKU and quantity of each record."""
    return [(record.sku, record.quantity) for record in records(mapping, content)]


def csv_feed(charset: str, *more: str) -> str:
    """A feed of lines with semicolons."""
    return STOCK + f"format: {{csv: {{charset: {charset}, delimiter: ';'{''.join(more)}}}}}" + QUANTITY


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("ISO-8859-1", "iso-8859-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
    ],
)
def test_each_charset_is_declared_and_strict(tmp_path: Path, charset: str, codec: str) -> None:
    """Convention 21, charsets with or without BOM: the declared one, whose letters come out right."""
    euro = "" if charset == "ISO-8859-1" else "€"
    mapping = feed(tmp_path, csv_feed(charset))
    assert stocks(mapping, f"SKU;QTE\r\nÉTÉ{euro};3\r\n".encode(codec)) == [(f"ÉTÉ{euro}", 3)]


def test_a_byte_of_another_charset_refuses_the_file(tmp_path: Path) -> None:
    """Convention 21, charsets: nothing is guessed, a wrong byte is told with its place."""
    with pytest.raises(FileRefused) as refused:
        stocks(feed(tmp_path, csv_feed("UTF-8")), "SKU;QTE\r\nÉTÉ;3\r\n".encode("latin-1"))
    assert refused.value.fault.code == "wrong_charset"
    assert refused.value.fault.position.line == 2


def test_ebcdic_is_a_charset_like_others(tmp_path: Path) -> None:
    """Convention 21, EBCDIC: the French code pages, in records of a length without line ends."""
    layout = "columns: {SKU: {at: 1, width: 6}, QTE: {at: 7, width: 5}}"
    mapping = feed(
        tmp_path, STOCK + f"format: {{fixed: {{charset: cp1147, length: 11, {layout}}}}}" + QUANTITY
    )
    content = "été-1 00012".encode("cp1147") + "A{}@  00003".encode("cp1147")
    assert stocks(mapping, content) == [("été-1", 12), ("A{}@", 3)]


XML = """
fields:
  - {to: sku, from: SKU, via: trim, required: true}
  - {to: quantity, from: QTE, as: integer, via: {decimal: "1234,5"}}
"""


def test_a_prolog_that_lies_is_refused_or_overridden(tmp_path: Path) -> None:
    """Convention 22, XML prolog that lies: refused, unless the feed says that its own word counts."""
    layout = "xml: {charset: windows-1252, record: /F/L"
    content = '<?xml version="1.0" encoding="UTF-8"?><F><L><SKU>É€</SKU><QTE>1</QTE></L></F>'.encode("cp1252")
    with pytest.raises(FileRefused) as refused:
        stocks(feed(tmp_path, STOCK + f"format: {{{layout}}}}}" + XML), content)
    assert refused.value.fault.code == "charset_conflict"
    mended = feed(tmp_path, STOCK + f"format: {{{layout}, override_prolog: true}}}}" + XML)
    assert stocks(mended, content) == [("É€", 1)]


@pytest.mark.parametrize("damage", ["A&B", "A\x01B", "A\x1fB"])
def test_illegal_characters_refuse_the_file_with_their_line(tmp_path: Path, damage: str) -> None:
    """Convention 23, illegal characters and unescaped `&`: never passed on, told with their line."""
    mapping = feed(tmp_path, STOCK + "format: {xml: {charset: UTF-8, record: /F/L}}" + XML)
    content = f"<F>\n<L><SKU>A</SKU><QTE>1</QTE></L>\n<L><SKU>{damage}</SKU><QTE>1</QTE></L></F>"
    with pytest.raises(FileRefused) as refused:
        stocks(mapping, content.encode())
    assert refused.value.fault.position.line == 3
    switch = "bare_ampersands: escape" if "&" in damage else "illegal_characters: remove"
    assert switch in refused.value.fault.advice


@pytest.mark.parametrize(
    ("switch", "damage", "sku"),
    [
        ("illegal_characters: remove", "A\x01B&#x1F;", "AB"),
        ("illegal_characters: blank", "A\x01B", "A B"),
        ("bare_ampersands: escape", "A & B", "A & B"),
    ],
)
def test_illegal_characters_are_mended_where_the_feed_says_so(
    tmp_path: Path, switch: str, damage: str, sku: str
) -> None:
    """Convention 23, illegal characters and unescaped `&`: a switch of the feed mends them, and counts."""
    mapping = feed(tmp_path, STOCK + f"format: {{xml: {{charset: UTF-8, record: /F/L, {switch}}}}}" + XML)
    content = f"<F>\n<L><SKU>{damage}</SKU><QTE>1</QTE></L></F>"
    assert stocks(mapping, content.encode()) == [(sku, 1)]
    assert mapping.repairs.total() == damage.count("\x01") + damage.count("&")


async def test_what_was_mended_is_reported_and_the_original_kept(tmp_path: Path) -> None:
    """Convention 23, illegal characters: the report has count and first line, the archive what came."""
    house = partner(tmp_path, MODES)
    path = tmp_path / "feeds" / "stock.yaml"
    told = path.read_text(encoding="utf-8")
    switched = told.replace("/FICHIER/LIGNE,", "/FICHIER/LIGNE, illegal_characters: remove,")
    path.write_text(switched, encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    house.mapping = mapping
    content = stock_xml([line("S01", 5), line("S02\x0b", 5)], sequence=1, mode="C")
    house.put("STOCK_C_00001.xml", content.replace(b"S01", b"S&#1;01"))
    report = await house.run()
    assert (report.outcome, report.repaired) == ("succeeded", 2)
    assert report.notes == [
        "STOCK_C_00001.xml: 2 illegal characters taken out, the first in line 4: &#1;",
    ]
    (original,) = house.workspace.home.rglob("STOCK_C_00001.xml.gz")
    assert gzip.decompress(original.read_bytes()) == content.replace(b"S01", b"S&#1;01")


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("last", ["", "end", "end\x1a"])
def test_lines_end_as_partners_end_them(tmp_path: Path, ending: str, last: str) -> None:
    """Convention 24, CRLF, CR, no final newline, 0x1A: each line is a record, the end mark none."""
    content = ending.join(["SKU;QTE", "A;1", "B;2"]) + last.replace("end", ending)
    assert stocks(feed(tmp_path, csv_feed("UTF-8")), content.encode()) == [("A", 1), ("B", 2)]


def test_records_of_a_length_need_no_line_ends(tmp_path: Path) -> None:
    """Convention 24, record length without newline: cut by length; a torn last record refuses the file."""
    layout = "length: 9, columns: {SKU: {at: 1, width: 4}, QTE: {at: 5, width: 5}}"
    mapping = feed(tmp_path, STOCK + f"format: {{fixed: {{charset: ISO-8859-1, {layout}}}}}" + QUANTITY)
    assert stocks(mapping, b"A   00001B\r\n 00002") == [("A", 1), ("B", 2)]
    with pytest.raises(FileRefused):
        stocks(mapping, b"A   00001B   0")


@pytest.mark.parametrize("number", ["1 234,00", "1\u00a0234,00", "1\u202f234", '"1 234,0"', "1234"])
def test_numbers_and_quotes_follow_the_feeds_dialect(tmp_path: Path, number: str) -> None:
    """Convention 25, `;`, decimal comma, thousands space, quotes: as the feed says, no locale is guessed."""
    mapping = feed(tmp_path, csv_feed("UTF-8"))
    content = f'SKU;QTE\r\n"A;""B""";{number}\r\n'
    assert stocks(mapping, content.encode()) == [('A;"B"', 1234)]
    assert records(mapping, b"SKU;QTE\r\nA;1,234.00\r\n") == [["not_a_number"]]


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("type: packed, decimals: 2", b"\x00\x12\x30\x0d"),
        ("type: zoned, decimals: 2", "001230}".encode("cp1147")[:6] + b"\xd0"),
        ("type: zoned, decimals: 2, sign: trailing, separate: true", "0001230-".encode("cp1147")),
    ],
)
def test_numbers_of_hosts_are_exact(tmp_path: Path, kind: str, raw: bytes) -> None:
    """Convention 26, packed, zoned, overpunch, implied decimals: typed in the layout, exact, signs kept."""
    width = len(raw)
    columns = f"columns: {{SKU: {{at: 1, width: 2}}, QTE: {{at: 3, width: {width}, {kind}}}}}"
    mapping = feed(
        tmp_path,
        STOCK
        + f"format: {{fixed: {{charset: cp1147, length: {width + 2}, {columns}}}}}"
        + "\nfields:\n  - {to: sku, from: SKU}\n"
        + "  - {to: quantity, from: QTE, via: [{decimal: '1234.5'}, {multiply: 10}], as: integer}\n",
    )
    expected = -123 if "separate" in kind else -1230
    assert stocks(mapping, "A1".encode("cp1147") + raw) == [("A1", expected)]


def test_trailing_signs_and_implied_decimals_in_text(tmp_path: Path) -> None:
    """Convention 26, implied decimals and trailing sign: `0012345-` with two decimals is -123.45."""
    fields = QUANTITY.replace('{decimal: "1 234,5"}', "[{implied_decimals: 2}, {multiply: 100}]")
    assert stocks(feed(tmp_path, csv_feed("UTF-8").replace(QUANTITY, fields)), b"SKU;QTE\nA;0012345-\n") == [
        ("A", -12345)
    ]


def test_quotes_that_are_not_doubled_are_escaped(tmp_path: Path) -> None:
    """Convention 25, quotes doubled or not: with an escape character, where the feed says so."""
    mapping = feed(tmp_path, csv_feed("UTF-8", ", doubled: false, escape: '\\'"))
    assert stocks(mapping, b'SKU;QTE\r\n"A;\\"B\\"";1\r\n') == [('A;"B"', 1)]


SENTINELS = '"99991231", "0"'
PRICE = f"""feed: p
entity: price
{FILES}key: SKU
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
fields:
  - {{to: sku, from: SKU}}
  - {{to: value, money: {{amount: PRIX, currency: DEVISE, decimal: "1234,5"}}}}
  - {{to: country, from: PAYS}}
  - {{to: valid_from, from: DEBUT, via: {{date: FORM, zone: Europe/Paris, none: ["0", "00000000"]}}}}
  - {{to: valid_until, from: FIN, via: {{date: FORM, zone: Europe/Paris, end_of_day: true, none: [LAST]}}}}
"""


@pytest.mark.parametrize(
    ("form", "begin", "end", "expected"),
    [
        (
            "AAAAMMJJ",
            "20261101",
            "20261130",
            (datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ),
        (
            "CAAMMJJ",
            "1260329",
            "1260329",
            (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ),
        ("AAAAMMJJ", "00000000", "99991231", (None, None)),
    ],
)
def test_dates_and_their_sentinels(
    tmp_path: Path, form: str, begin: str, end: str, expected: Sequence[datetime | None]
) -> None:
    """Convention 27, dates `YYYYMMDD`, `CYYMMDD`, sentinels, local time: instants in UTC."""
    mapping = feed(tmp_path, PRICE.replace("FORM", form).replace("LAST", SENTINELS))
    [price] = records(mapping, f"SKU;PRIX;DEVISE;PAYS;DEBUT;FIN\nA;9,90;EUR;FR;{begin};{end}\n".encode())
    assert (price.valid_from, price.valid_until) == tuple(expected)


LINES = """format:
  lines:
    charset: ISO-8859-1
    type: {at: 1, width: 1}
    records:
      E: {columns: {DATE: {at: 2, width: 8}}}
      L: {columns: {SKU: {at: 2, width: 4}}}
      Q: {columns: {QTE: {at: 2, width: 5}}, below: L}
      P: {columns: {NB: {at: 2, width: 4}}}
    record: L
    header: E
    trailer: P
"""


def test_record_types_make_a_hierarchy(tmp_path: Path) -> None:
    """Convention 28, header, detail, trailer record types: nested by position, unknown ones rejected."""
    text = STOCK + LINES + QUANTITY.replace("from: QTE", "from: Q/QTE")
    mapping = feed(tmp_path, text)
    content = b"E20261101\r\nLA   \r\nQ00001\r\nLB   \r\nQ00002\r\nP0002\r\n"
    assert stocks(mapping, content) == [("A", 1), ("B", 2)]
    reader = FeedReader(mapping, io.BytesIO(content), NAME)
    assert len(list(reader.rows())) == 2
    assert reader.header == {"DATE": "20261101"}
    # The unknown line is the reject; the records around it stand.
    first, unknown, last = records(mapping, content.replace(b"Q00002\r\n", b"Q00002\r\nZ?\r\n"))
    assert (first.sku, unknown, last.sku) == ("A", ["unknown_record_type"], "B")


PRODUCT = f"""feed: p
entity: product
{FILES}key: SKU
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
fields:
  - {{to: key, from: SKU}}
  - {{to: name.fr-FR, from: NOM}}
  - to: variants
    each: .
    fields:
      - {{to: sku, from: SKU}}
      - {{to: attributes.ean, from: EAN, via: {{ean: 13}}}}
"""


@pytest.mark.parametrize(
    ("ean", "code"),
    [
        ("4006381333932", "bad_ean"),
        ("400638133393", "bad_ean"),
        ("4,00638E+12", "scientific_notation"),
        ("4.00638E+12", "scientific_notation"),
    ],
)
def test_an_ean_that_a_spreadsheet_spoiled_is_rejected(tmp_path: Path, ean: str, code: str) -> None:
    """Convention 29, EAN losing zeros or turned to `3,61E+12`: length and check digit tell."""
    mapping = feed(tmp_path, PRODUCT)
    assert records(mapping, f"SKU;NOM;EAN\nA;Veste;{ean}\n".encode()) == [[code]]
    [product] = records(mapping, b"SKU;NOM;EAN\nA;Veste;4006381333931\n")
    assert product.variants[0].attributes == {"ean": "4006381333931"}


@pytest.mark.parametrize("version", ["urn:stock:1", "urn:stock:2", ""])
def test_namespaces_can_be_ignored(tmp_path: Path, version: str) -> None:
    """Convention 30, namespaces, several vocabulary versions at once: one feed reads them all by choice."""
    content = f'<a:F xmlns:a="{version}"><a:L><a:SKU>A</a:SKU><a:QTE>1</a:QTE></a:L></a:F>'
    if not version:
        content = content.replace('xmlns:a=""', "").replace("a:", "")
    layout = "xml: {charset: UTF-8, record: /F/L, ignore_namespaces: true}"
    assert stocks(feed(tmp_path, STOCK + f"format: {{{layout}}}" + XML), content.encode()) == [("A", 1)]
    strict = STOCK + "format: {xml: {charset: UTF-8, record: /F/L}}" + XML
    if version:
        with pytest.raises(FileRefused):
            stocks(feed(tmp_path, strict), content.encode())


MODES = """
folder: out
pattern: "STOCK_{mode}_{sequence:5}.xml"
modes: {C: full, D: delta}
ready: {marker: .ok}
"""


async def runs(house: House, *files: tuple[str, int, list[dict[str, str]]]) -> RunReport:
    """Carry these files."""
    for mode, number, lines in files:
        house.put(f"STOCK_{mode}_{number:05}.xml", stock_xml(lines, sequence=number, mode=mode))
    return await house.run()


async def test_absence_means_something_in_a_full_only(tmp_path: Path) -> None:
    """Convention 33, absent is deleted or untouched: a delta never makes absent, a full counts and keeps."""
    house = partner(tmp_path, MODES)
    twenty = [line(f"S{number:02d}", 5) for number in range(20)]
    report = await runs(house, ("C", 1, twenty), ("D", 2, twenty[:1]))
    assert (report.outcome, report.absent) == ("succeeded", 0)
    assert (await runs(house, ("C", 3, twenty[:19]))).absent == 1
    assert len(house.quantities) == 20


def test_a_delete_flag_takes_no_part_in_what_is_written(tmp_path: Path) -> None:
    """Convention 33, delete flag: a tombstone is no record to write; it is told apart from the others."""
    mapping = feed(tmp_path, csv_feed("UTF-8") + "deletes: {flag: {path: ACTION, is: L}}\n")
    first, second = records(mapping, b"SKU;QTE;ACTION\nA;1;\nB;2;L\n")
    assert first.sku == "A"
    assert second == ["delete_held"]


def test_null_empty_and_missing_are_three(tmp_path: Path) -> None:
    """Convention 35, null versus empty versus missing tag: each has a policy of its own."""
    text = STOCK + "format: {xml: {charset: UTF-8, record: /F/L}}" + XML
    text += '  - {to: restockable_in_days, from: DELAI, via: {decimal: "1234.5"}, as: integer, empty: none}\n'
    content = (
        b"<F>"
        + b"".join(
            b"<L><SKU>%s</SKU><QTE>1</QTE>%s</L>" % pair
            for pair in ((b"A", b""), (b"B", b"<DELAI/>"), (b"C", b"<DELAI>0</DELAI>"))
        )
        + b"</F>"
    )
    absent, none, zero = records(feed(tmp_path, text), content)
    assert repr(absent.restockable_in_days) == "UNSET"
    assert (none.restockable_in_days, zero.restockable_in_days) == (None, 0)
    strict = text.replace("empty: none", "empty: reject, absent: reject")
    missing, empty, zero = records(feed(tmp_path, strict), content)
    assert (missing, empty, zero.restockable_in_days) == (["missing_value"], ["empty_value"], 0)
    filled = text.replace("empty: none", "default: 7")
    assert [one.restockable_in_days for one in records(feed(tmp_path, filled), content)] == [7, 7, 0]


async def test_a_quantity_is_set_not_added(tmp_path: Path) -> None:
    """Convention 36, stock absolute and per store: what a file says is what the shop has, zero too."""
    house = partner(tmp_path, MODES)
    await runs(house, ("C", 1, [line("A", 5), line("A", 2, "101")]), ("D", 2, [line("A", 7)]))
    assert house.quantities == {"A": 7, "A/depot-101": 2}
    await runs(house, ("D", 3, [line("A", 7)]))
    assert house.quantities == {"A": 7, "A/depot-101": 2}
    await runs(house, ("D", 4, [line("A", 0)]))
    assert house.quantities == {"A": 0, "A/depot-101": 2}


def test_a_price_has_currency_scope_and_period(tmp_path: Path) -> None:
    """Convention 37, price per country with validity, exact: another currency than the feed's is a reject."""
    text = (
        PRICE.replace("FORM", "AAAAMMJJ")
        .replace("LAST", SENTINELS)
        .replace('decimal: "1234,5"', 'decimal: "1234,5", only: EUR')
    )
    mapping = feed(tmp_path, text)
    good, bad = records(
        mapping, b"SKU;PRIX;DEVISE;PAYS;DEBUT;FIN\nA;9,90;EUR;FR;20261101;99991231\nA;9,90;PLN;PL;0;0\n"
    )
    assert (good.value.amount, good.value.currency, good.country) == (Decimal("9.90"), "EUR", "FR")
    assert good.valid_until is None
    assert bad == ["unknown_currency"]


async def test_counts_are_compared_before_anything_is_written(tmp_path: Path) -> None:
    """Convention 38, trailer count: a file that lost a line is refused, and nothing of it is written."""
    house = partner(tmp_path, MODES, more="controls: {count: PIED/NB_LIGNES}\n")
    content = stock_xml([line("A", 1), line("B", 1)], sequence=1, mode="C", count=3)
    house.put("STOCK_C_00001.xml", content)
    report = await house.run()
    assert fates(report) == {"STOCK_C_00001.xml": "refused"}
    assert [row.code for row in report.rejects] == ["wrong_count"]
    assert (house.quantities, house.shelf.log) == ({}, [])


def test_lists_of_a_product_replace_those_of_the_shop() -> None:
    """Convention 34, delta with the complete product: what its lists leave out is taken away in the shop."""
    record = msgspec.structs.replace(SHIRT, categories=("cat-0001",))
    actions = [action["action"] for action in planned(record).actions]
    assert actions == ["removeFromCategory", "publish"]

"""Infer: a draft that says what it rests on, passes check, and maps the sample that it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from passerelle.errors import ConfigError, FileRefused
from passerelle.mapping import load_incoming
from passerelle.retailer import generate
from passerelle.workbench.checking import check
from passerelle.workbench.infer import guess_layout, infer
from passerelle.workbench.infer.charsets import guess_charset, is_ebcdic
from passerelle.workbench.infer.naming import feed_name, name_pattern
from passerelle.workbench.trying import try_file
from tests.workbench.workplace import Workplace

SUPPLIER = """\
Article no.;Label_fr;Label_en;EAN;Price;Colour;Packed
AB-1;Écharpe;Scarf;2980000010002;12,50;red;1
AB-2;Bonnet;Hat;2980000010019;9,00;red;6
AB-3;Gants;Gloves;2980000010026;1.120,00;blue;1
AB-4;Sac;Bag;2980000010033;15,90;blue;2
"""
FEED = Callable[[Workplace], Path]


@pytest.fixture(scope="module")
def retailer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an invented retailer."""
    root = tmp_path_factory.mktemp("erp")
    generate(root, seed=5, styles=3, stores=1, step="full")
    return root


@pytest.mark.parametrize("flux", ["articles", "categories", "tarifs", "stock"])
def test_a_draft_of_xml_maps_its_sample(retailer: Path, tmp_path: Path, flux: str) -> None:
    """It passes check as it stands, and not one record of the sample is rejected."""
    for sample in sorted((retailer / "out" / flux).glob("*.xml")):
        draft = tmp_path / "draft.yaml"
        draft.write_text(infer(sample), encoding="utf-8")
        assert check([draft]).flaws == ()
        tried = try_file(load_incoming(draft), sample, limit=50)
        assert tried.records
        assert [told.faults for told in tried.records if told.faults] == []


def test_the_entity_follows_from_the_columns(retailer: Path) -> None:
    """Names make a product, a parent a category, an amount a price, a quantity a stock."""
    expected = {"articles": "product", "categories": "category", "tarifs": "price", "stock": "stock"}
    for flux, entity in expected.items():
        (sample,) = (retailer / "out" / flux).glob("*_FR_*.xml" if flux != "stock" else "*.xml")
        assert f"\nentity: {entity}\n" in infer(sample)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252", "cp850"])
def test_a_draft_of_csv_maps_its_sample(workplace: Workplace, charset: str) -> None:
    """Any charset: the texts come out as they went in, with their languages and their check digits."""
    sample = workplace.write("CATALOGUE_20261101.csv", SUPPLIER, charset)
    draft = workplace.write("draft.yaml", infer(sample))
    assert check([draft]).flaws == ()
    records = [told.record for told in try_file(load_incoming(draft), sample).records]
    assert [record.name for record in records[:2]] == [
        {"fr": "Écharpe", "en": "Scarf"},
        {"fr": "Bonnet", "en": "Hat"},
    ]
    assert records[0].key == "p-AB-1"
    assert records[0].variants[0].attributes["ean"] == "2980000010002"
    assert records[1].variants[0].attributes["packed"] == 6


def test_an_entity_that_is_asked_for(workplace: Workplace) -> None:
    """The same file, read for its prices: the way of writing that every amount agrees with."""
    sample = workplace.write("CATALOGUE_20261101.csv", SUPPLIER)
    text = infer(sample, entity="price")
    draft = workplace.write("draft.yaml", text)
    assert check([draft]).flaws == ()
    assert 'decimal: "1.234,5"' in text
    assert "unsure: no column holds a currency" in text
    records = [told.record for told in try_file(load_incoming(draft), sample).records]
    assert [str(record.value) for record in records] == ["12.50 EUR", "9.00 EUR", "1120.00 EUR", "15.90 EUR"]


def test_an_entity_that_is_none(workplace: Workplace) -> None:
    """What can be drafted is named."""
    sample = workplace.write("a.csv", SUPPLIER)
    with pytest.raises(ConfigError, match="product, category, price, stock"):
        infer(sample, entity="produkt")


@pytest.mark.parametrize(
    ("name", "text", "layout", "spec"),
    [
        ("tab.txt", "a\tb\n1\t2\n3\t4\n", "csv", {"delimiter": "tab"}),
        ("pipe.txt", "a|b\n1|x;y\n3|z;w\n", "csv", {"delimiter": "|"}),
        ("comma.csv", 'sku,text\n1,"a, b"\n2,"c"\n3,d\n', "csv", {"delimiter": ","}),
        ("decimals.csv", "sku;price\nA;1,5\nB;2,25\n", "csv", {"delimiter": ";"}),
        ("noted.csv", "# by the shop\nsku;qty\nA;1\nB;2\n", "csv", {"delimiter": ";", "comment": "#"}),
        ("bare.csv", "1;2\n3;4\n5;6\n", "csv", {"delimiter": ";", "header": "none"}),
        ("end.csv", "sku;qty;x\nA;1;0\nB;2;0\nEND;2\n", "csv",
         {"trailer": {"starts": "END", "columns": ["T1", "COUNT"]}}),
        ("x.ndjson", '{"sku": "A"}\n{"sku": "B"}\n', "ndjson", {}),
        ("x.json", '{"data": {"items": [{"sku": 1}]}}', "json", {"record": "/data/items"}),
        ("x.json", '[{"sku": 1}]', "json", {"record": "/"}),
        ("x.edi", "UNA:+.? 'UNB+UNOC:3+A+B+1:2+3'UNH+1+DESADV:D:96A:UN'", "edifact", {"message": "DESADV"}),
        ("x.xml", "<F><H><N>1</N></H><R><A>1</A></R><R><A>2</A></R></F>", "xml",
         {"record": "/F/R", "header": "/F/H"}),
        ("x.xml", '<F xmlns="urn:x"><R><A>1</A></R><R><A>2</A></R></F>', "xml", {"ignore_namespaces": True}),
    ],
)  # fmt: skip
def test_a_format_is_told_from_its_bytes(
    workplace: Workplace, name: str, text: str, layout: str, spec: dict[str, object]
) -> None:
    """Delimiters, quotes, comments, missing names, a closing line; JSON, EDIFACT, XML."""
    found = guess_layout(workplace.write(name, text))
    assert found.name == layout
    assert {key: found.spec.get(key) for key in spec} == spec


def test_fixed_columns_end_where_a_blank_stands_in_every_line(workplace: Workplace) -> None:
    """Always unsure: two columns that touch look like one, and a person must compare."""
    lines = "AB-1     0012 red  \nAB-22    0007 blue \nAB-333   1200 green\n"
    found = guess_layout(workplace.write("x.txt", lines))
    assert (found.name, found.sure) == ("fixed", "unsure")
    assert found.spec["columns"] == {
        "C1": {"at": 1, "width": 9},
        "C2": {"at": 10, "width": 5},
        "C3": {"at": 15, "width": 5},
    }


def test_lines_of_several_types(workplace: Workplace) -> None:
    """Each type has its own number of cells; the first line opens, the last one closes."""
    lines = "H;20261101\nA;1;red;x\nP;1;12,50\nA;2;blue;y\nP;2;13,50\nP;2;14,50\nT;7\n"
    found = guess_layout(workplace.write("x.txt", lines))
    assert found.name == "lines"
    assert (found.spec["header"], found.spec["record"], found.spec["trailer"]) == ("H", "A", "T")
    assert found.spec["records"]["P"]["below"] == "A"


@pytest.mark.parametrize("content", [b"", b"   \n", b"\x00\x01\x02\x03\xff\xfe\x00", b"just a sentence\n"])
def test_what_is_no_format_is_said(workplace: Workplace, content: bytes) -> None:
    """Never a guess that is silently wrong: an error that says what to look at."""
    path = workplace.folder / "x.dat"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        infer(path)


@pytest.mark.parametrize(
    ("text", "charset", "guess"),
    [
        ("Écharpe côtelée, gefüttert", "cp1252", "windows-1252"),
        ("Écharpe côtelée, gefüttert", "cp850", "cp850"),
        ("Écharpe côtelée", "utf-8", "UTF-8"),
        ("Écharpe", "utf-8-sig", "UTF-8"),
        ("Écharpe", "utf-16", "UTF-16"),
        ('<?xml version="1.0" encoding="ISO-8859-15"?><a>é</a>', "iso8859-15", "ISO-8859-15"),
    ],
)
def test_a_charset_is_told_from_its_bytes(text: str, charset: str, guess: str) -> None:
    """A mark, a prolog, strict UTF-8, then the reading with the likeliest words."""
    assert guess_charset(text.encode(charset)).value == guess


def test_a_charset_of_one_byte_is_never_certain() -> None:
    """Its rivals are named, with the words that it would give."""
    guess = guess_charset("Écharpe côtelée".encode("cp1252"))
    assert guess.sure in ("likely", "unsure")
    assert "côtelée" in guess.why
    assert "ISO-8859-15" in guess.others


def test_a_prolog_that_lies_is_told(workplace: Workplace) -> None:
    """UTF-8 it says, and the bytes are none: the draft says that the feed overrides it."""
    text = '<?xml version="1.0" encoding="UTF-8"?><F><R><SKU>é1</SKU></R><R><SKU>é2</SKU></R></F>'
    draft = infer(workplace.write("x.xml", text, "cp1252"))
    assert "the prolog says UTF-8, but the bytes are none" in draft
    assert "override_prolog: true" in draft


def test_a_doctype_that_only_names_a_dtd_is_ignored(workplace: Workplace) -> None:
    """The draft reads such a sample; one with declarations stays refused."""
    text = '<!DOCTYPE F SYSTEM "f.dtd"{}><F><R><SKU>1</SKU></R><R><SKU>2</SKU></R></F>'
    assert "doctype: ignore" in infer(workplace.write("x.xml", text.format(""), "utf-8"))
    with pytest.raises(FileRefused, match="DOCTYPE"):
        infer(workplace.write("y.xml", text.format(' [<!ENTITY e "x">]'), "utf-8"))


def test_ebcdic_is_said_and_not_guessed(workplace: Workplace) -> None:
    """Nothing in such a file says where a column ends."""
    content = "63604808 20 40118 07 0001.98 ".encode("cp037") * 20
    assert is_ebcdic(content)
    path = workplace.folder / "x.bin"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="copybook"):
        infer(path)


@pytest.mark.parametrize(
    ("name", "pattern", "feed"),
    [
        ("STOCK_00012_20261101.csv", "STOCK_{sequence:5}_{date:AAAAMMJJ}.csv", "stock"),
        ("STOCK_20261101093000.csv", "STOCK_{date:AAAAMMJJhhmmss}.csv", "stock"),
        ("articles.xml", "articles.xml", "articles"),
        ("export-99991331.csv", "export-{sequence:8}.csv", "export"),
    ],
)
def test_what_changes_in_a_name_becomes_a_part(name: str, pattern: str, feed: str) -> None:
    """Dates and numbers; an impossible date is a number."""
    assert (name_pattern(name), feed_name(name)) == (pattern, feed)

"""What a feed says beside its fields: tables, scopes, totals, deletes, owners, functions of its own."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from textwrap import dedent

import pytest

from passerelle.errors import ConfigError, DataError, FileRefused
from passerelle.formats import BadRow, Group, Row
from passerelle.mapping import READING, CodeTable, Flaw, Mapping, Sources, load_mapping

from .twice import faults, read

Load = Callable[..., Mapping]
Flaws = Callable[..., list[Flaw]]

STOCK = "- {to: sku, from: SKU}\n- {to: quantity, from: Q, as: integer}\n"
PRICE = (
    "- {to: sku, from: SKU}\n- {to: value, money: {amount: P, currency: {value: EUR}, decimal: '1234.5'}}\n"
)


def rows(mapping: Mapping, content: str, **parts: str) -> list[Row | BadRow]:
    """Read a small file through the mapping's own reader."""
    reader = mapping.reader(BytesIO(content.encode()), file="f.xml", sources=Sources(parts=parts))
    reader.read_header()
    return list(reader.rows())


# Code tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_tables_that_people_save_from_a_spreadsheet(tmp_path: Path, delimiter: str) -> None:
    """Whatever separates the cells, with a mark at the start, empty lines, quotes and blanks."""
    lines = [["CODE", "key", "label"], [" 01 ", '"a b"', ""], ["", "", ""], ["02", "c", "C"]]
    text = "\ufeff" + "\r\n".join(delimiter.join(line) for line in lines) + "\r\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    table = CodeTable.read("t", tmp_path / "t.csv", "CODE", "key")
    assert table.entries == {"01": "a b", "02": "c"}


def test_one_code_and_several_meanings(load: Load) -> None:
    """A table with a column for each attribute, or for each locale; a cell left empty is unknown."""
    tables = """
        codes:
          finish:
            values:
              M: {key: matt, gloss: "0", label: Mat}
              S: {key: shiny, gloss: "90"}
    """
    mapping = load(
        """
        - {to: key, from: SKU}
        - {to: name.fr-FR, from: F, via: {code: finish, column: label, unknown: {value: Autre}}}
        - to: variants
          each: .
          fields:
            - {to: sku, from: SKU}
            - {to: attributes.finish, from: F, via: {code: finish}}
            - {to: attributes.gloss, from: F, via: {code: finish, column: gloss}, as: integer}
        """,
        entity="product",
        rest=tables,
    )
    record = read(mapping, {"SKU": "kk", "F": "S"})
    assert record.variants[0].attributes == {"finish": "shiny", "gloss": 90}
    assert record.name == {"fr-FR": "Autre"}
    assert mapping.unknown == {("finish", "S"): 1}


def test_a_country_adds_rows_to_the_table_of_all(tmp_path: Path, load: Load) -> None:
    """In the YAML, or as one more CSV beside it; the table of all stays as it is and serves the others."""
    base = load(STOCK + "- {to: supply_channel, from: D, via: {code: colours}}")
    values: Group = {"SKU": "a", "Q": "1", "D": "902"}
    assert faults(base, values) == {"D": "unknown_code"}
    swiss = tmp_path / "swiss"
    swiss.mkdir()
    (swiss / "more.csv").write_text("key;CODE\nedelweiss;902\nnight;012\n", encoding="utf-8")
    (swiss / "ch.yaml").write_text(
        "extends: ../test.yaml\nfeed: ch\n"
        "codes: {colours: {file: [../colours.csv, more.csv], values: {903: alpenglow}}}\n",
        encoding="utf-8",
    )
    mapping = load_mapping(swiss / "ch.yaml")
    assert isinstance(mapping, Mapping)
    made = {code: read(mapping, values | {"D": code}).supply_channel for code in ("013", "012", "902", "903")}
    assert made == {"013": "red", "012": "night", "902": "edelweiss", "903": "alpenglow"}
    with pytest.raises(DataError, match=r"colours\.csv or more\.csv or the mapping") as caught:
        mapping.record(Row(values | {"D": "904"}, 1, 1))
    assert [fault.code for fault in caught.value.faults] == ["unknown_code"]
    assert read(base, values | {"D": "012"}).supply_channel == "navy"


def test_a_code_in_several_columns(tmp_path: Path, load: Load) -> None:
    """Family and code together make the key of a line."""
    (tmp_path / "both.csv").write_text("FAM;CODE;fr;en\n1;01;rouge;red\n2;01;bleu;blue\n", encoding="utf-8")
    mapping = load(
        "- {to: key, from: SKU}\n"
        "- {to: 'name.{locale}', from: [FAM, CODE], via: [{code: both, column: '{locale}'}]}",
        entity="product",
        rest="""
        locales: {fr: FR, en: EN}
        codes:
          both: {file: both.csv, from: [FAM, CODE], to: {fr: fr, en: en}}
        """,
    )
    assert read(mapping, {"SKU": "kk", "FAM": "2", "CODE": " 01"}).name == {"fr": "bleu", "en": "blue"}


def test_unknown_codes_and_their_counts(load: Load) -> None:
    """Rejected, kept, replaced or skipped; what goes on is counted, each time."""
    table = "codes:\n  depots: {values: {A: depot-a}}"
    field = "- {{to: supply_channel, from: D, via: {{code: depots, unknown: {}}}}}"
    mapping = load(STOCK + field.format("skip"), rest=table)
    values: Group = {"SKU": "a", "Q": "1", "D": "Z"}
    for _ in range(2):
        assert mapping.record(Row(values, 1, 1)).supply_channel is None
    assert read(mapping, values | {"D": "A"}).supply_channel == "depot-a"
    assert mapping.unknown == {("depots", "Z"): 2}
    assert mapping.notes(Counter()) == ["depots does not know 'Z' (2)"]
    assert mapping.notes(mapping.unknown.copy()) == []
    mapping = load(STOCK + field.format("keep"), rest=table)
    assert read(mapping, values).supply_channel == "Z"
    mapping = load(STOCK + field.format("{value: other}"), rest=table)
    assert read(mapping, values).supply_channel == "other"
    mapping = load(STOCK + field.format("reject"), rest=table)
    assert faults(mapping, values) == {"D": "unknown_code"}
    assert not mapping.unknown


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ("x: {}", "a file, values or both"),
        ("x: {file: colours.csv}", "needs its columns: from and to"),
        ("x: {values: {A: a}, from: A, to: b}", "has no columns to name"),
        ("x: {values: {A: a, B: {k: b}}}", "give all of them the same columns"),
        ("x: {file: colours.csv, from: COD, to: key}", "did you mean 'CODE'?"),
        ("x: {file: [colours.csv, coulours.csv], from: CODE, to: key}", "coulours.csv cannot be read"),
        ("x: {file: colours.csv, from: CODE, to: key, values: {A: {kee: b}}}", "did you mean 'key'?"),
        ("x: {file: colours.csv, from: [CODE, key], to: key, values: {A: b}}", "stands in files"),
    ],
)
def test_flaws_of_tables(flaws_of: Flaws, codes: str, words: str) -> None:
    """A table is checked when the mapping is loaded."""
    flaws = flaws_of(HEAD + f"codes:\n  {codes}\n")
    assert any(words in flaw.message for flaw in flaws), flaws


HEAD = dedent("""\
    feed: test
    entity: price
    files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
    format: {xml: {charset: UTF-8, record: /F/R, header: /F/H, trailer: /F/T}}
    key: SKU
    fields:
      - {to: sku, from: SKU}
      - {to: value, money: {amount: P, currency: {value: EUR}, decimal: "1234.5"}}
""")


# Scopes --------------------------------------------------------------------------------------------


def test_one_price_in_many_scopes(load: Load) -> None:
    """A record for each country and group, each with a key of its own; `*` is everywhere."""
    mapping = load(
        PRICE,
        entity="price",
        charset="UTF-8",
        rest="""
        codes:
          territories: {values: {BENELUX: BE NL LU, WORLD: "*"}}
        scopes:
          countries: {from: T, via: [{code: territories, unknown: keep}, words]}
          customer_groups: [b2c, "*"]
        """,
    )
    content = (
        "<F><H/><R><SKU>a</SKU><P>1</P><T>BENELUX</T></R><R><SKU>b</SKU><P>2</P><T>WORLD</T></R>"
        "<R><SKU>c</SKU><P>3</P><T>FR FR</T></R><R><SKU>d</SKU><P>4</P></R></F>"
    )
    found = rows(mapping, content)
    good = [row for row in found if isinstance(row, Row)]
    records = [mapping.record(row) for row in good]
    assert [(record.sku, record.country, record.customer_group) for record in records] == [
        ("a", "BE", "b2c"), ("a", "BE", None), ("a", "NL", "b2c"), ("a", "NL", None), ("a", "LU", "b2c"),
        ("a", "LU", None), ("b", None, "b2c"), ("b", None, None), ("c", "FR", "b2c"), ("c", "FR", None),
    ]  # fmt: skip
    assert len({mapping.key(row) for row in good}) == len(good)
    (bad,) = [row for row in found if isinstance(row, BadRow)]
    assert [(fault.code, fault.position.path) for fault in bad.faults] == [("missing_value", "T")]


def test_clashing_prices_are_rejected(load: Load) -> None:
    """The same price twice is no clash; another one in the same scope is, with the place of the first."""
    mapping = load(
        PRICE,
        entity="price",
        charset="UTF-8",
        rest='scopes: {countries: {from: T, via: {split: ","}}, clash: reject}',
    )
    content = "<F><H/>\n" + "\n".join(
        f"<R><SKU>a</SKU><P>{price}</P><T>{country}</T></R>"
        for price, country in (("1", "FR,BE"), ("1.00", "BE"), ("2", "BE,NL"), ("3", "NL"))
    )
    found = rows(mapping, content + "</F>")
    kept = [
        (mapping.record(row).country, mapping.record(row).value.cent_amount)
        for row in found
        if isinstance(row, Row)
    ]
    assert kept == [("FR", 100), ("BE", 100), ("BE", 100), ("NL", 200)]
    clashes = [row.faults[0] for row in found if isinstance(row, BadRow)]
    assert [(fault.code, fault.received) for fault in clashes] == [
        ("scope_clash", "a|BE"),
        ("scope_clash", "a|NL"),
    ]
    assert "line 2" in clashes[0].expected
    assert "line 4" in clashes[1].expected


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ("{}", "say one of countries, customer_groups and channels"),
        ("{countries: {from: A//B}}", "is no path"),
        ("{countries: FR, clash: first}", "'last' or 'reject'"),
        ("{country: FR}", "did you mean 'countries'?"),
    ],
)
def test_flaws_of_scopes(flaws_of: Flaws, scopes: str, words: str) -> None:
    """Scopes are checked when the mapping is loaded."""
    flaws = flaws_of(f"{HEAD}scopes: {scopes}\n")
    assert any(words in flaw.message and flaw.place.line == 9 for flaw in flaws), flaws


def test_scopes_are_for_prices(flaws_of: Flaws) -> None:
    """And a scope is said once."""
    text = f"{HEAD}  - {{to: country, value: FR}}\nscopes: {{countries: [FR]}}\n"
    assert any("country has a field already" in flaw.message for flaw in flaws_of(text))
    text = text.replace("entity: price", "entity: category")
    assert any("scopes are for prices" in flaw.message for flaw in flaws_of(text))


# Names of the row and its file ---------------------------------------------------------------------


def test_rows_carry_their_place_and_the_parts_of_the_name(load: Load) -> None:
    """Only what a field asks for; a key may be the row's number."""
    mapping = load(
        STOCK + "- {to: supply_channel, from: ['#file.site', '#ordinal', '#line'], via: {join: '-'}}",
        charset="UTF-8",
        key="['#file.site', '#ordinal']",
    )
    found = rows(
        mapping, "<F><H/>\n<R><SKU>a</SKU><Q>1</Q></R>\n<R><SKU>b</SKU><Q>2</Q></R></F>", site="lyon"
    )
    assert all(isinstance(row, Row) for row in found)
    assert [mapping.key(row) for row in found if isinstance(row, Row)] == ["lyon|1", "lyon|2"]
    assert [mapping.record(row).supply_channel for row in found if isinstance(row, Row)] == [
        "lyon-1-2",
        "lyon-2-3",
    ]


# Totals --------------------------------------------------------------------------------------------


def totals(load: Load) -> Mapping:
    """Load a feed whose trailer has the sum of quantities, and its header a hash of article numbers."""
    return load(
        "- {to: sku, from: SKU}\n- {to: quantity, from: Q, via: {decimal: '1 234,5'}, as: integer}",
        charset="UTF-8, trailer: /F/T",
        rest='controls: {sums: {T/QTY: {of: Q, decimal: "1 234,5"}, H/HASH: {of: SKU, hash: true}}}',
    )


FILE = (
    "<F><H><HASH>{}</HASH></H><R><SKU>A-10</SKU><Q>1 000,5</Q></R><R><SKU>7</SKU><Q/></R>"
    "<T><QTY>{}</QTY></T></F>"
)


def test_totals_that_agree(load: Load) -> None:
    """The sum of quantities and the hash of article numbers are what header and trailer say."""
    assert len(rows(totals(load), FILE.format("17", "1000,50"))) == 2


@pytest.mark.parametrize(
    ("hashed", "total", "path"),
    [("18", "1000,5", "H/HASH"), ("17", "1000,4", "T/QTY"), ("17", "", "T/QTY"), ("17", "x", "T/QTY")],
)
def test_a_wrong_total_refuses_the_file(load: Load, hashed: str, total: str, path: str) -> None:
    """Lines were lost, doubled or changed: nothing of the file is taken."""
    with pytest.raises(FileRefused) as caught:
        rows(totals(load), FILE.format(hashed, total))
    assert (caught.value.fault.code, caught.value.fault.position.path) == ("wrong_total", path)


def test_flaws_of_totals(flaws_of: Flaws) -> None:
    """Paths and notations of totals are checked when the mapping is loaded."""
    flaws = flaws_of(f"{HEAD}controls: {{sums: {{T/A: X//Y, T/B: {{of: Q, decimal: '9,9'}}}}}}\n")
    text = "\n".join(str(flaw) for flaw in flaws)
    assert "'X//Y' is no path" in text
    assert "'9,9' is no example" in text


# Deleted records, owners ---------------------------------------------------------------------------


def test_a_record_that_its_source_deleted_is_held(load: Load) -> None:
    """It is told with its place and its key; nothing is done with it yet."""
    mapping = load(STOCK, rest="deletes: {flag: {path: ACTION, in: [D, L]}}")
    assert read(mapping, {"SKU": "a", "Q": "1", "ACTION": "C"}).quantity == 1
    with pytest.raises(DataError) as caught:
        mapping.record(Row({"SKU": "a", "Q": "1", "ACTION": "D"}, 3, 9), file="f.xml")
    (fault,) = caught.value.faults
    assert (fault.code, fault.position.path, fault.received) == ("delete_held", "ACTION", "D")
    assert caught.value.record_key == "a"
    assert mapping.spec.deletes.absent == "keep"


@pytest.mark.parametrize(
    ("entity", "deletes", "flaw"),
    [
        ("stock", "{absent: unpublish}", "a stock cannot be 'unpublish': keep, zero, delete"),
        ("price", "{flag: {path: A, is: L}, flagged: zero}", "a price cannot be 'zero'"),
        ("category", "{absent: deactivate}", "a category cannot be 'deactivate': keep, delete"),
        ("sale", "{absent: delete}", "a sale cannot be 'delete': keep"),
        ("stock", "{flagged: zero}", "say with flag which records are deleted"),
        ("stock", "{absent: zero, after: 0}", "after"),
    ],
)
def test_what_is_done_with_deleted_records_fits_their_kind(
    flaws_of: Flaws, entity: str, deletes: str, flaw: str
) -> None:
    """A way of removing that the kind of record does not have is told before the first run."""
    head = HEAD.replace("entity: price", f"entity: {entity}")
    assert flaw in "\n".join(str(one) for one in flaws_of(f"{head}deletes: {deletes}\n"))


def test_a_feed_that_only_completes_takes_nothing_away(flaws_of: Flaws) -> None:
    """What others created is theirs to remove."""
    flaws = flaws_of(f"{HEAD}creates: false\ndeletes: {{absent: deactivate}}\n")
    assert "takes nothing away" in "\n".join(str(flaw) for flaw in flaws)


def test_what_is_done_with_deleted_records_is_no_part_of_their_meaning(load: Load) -> None:
    """Another policy makes no record be mapped again; another flag does."""
    flag = "flag: {path: ACTION, is: L}"
    versions = {
        load(STOCK, rest=f"deletes: {{{rest}}}").version
        for rest in (flag, f"{flag}, flagged: zero", f"{flag}, absent: zero, after: 3")
    }
    assert len(versions) == 1
    assert load(STOCK, rest="deletes: {absent: zero}").version == load(STOCK).version
    assert load(STOCK, rest="deletes: {flag: {path: ACTION, is: M}}").version not in versions


def test_owners_and_what_is_only_created(load: Load) -> None:
    """Who owns a field is said beside it; what the shop owns is filled once."""
    mapping = load(
        """
        - {to: key, from: SKU}
        - {to: name.fr, from: N, owner: pim}
        - {to: slug.fr, from: N, via: slug, only_create: true}
        - to: variants
          each: .
          fields: [{to: sku, from: SKU}, {to: attributes.colour, from: C, owner: shop}]
        """,
        entity="product",
    )
    assert mapping.owners == {"name.fr": "pim", "variants.attributes.colour": "shop"}
    assert mapping.only_create == {"slug.fr", "variants.attributes.colour"}


# Functions of one's own ----------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package of one's own, as pip would leave it."""
    folder = tmp_path / "site" / "maison_erp"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "seasons.py").write_text(
        "from passerelle.mapping import Unreadable, reading\n\n\n"
        "@reading('maison_season', 'text', 'text')\n"
        "def season(century: int = 20):\n"
        "    '''Write a season in full.'''\n"
        "    def read(text):\n"
        "        if len(text) != 4:\n"
        "            raise Unreadable('bad_season', 'two letters and two digits')\n"
        "        return f'{text[:2]} {century}{text[2:]}'\n"
        "    return read\n"
    )
    (folder / "twice.py").write_text(
        "from passerelle.mapping import reading\n\n\n"
        "@reading('trim', 'text', 'text')\ndef trim():\n    return str\n"
    )
    (folder / "nothing.py").write_text("x = 1\n")
    (folder / "broken.py").write_text("1 / 0\n")
    info = tmp_path / "site" / "maison_erp-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: maison-erp\nVersion: 1.0\n")
    (info / "RECORD").write_text("maison_erp/__init__.py,,\nmaison_erp/seasons.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return folder


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Forget the functions that a test registered."""
    known = dict(READING)
    yield
    READING.clear()
    READING.update(known)
    for name in [name for name in sys.modules if name.startswith("maison_erp")]:
        del sys.modules[name]


def test_a_function_of_ones_own(load: Load, package: Path) -> None:
    """Named in the YAML, found in an installed package; its faults are told like any others."""
    fields = STOCK + "- {to: supply_channel, from: S, via: {maison_season: 19}}"
    mapping = load(fields, rest="functions: maison_erp.seasons:maison_season")
    assert read(mapping, {"SKU": "a", "Q": "1", "S": "AH26"}).supply_channel == "AH 1926"
    assert faults(mapping, {"SKU": "a", "Q": "1", "S": "?"}) == {"S": "bad_season"}
    source = package / "seasons.py"
    source.write_text(source.read_text("utf-8").replace("two letters", "2 letters"), "utf-8")
    changed = load(fields, rest="functions: maison_erp.seasons:maison_season")
    assert changed.version != mapping.version


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("os:system", "os is no installed package"),
        ("maison_erp.nothing", "registers no function"),
        ("maison_erp.seasons:maison_saison", "did you mean 'maison_season'?"),
        ("maison_erp.none", "cannot be imported: No module named"),
        ("maison_erp.twice", "there is a function 'trim' already, in passerelle.mapping.functions.text"),
        ("maison_erp.broken", "fails when it is imported: ZeroDivisionError"),
        ("import os", "is no name of a module"),
        ("lambda: 1", "is no name of a module"),
    ],
)
def test_flaws_of_own_functions(flaws_of: Flaws, entry: str, words: str) -> None:
    """Only modules of installed packages are imported, and never text is run."""
    flaws = flaws_of(f"{HEAD}functions: '{entry}'\n")
    assert any(words in flaw.message and flaw.place.line == 9 for flaw in flaws), flaws


# A country more ------------------------------------------------------------------------------------


def test_a_country_more_is_a_few_lines(tmp_path: Path) -> None:
    """A language column, a currency and a row of a code table more: an overlay of a few lines."""
    (tmp_path / "base.yaml").write_text(
        dedent("""\
            feed: products
            entity: product
            files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
            format: {xml: {charset: UTF-8, record: /F/R}}
            key: SKU
            locales: {fr-FR: FR}
            codes:
              taxes: {values: {N: normal}}
            fields:
              - {to: key, from: SKU}
              - {to: "name.{locale}", first_of: ["LIB_{lang}", LIB_FR]}
              - {to: tax_category, from: TVA, via: {code: taxes}}
        """),
        encoding="utf-8",
    )
    (tmp_path / "no.yaml").write_text(
        "extends: base.yaml\nfeed: products-no\nlocales: {nb-NO: 'NO'}\n"
        "codes:\n  taxes: {values: {R: reduced}}\n",
        encoding="utf-8",
    )
    mapping = load_mapping(tmp_path / "no.yaml")
    assert isinstance(mapping, Mapping)
    record = read(mapping, {"SKU": "kk", "LIB_FR": "Robe", "LIB_NO": "Kjole", "TVA": "R"})
    assert record.name == {"fr-FR": "Robe", "nb-NO": "Kjole"}
    assert record.tax_category == "reduced"


def test_an_overlay_that_asks_for_locales_nobody_names(tmp_path: Path) -> None:
    """The flaw stands at the field."""
    (tmp_path / "a.yaml").write_text(HEAD + "  - {to: 'name.{locale}', from: N}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"a\.yaml:9:5: name\.\{locale\} asks for locales"):
        load_mapping(tmp_path / "a.yaml")

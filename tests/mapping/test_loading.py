"""Loading: every flaw of a mapping at once, each with its place and the nearest right name."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from passerelle.errors import ConfigError
from passerelle.mapping import Flaw, Mapping, load_feeds, load_incoming, load_mapping

Flaws = Callable[..., list[Flaw]]
Load = Callable[..., Mapping]

GOOD = """\
feed: test
entity: stock
files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: ISO-8859-1, record: /F/R}}
key: SKU
codes:
  colours: {file: colours.csv, from: CODE, to: key}
fields:
  - {to: sku, from: SKU, via: trim}
  - {to: quantity, from: QTE, via: {decimal: "1 234,5"}, as: integer}
"""


def test_every_flaw_is_told_at_once_with_its_place(flaws_of: Flaws) -> None:
    """Line and column of each, so that one round of corrections is enough."""
    text = dedent("""\
        feed: test
        entity: stock
        files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
        format: {xml: {charset: ISO-8859-99, record: /F/R, trailer: /G/T}}
        key: SKU
        codes:
          colours: {file: colour.csv, from: CODE, to: key}
        fields:
          - {to: skus, from: SKU}
          - {to: quantity, from: QTE, via: {decimals: "1 234,5"}}
          - {to: supply_channel, from: DEPOT, via: [trim, {code: depot}]}
    """)
    flaws = flaws_of(text)
    # What stands at each place that is named.
    lines = text.splitlines()
    assert [lines[place.line - 1][place.column - 1 :] for place, _ in flaws] == [
        "ISO-8859-99, record: /F/R, trailer: /G/T}}",
        "/G/T}}",
        "colour.csv, from: CODE, to: key}",
        "- {to: skus, from: SKU}",
        "skus, from: SKU}",
        '{decimals: "1 234,5"}}',
        "depot}]}",
    ]
    text = "\n".join(str(flaw) for flaw in flaws)
    for words in (
        "charset 'ISO-8859-99' is not known",
        "'/G/T' is no path from the root, such as /F/R",
        "colour.csv cannot be read",
        "StockLevel cannot be made without sku",
        "StockLevel has no field 'skus'; did you mean 'sku'?",
        "there is no function 'decimals'; did you mean 'decimal'?",
        "there is no code table 'depot'; known: colours",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("wrong", "line", "words"),
    [
        ("titel: {en: x}\n", 11, "unknown key 'titel'; did you mean 'title'?"),
        ("guard: {volume_dorp: 20%}\n", 11, "unknown key 'volume_dorp'; did you mean 'volume_drop'?"),
        ("guard: {volume_drop: 20}\n", 11, "write a share such as 20%, not 20"),
        ("guard: {price_move: {by: 60%, shares: 5%}}\n", 11, "did you mean 'share'?"),
        ("creates: 'no'\n", 11, "creates must be a valid boolean, not 'no'"),
        ("repair: {double_encoded_utf8: KLINGON}\n", 11, "name the charset of the wrong reading"),
        ("  - {to: quantity, from: QTE}\n", 11, "quantity has a field already, the 2."),
        ("  - {to: supply_channel, fron: DEPOT}\n", 11, "unknown key 'fron'; did you mean 'from'?"),
        ("  - {to: supply_channel, from: A//B}\n", 11, "'A//B' is no path"),
        ("  - {to: supply_channel, from: ../A}\n", 11, "climbs 1 records up, but only 0 are around"),
        ("  - {to: supply_channel, from: /H/A}\n", 11, "starts at the root, but this feed has no header"),
        ("  - {to: supply_channel, from: A, value: B}\n", 11, "locales and value, not from and value"),
        ("  - {to: supply_channel}\n", 11, "needs one of from, first_of, all_of, lines, each, money"),
        ("  - {to: supply_channel, each: A}\n", 11, "supply_channel is no list of records"),
        ("  - {to: supply_channel, value: 7}\n", 11, "supply_channel is a text, not 7"),
        ("  - {to: supply_channel, from: [A, B]}\n", 11, "several sources need a function"),
        ("  - {to: supply_channel, from: [A, B], via: trim}\n", 11, "takes a text, but gets several"),
        ("  - {to: supply_channel, from: A, via: {pad: three}}\n", 11, "width 'three'"),
        ("  - {to: supply_channel, from: A, via: {pad: 3, zone: x}}\n", 11, "pad has no 'zone'; known: fill"),
        ("  - {to: supply_channel, from: A, via: pad}\n", 11, "pad needs its width"),
        ("  - {to: supply_channel, from: A, via: {trim: 3}}\n", 11, "trim takes no argument"),
        ("  - {to: supply_channel, from: A, via: {code: colours, unknown: drop}}\n", 11, "'drop'"),
        ("  - {to: supply_channel, from: A, via: 7}\n", 11, "write the name of a function"),
        ("  - {to: supply_channel, from: A, position: true}\n", 11, "unknown key 'position'"),
        ("  - {to: restockable_in_days, from: A, via: {decimal: '1,5'}}\n", 11, "no example"),
        ("  - {to: restockable_in_days, from: A, via: {decimal: '1234'}}\n", 11, "add as: integer"),
        ("  - {to: restockable_in_days, from: A, via: {default: soon}, as: integer}\n", 11, "'soon'"),
        ("  - {to: expected_delivery, from: A, via: {date: AAAAMMJJ}}\n", 11, "date needs its zone"),
        ("  - {to: expected_delivery, from: A, via: {date: AAAAMMJJ, zone: Paris}}\n", 11, "no time zone"),
        ("  - {to: expected_delivery.x, from: A}\n", 11, "has nothing below it"),
    ],
)  # fmt: skip
def test_flaws(flaws_of: Flaws, wrong: str, line: int, words: str) -> None:
    """What is wrong, where, and what would be right."""
    flaws = flaws_of(GOOD + wrong)
    assert any(words in flaw.message and flaw.place.line == line for flaw in flaws), flaws


def test_a_missing_part_is_named(flaws_of: Flaws) -> None:
    """A mapping without key, or ready without a rule."""
    text = GOOD.replace("key: SKU\n", "").replace("{marker: .ok}", "{}")
    messages = [flaw.message for flaw in flaws_of(text)]
    assert "key is missing" in messages
    assert any("say one of marker: .ok, checksum: .sha256" in message for message in messages)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("feed: [", "is not YAML"),
        ("- a\n", "a mapping file holds"),
        ("feed: a\nfeed: b\n", "'feed' stands twice, first in line 1"),
        ("extends: nothing.yaml\n", "there is no nothing.yaml"),
        ("extends: test.yaml\n", "extends itself"),
        ("feed: '${zone}'\n", "${zone} is not under with; there is none"),
        ("feed: '${zon}'\nwith: {zone: FR}\n", "${zon} is not under with; did you mean 'zone'?"),
        ("feed: a\nwith: {zone: 1}\n", "put it in quotes"),
    ],
)
def test_what_is_wrong_with_the_file_itself(flaws_of: Flaws, text: str, words: str) -> None:
    """YAML, doubled keys, files that are not there, variables that nobody gives."""
    assert any(words in flaw.message for flaw in flaws_of(text))


def test_a_flaw_in_the_base_is_placed_in_the_base(flaws_of: Flaws) -> None:
    """The place names the file in which the wrong line stands."""
    (flaw,) = flaws_of("extends: base.yaml\nfeed: other\n", base=GOOD.replace("from: QTE", "from: Q//E"))
    assert (flaw.place.file, flaw.place.line) == ("base.yaml", 10)


def test_extends_merges_names_fields_and_removes(tmp_path: Path) -> None:
    """Names merge deep, fields merge by `to`, null removes a name and drop a field; the order stays."""
    (tmp_path / "colours.csv").write_text("CODE;key\n1;a\n", encoding="utf-8")
    (tmp_path / "base.yaml").write_text(
        GOOD
        + "  - {to: supply_channel, value: x}\n"
        + "with: {zone: FR}\nguard: {zero_share: 40%, volume_drop: 20%}\n",
        encoding="utf-8",
    )
    (tmp_path / "top.yaml").write_text(
        "extends: base.yaml\nfeed: 'top-${zone}'\nwith: {zone: 'NO'}\ncodes: null\n"
        "guard: {volume_drop: null, zero_share: 50%}\n"
        "fields:\n  - {to: sku, required: true}\n  - {to: supply_channel, drop: true}\n"
        "  - {to: restockable_in_days, value: 3}\n",
        encoding="utf-8",
    )
    mapping = load_mapping(tmp_path / "top.yaml")
    assert isinstance(mapping, Mapping)
    assert mapping.feed == "top-NO"
    assert list(mapping.fields) == ["sku", "quantity", "restockable_in_days"]
    assert mapping.spec.fields[0].required
    assert mapping.spec.fields[0].from_ == ("SKU",)
    assert mapping.spec.guard.volume_drop is None
    assert mapping.spec.guard.zero_share == 0.5
    assert mapping.spec.codes == {}


def test_plain_types_are_few(load: Load) -> None:
    """NO is a country and 0012 a code: only true, false, null and plain numbers are not texts."""
    mapping = load(
        "- {to: sku, from: SKU}\n- {to: quantity, from: Q, as: integer}\n- {to: supply_channel, value: NO}"
    )
    assert mapping.spec.fields[2].value == "NO"
    mapping = load("- {to: sku, value: 0012}\n- {to: quantity, value: 12}")
    assert [field.value for field in mapping.spec.fields] == ["0012", 12]


def test_the_error_travels(tmp_path: Path) -> None:
    """A ConfigError with its flaws survives pickling, and names the file as it was given."""
    with pytest.raises(ConfigError) as caught:
        load_mapping(tmp_path / "none.yaml")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own bytes
    assert str(copy) == str(caught.value)
    assert f"{tmp_path / 'none.yaml'}:1:1: cannot be read" in str(copy)


def test_two_feeds_of_one_name(tmp_path: Path) -> None:
    """Feeds are told apart by name; flaws of all files come together."""
    (tmp_path / "colours.csv").write_text("CODE;key\n1;a\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "c.yaml").write_text("feed: x\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_feeds(tmp_path)
    assert "feed 'test' is already in" in str(caught.value)
    assert "entity is missing" in str(caught.value)


def test_the_version_follows_the_meaning(load: Load) -> None:
    """What decides about records changes the version; guard, folder and title do not."""
    fields = "- {to: sku, from: SKU}\n- {to: quantity, from: Q, as: integer}"
    first = load(fields)
    assert load(fields, rest="guard: {zero_share: 10%}\ntitle: {en: x}").version == first.version
    assert load(fields + "\n- {to: supply_channel, value: x}").version != first.version
    assert load(fields, charset="UTF-8").version != first.version
    assert load(fields, key="[SKU, Q]").version != first.version
    assert len(first.version_bytes) == 16


def test_a_changed_code_table_changes_the_version(tmp_path: Path) -> None:
    """A record mapped with yesterday's table is mapped again."""
    versions = set()
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    for meaning in ("a", "b"):
        (tmp_path / "colours.csv").write_text(f"CODE;key\n1;{meaning}\n", encoding="utf-8")
        mapping = load_mapping(tmp_path / "a.yaml")
        assert isinstance(mapping, Mapping)
        versions.add(mapping.version)
    assert len(versions) == 2


def test_a_feed_that_goes_out_is_not_loaded_for_reading() -> None:
    """Who wants rows is told at once that this mapping writes them."""
    shipped = Path(__file__).parents[2] / "mappings" / "erp"
    assert load_incoming(shipped / "stock.yaml").feed == "stock"
    with pytest.raises(ConfigError, match=r"orders-out\.yaml: feed 'orders-out' goes out"):
        load_incoming(shipped / "orders-out.yaml")

"""Several keys at once: attributes from free pairs, texts whose language the file names."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from passerelle.errors import ConfigError
from passerelle.formats import Group
from passerelle.mapping import Flaw, Mapping

from .twice import faults, read

Load = Callable[..., Mapping]
Flaws = Callable[..., list[Flaw]]

PAIRS = """
- {to: key, from: SKU}
- to: variants
  each: .
  fields:
    - {to: sku, from: SKU}
    - {to: attributes.size, from: SIZE}
    - to: attributes
      attributes:
        each: F/C
        name: {from: N, via: lower}
        value: V
        where: {path: SYSTEM, is_not: ETIM}
        only:
          colour: {to: colour, via: {code: colours}}
          weight:
            to: weight_g
            via: [{decimal: "1234,5"}, {multiply: {from: U, via: {code: factors}, default: 1}}]
            as: integer
          tag: {to: tags, many: true}
          note: note
        unknown: %s
"""
TABLES = """
codes:
  colours: {file: colours.csv, from: CODE, to: key}
  factors: {values: {kg: 1000, g: 1}}
"""


def row(*pairs: dict[str, Any]) -> Group:
    """Give a row with pairs."""
    return {"SKU": "kk", "SIZE": "M", "F": {"C": list(pairs)}}


@pytest.fixture
def pairs(load: Load) -> Mapping:
    """Load a feed of products with free pairs; other names are skipped."""
    return load(PAIRS % "skip", entity="product", rest=TABLES)


def test_pairs_become_attributes(pairs: Mapping) -> None:
    """Known names, each with its functions, units beside the value, sets collected; others are counted."""
    record = read(
        pairs,
        row(
            {"N": "Colour", "V": "012"},
            {"N": "WEIGHT", "V": "0,45", "U": "kg"},
            {"N": "tag", "V": "new"},
            {"N": "tag", "V": "sale"},
            {"N": "tag", "V": "new"},
            {"N": "note", "V": " "},
            {"N": "voltage", "V": "230"},
            {"N": "colour", "V": "013", "SYSTEM": "ETIM"},
        ),
    )
    assert record.variants[0].attributes == {
        "size": "M",
        "colour": "navy",
        "weight_g": 450,
        "tags": ("new", "sale"),
        "note": None,
    }
    assert pairs.unknown == {("attributes", "voltage"): 1}


def test_no_pairs_at_all(pairs: Mapping) -> None:
    """The other attributes are as ever."""
    assert read(pairs, {"SKU": "kk", "SIZE": "M"}).variants[0].attributes == {"size": "M"}
    assert read(pairs, {"SKU": "kk", "F": ""}).variants[0].attributes is UNSET


def test_faults_of_pairs(pairs: Mapping) -> None:
    """Each pair is told in its own place; two values where one is taken, too."""
    assert faults(
        pairs,
        row(
            {"N": "colour", "V": "999"},
            {"N": "weight", "V": "x"},
            {"N": "note", "V": "a"},
            {"N": "note", "V": "b"},
        ),
    ) == {"F/C[1]/V": "unknown_code", "F/C[2]/V": "not_a_number", "F/C[4]/V": "duplicate_value"}


def test_unknown_names_may_be_rejected(load: Load) -> None:
    """A partner's new attribute stops the record, when the mapping says so."""
    mapping = load(PAIRS % "reject", entity="product", rest=TABLES)
    assert faults(mapping, row({"N": "voltage", "V": "230"})) == {"F/C[1]/N": "unknown_name"}


LOCALES = """
- {to: key, from: SKU}
- to: name
  locales: {each: NAMES/N, language: "@lang", text: "#text", names: {F: fr-FR, "2": en-GB}, unknown: %s}
  via: trim
- {to: name.nl-BE, first_of: [NL, FR]}
"""


def test_texts_whose_language_is_named(load: Load) -> None:
    """By attribute or numeric code; a fallback for a locale of its own; other languages are counted."""
    mapping = load(LOCALES % "skip", entity="product")
    names: list[Any] = [
        {"@lang": "F", "#text": " Robe "},
        {"@lang": "2", "#text": "Dress"},
        {"@lang": "7", "#text": "Kleid"},
        {"@lang": "F", "#text": ""},
    ]
    record = read(mapping, {"SKU": "kk", "NAMES": {"N": names}, "FR": "robe"})
    assert record.name == {"fr-FR": "Robe", "en-GB": "Dress", "nl-BE": "robe"}
    assert mapping.unknown == {("name", "7"): 1}
    assert read(mapping, {"SKU": "kk"}).name is UNSET


def test_an_unknown_language_may_be_a_fault(load: Load) -> None:
    """And so are two texts of one language."""
    mapping = load(LOCALES % "reject", entity="product")
    names: list[Any] = [
        {"@lang": "7", "#text": "x"},
        {"@lang": "F", "#text": "a"},
        {"@lang": "F", "#text": "b"},
    ]
    assert faults(mapping, {"SKU": "kk", "NAMES": {"N": names}}) == {
        "NAMES/N[1]/@lang": "unknown_language",
        "NAMES/N[3]/#text": "duplicate_value",
    }


def test_a_row_in_the_language_of_its_file(load: Load) -> None:
    """The part of the file's name says the language of every text in it."""
    mapping = load(
        "- {to: key, from: SKU}\n- {to: name, locales: {language: '#file.language', text: NAME}}",
        entity="product",
        rest="locales: {fr-FR: fr, en-GB: gb}",
    )
    assert mapping.pseudo_names == {"#file.language"}
    values: Group = {"SKU": "kk", "NAME": "Dress", "#file.language": "gb"}
    assert read(mapping, values).name == {"en-GB": "Dress"}


def test_a_column_for_each_language(load: Load) -> None:
    """One line of fields for all locales of the feed; a country more is one word more."""
    mapping = load(
        '- {to: key, from: SKU}\n- {to: "name.{locale}", first_of: ["LIB_{lang}", LIB_EN], via: trim}',
        entity="product",
        rest="locales: {fr-FR: FR, nl-BE: NL}",
    )
    assert list(mapping.fields) == ["key", "name.fr-FR", "name.nl-BE"]
    record = read(mapping, {"SKU": "kk", "LIB_FR": "Robe", "LIB_NL": " ", "LIB_EN": "Dress"})
    assert record.name == {"fr-FR": "Robe", "nl-BE": "Dress"}


HEAD = """\
feed: test
entity: product
files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: ISO-8859-1, record: /F/R}}
key: SKU
fields:
  - {to: key, from: SKU}
"""


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("{to: name, locales: {language: L, text: T}}", "say which code is which locale"),
        ("{to: name, locales: {language: L, text: T, names: {F: french}}}", "'french' is no locale"),
        ("{to: key2, locales: {language: L, names: {F: fr}}}", "has no localized 'key2'"),
        ("{to: name.fr, locales: {language: L, names: {F: fr}}}", "has no localized 'name.fr'; it has name"),
        ("{to: name, locales: {language: A//B, names: {F: fr}}}", "is no path"),
        ('{to: "name.{locale}", from: "N_{lang}"}', "asks for locales"),
        ("{to: attributes, attributes: {each: C, name: N, value: V, only: {A: a}}}", "has no attributes"),
        (
            (
                "{to: variants, each: ., fields: [{to: sku, from: S}, "
                "{to: attributes, attributes: {each: C, name: N, value: V, only: {A: {to: a, via: uper}}}}]}"
            ),
            "did you mean 'upper'?",
        ),
        (
            (
                "{to: variants, each: ., fields: [{to: sku, from: S}, "
                "{to: attributes, attributes: {each: C, name: N, value: V, onyl: {A: a}}}]}"
            ),
            "did you mean 'only'?",
        ),
    ],
)
def test_flaws(flaws_of: Flaws, field: str, words: str) -> None:
    """What is wrong is told where it stands."""
    flaws = flaws_of(f"{HEAD}  - {field}\n")
    assert any(words in flaw.message and flaw.place.line == 8 for flaw in flaws), flaws


HINTS = """
- {to: key, from: SKU}
- {to: categories, each: K, via: {key: cat-}}
- to: category_order_hints
  attributes:
    each: F/C
    name: {from: CODE, via: {key: cat-}}
    value: RANG
    only: {"*": {to: "*", via: [{decimal: "1234.5"}, {divide: 10000}]}}
"""


def test_every_category_has_its_own_place(load: Load) -> None:
    """The key is made as that of the category is; one without a rank has no place, one has not two."""
    mapping = load(HINTS, entity="product")
    pairs: list[Any] = [
        {"CODE": "12", "RANG": "5000"},
        {"CODE": "7", "RANG": "25"},
        {"CODE": "9", "RANG": ""},
    ]
    record = read(mapping, {"SKU": "kk", "K": ["12", "7", "9"], "F": {"C": pairs}})
    assert record.categories == ("cat-12", "cat-7", "cat-9")
    hints = {"cat-12": Decimal("0.5"), "cat-7": Decimal("0.0025"), "cat-9": None}
    assert record.category_order_hints == hints
    twice: list[Any] = [*pairs, {"CODE": "12", "RANG": "1"}]
    assert faults(mapping, {"SKU": "kk", "F": {"C": twice}}) == {"F/C[4]/RANG": "duplicate_value"}


@pytest.mark.parametrize(
    ("fields", "rest"),
    [
        (PAIRS.replace("note: note", '"*": {to: "*"}') % "skip", TABLES),
        (HINTS.replace('{to: "*", via', "{to: rank, via"), ""),
    ],
)
def test_attributes_are_named_one_by_one(load: Load, fields: str, rest: str) -> None:
    """Any name may be the key of a place in a category, never that of an attribute."""
    with pytest.raises(ConfigError) as caught:
        load(fields, entity="product", rest=rest)
    assert any("category_order_hints alone" in flaw.message for flaw in caught.value.data["flaws"])

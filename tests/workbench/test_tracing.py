"""Tracing: what is told of a record is what the mapping makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from passerelle.errors import DataError
from passerelle.formats import Group, Row
from passerelle.mapping import Mapping, load_incoming
from passerelle.workbench.tracing import Tracer

MAPPINGS = Path(__file__).parents[2] / "mappings" / "erp"
#: Texts that fit, nearly fit and do not fit at all.
TEXTS = st.sampled_from(
    ["", " ", "012", "001", "A1", "0001", "12,5", "3", "1 234,5", "-2", "20261101", "00000000", "20260231",
     "99991231", "EUR", "PLN", "N", "F", "Robe d'été", "CrÃ¨me", "\x07", "2980000010002", "000001-003-XS"]
)  # fmt: skip
VARIANT = st.fixed_dictionaries(
    {"SKU": TEXTS}, optional=dict.fromkeys(("EAN", "COLORIS", "TAILLE", "POIDS"), TEXTS)
)
ROWS: dict[str, st.SearchStrategy[Any]] = {
    "stock": st.fixed_dictionaries({}, optional=dict.fromkeys(("SKU", "DEPOT", "QTE_PHYSIQUE"), TEXTS)),
    "prices-fr": st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("SKU", "TYPE", "PRIX", "DEVISE", "DEBUT", "FIN"), TEXTS)
    ),
    "products-fr": st.fixed_dictionaries(
        {"CODE_MODELE": TEXTS, "LIBELLE": TEXTS, "TVA": TEXTS},
        optional={
            "DESCRIPTION": TEXTS,
            "FAMILLES": st.fixed_dictionaries({}, optional={"FAMILLE": TEXTS | st.lists(TEXTS)}),
            "DECLINAISONS": st.fixed_dictionaries(
                {}, optional={"DECLINAISON": VARIANT | st.lists(VARIANT, max_size=3)}
            ),
            "MATIERE": TEXTS,
            "GENRE": TEXTS,
        },
    ),
}

ROWS["rich"] = st.fixed_dictionaries(
    {"CODE": TEXTS},
    optional={
        **dict.fromkeys(("LONG", "SHORT", "STATE", "QTY"), TEXTS),
        "NAME": st.lists(st.fixed_dictionaries({"@lang": TEXTS, "#text": TEXTS}), max_size=3),
        "V": st.lists(
            st.fixed_dictionaries(
                {"SKU": TEXTS},
                optional={
                    "MASTER": TEXTS,
                    "LINE": st.lists(st.fixed_dictionaries({"@no": TEXTS, "#text": TEXTS}), max_size=3),
                    "PAIR": st.lists(
                        st.fixed_dictionaries({"N": TEXTS}, optional={"X": TEXTS, "UNIT": TEXTS}), max_size=3
                    ),
                    "IMAGE": TEXTS | st.lists(TEXTS, max_size=2),
                },
            ),
            max_size=3,
        ),
    },
)
#: What is laid over other keys, and is told key by key.
SPREAD = ("name", "attributes")

#: Every sort of field: a choice, a condition, languages, free pairs, ordered lines, money with a quantity.
RICH = """\
feed: rich
entity: product
files: {folder: in, pattern: "RICH_{sequence}.xml", ready: {stable_for: 30s}}
format: {xml: {charset: UTF-8, record: /F/R, header: /F/H}}
repair: {double_encoded_utf8: windows-1252}
key: CODE
codes: {colours: {values: {"012": navy, A1: red}}}
fields:
  - {to: key, from: CODE, via: {key: p-, sanitise: true}}
  - to: name
    locales: {each: NAME, language: "@lang", text: ".", names: {F: fr-FR, N: nl-BE}, unknown: reject}
    via: trim
  - to: description.fr-FR
    first_of: [LONG, {from: SHORT, when: {path: STATE, is: F}}, {value: "-"}]
    via: trim
  - to: slug.en-GB
    from: [SHORT, CODE]
    via: {slug: true}
    when: {any: [{path: STATE, is: N}, {path: QTY, above: 2, decimal: "1234,5"}]}
  - {to: tax_category, from: STATE, via: {code: colours, unknown: skip}, default: normal}
  - to: variants
    each: V
    where: {path: SKU, empty: false}
    first: {path: MASTER, is: "3"}
    fields:
      - {to: sku, from: SKU, via: trim}
      - {to: attributes.text, lines: {each: LINE, by: "@no", text: "."}, via: join}
      - {to: attributes.rest, all_of: [../SHORT, "LINE[*]"], via: {join: /}}
      - to: attributes
        attributes:
          each: PAIR
          name: {from: N, via: lower}
          value: X
          only:
            n: letter
            f: {to: weight, via: [{decimal: "1234,5"}, {divide: {from: UNIT, default: 1}}], as: integer}
      - {to: images, each: IMAGE, via: trim}
"""


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mapping]:
    """Mappings of the project, and one with every sort of field."""
    rich = tmp_path_factory.mktemp("rich") / "rich.yaml"
    rich.write_text(RICH, encoding="utf-8")
    paths = {name: MAPPINGS / f"{name}.yaml" for name in ROWS}
    return {name: load_incoming(path) for name, path in {**paths, "rich": rich}.items() if name in ROWS}


@pytest.fixture(scope="module")
def tracers(mappings: dict[str, Mapping]) -> dict[str, Tracer]:
    """One tracer a feed."""
    return {name: Tracer(mapping) for name, mapping in mappings.items()}


@given(data=st.data())
@settings(max_examples=500, deadline=None)
def test_what_is_told_is_what_the_mapping_makes(
    data: st.DataObject, tracers: dict[str, Tracer], mappings: dict[str, Mapping]
) -> None:
    """For any row: the same record, or the same faults; each field told holds what the record holds."""
    name = data.draw(st.sampled_from(sorted(ROWS)))
    values: Group = data.draw(ROWS[name])
    row = Row(values, 1, 2)
    traced, fields = tracers[name].trace(row, file="x.xml", header={})
    record = _mapped(mappings[name], row)
    if isinstance(record, DataError):
        assert traced is None
        assert {fault for field in fields for fault in field.faults} == set(record.faults)
        return
    assert traced == record
    told = {field.fills for field in fields}
    for field in fields:
        made = _at(record, field.fills)
        if field.state == "absent":
            assert made is UNSET or field.to in SPREAD
        elif isinstance(field.result, dict):
            # Languages and pairs: each key is told, others of the record come from other fields.
            assert field.result.items() <= made.items()
        elif field.to not in SPREAD:
            assert made == field.result
    assert "key" in told or name != "rich"


def _mapped(mapping: Mapping, row: Row) -> Any:
    try:
        return mapping.record(row, file="x.xml")
    except DataError as error:
        return error


def _at(record: Any, fills: str) -> Any:
    """Follow `variants[2].attributes.ean` into a record."""
    for step in fills.split("."):
        name, _, number = step.partition("[")
        if isinstance(record, dict):
            record = record.get(name, UNSET)
        elif record is not UNSET:
            record = getattr(record, name)
        if number:
            record = record[int(number.rstrip("]")) - 1]
    return record


def test_each_function_is_told_with_what_it_gave(tracers: dict[str, Tracer]) -> None:
    """0,990 kilograms: read as a decimal, multiplied, made whole; in the second variant, at its own place."""
    variants: list[Any] = [{"SKU": "a"}, {"SKU": "b", "POIDS": "0,990"}]
    values: Group = {
        "CODE_MODELE": "01",
        "LIBELLE": "Robe",
        "TVA": "N",
        "DECLINAISONS": {"DECLINAISON": variants},
    }
    _, fields = tracers["products-fr"].trace(Row(values, 1, 2), file="x.xml", header={})
    (weight,) = (field for field in fields if field.fills == "variants[2].attributes.weight_g")
    assert [(read.path, read.raw) for read in weight.reads] == [
        ("DECLINAISONS/DECLINAISON[2]/POIDS", "0,990")
    ]
    assert [(step.name, str(step.given), str(step.result)) for step in weight.steps] == [
        ("decimal", "0,990", "0.990"),
        ("multiply", "0.990", "990.000"),
        ("integer", "990.000", "990"),
    ]


def test_a_repair_is_a_step(tracers: dict[str, Tracer]) -> None:
    """Text that was encoded twice is told before and after; the feed's own count of repairs stays."""
    values: Group = {"CODE_MODELE": "01", "LIBELLE": "CrÃ¨me", "TVA": "N"}
    _, fields = tracers["products-fr"].trace(Row(values, 1, 2), file="x.xml", header={})
    (name,) = (field for field in fields if field.fills == "name.fr-FR")
    assert [(step.name, step.given, step.result) for step in name.steps] == [
        ("repair", "CrÃ¨me", "Crème"),
        ("trim", "Crème", "Crème"),
    ]


def test_the_function_that_fails_is_told(tracers: dict[str, Tracer]) -> None:
    """Half a piece: read well, refused where it must be whole."""
    values: Group = {"SKU": "a", "DEPOT": "001", "QTE_PHYSIQUE": "3,5"}
    record, fields = tracers["stock"].trace(Row(values, 1, 2), file="x.xml", header={})
    assert record is None
    (quantity,) = (field for field in fields if field.fills == "quantity")
    assert [(step.name, step.error) for step in quantity.steps] == [
        ("decimal", None),
        ("integer", "a whole number"),
    ]
    assert quantity.state == "faulty"

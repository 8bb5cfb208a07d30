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


@pytest.fixture(scope="module")
def tracers() -> dict[str, Tracer]:
    """One tracer a feed."""
    return {name: Tracer(load_incoming(MAPPINGS / f"{name}.yaml")) for name in ROWS}


@pytest.fixture(scope="module")
def mappings() -> dict[str, Mapping]:
    """The mappings themselves."""
    return {name: load_incoming(MAPPINGS / f"{name}.yaml") for name in ROWS}


@given(data=st.data())
@settings(max_examples=300, deadline=None)
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
    for field in fields:
        made = _at(record, field.fills)
        if field.state == "absent":
            assert made is UNSET
        else:
            assert made == field.result


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

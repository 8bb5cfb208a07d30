"""Flaws of an assembly are told when the mapping is loaded, each where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from passerelle.mapping.spec import MappingSpec

FlawsOf = Callable[[str], list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("join: {T: {input: text, on: {A: B}}}\ninputs: {texts: {files: {pattern: t.xml}}}",
         "join.T.input", "there is no input 'text'; did you mean 'texts'?"),
        ("inputs: {a: {join: {B: {input: b, on: {A: B}}}}, b: {join: {A: {input: a, on: {A: B}}}}}",
         "inputs.a", "a is joined, by way of others, to itself"),
        ("join: {A: {input: texts, on: {A: B}}}\ninputs: {texts: {files: {pattern: t.xml}}}",
         "join.A.on", "A is a name of the row itself"),
        ("split: {P: {cell: C, by: ';', parts: '[a'}}", "split.P.parts", "no regular expression"),
        ("split: {P: {cell: C, by: ';', parts: '[a-z]+'}}", "split.P.parts", "parts names what it finds"),
        ("compute: [{to: A, from: B, via: uper}]", "compute.0.via.0", "did you mean 'upper'"),
        ("compute: [{to: A, from: [B, C]}]", "compute.0.from", "several sources need a function"),
        ("group: {by: '#ordinal', as: G}", "group.by.0", "work out a name in compute"),
        ("each: PRICE[1]", "each", "must be names alone"),
        ("where: {path: 'A B', is: x}", "where.path", "stands in quotes"),
    ],
)  # fmt: skip
def test_a_flaw_is_told_where_it_stands(flaws_of: FlawsOf, text: str, at: str, told: str) -> None:
    """Each flaw names its place in the YAML and what to write instead."""
    flaws = flaws_of(text)
    assert any(place == at and told in message for place, message in flaws), flaws


@pytest.mark.parametrize(
    "text",
    [
        "join: {T: {input: texts}}",
        "join: {T: {input: texts, on: {A: B}, by: order}}",
        "group: {as: G}",
        "group: {by: A, starts_when: {path: A, is: x}, as: G}",
        "group: {starts_when: {path: A, is: x}, as: G, order: any}",
        "fold: {F: {columns: [[A, B], [C]], names: [X, Y]}}",
        "fold: {F: {columns: [[A, B]], names: [X, Y], drop_empty: Z}}",
        "joins: {}",
    ],
)
def test_what_contradicts_itself_is_no_spec(flaws_of: FlawsOf, text: str) -> None:
    """Two ways of saying it, none of them, or an unknown word."""
    with pytest.raises(ValidationError):
        flaws_of(text)


def test_an_input_has_what_it_does_not_say_from_the_main_source() -> None:
    """Files and format of an input lie over those of the feed; another format replaces it."""
    spec = MappingSpec.model_validate(
        {
            "feed": "test",
            "entity": "stock",
            "files": {"folder": "out", "pattern": "main.xml", "ready": {"marker": ".ok"}},
            "format": {"xml": {"charset": "UTF-8", "record": "/F/R", "header": "/F/H"}},
            "key": "ID",
            "fields": [],
            "inputs": {
                "texts": {
                    "files": {"folder": "texts"},
                    "format": {"xml": {"record": "/F/T", "header": None}},
                },
                "stock": {
                    "files": {"pattern": "s.csv"},
                    "format": {"csv": {"charset": "cp1252", "delimiter": ";"}},
                },
                "parents": {},
            },
        }
    )
    texts, stock, parents = (spec.inputs[name] for name in ("texts", "stock", "parents"))
    assert texts.files is not None
    assert (texts.files.folder, texts.files.pattern) == ("texts", "main.xml")
    assert texts.format.xml is not None
    assert (texts.format.xml.charset, texts.format.xml.record, texts.format.xml.header) == (
        "UTF-8",
        "/F/T",
        None,
    )
    assert stock.format.xml is None
    assert parents.files is None
    assert parents.format == spec.format

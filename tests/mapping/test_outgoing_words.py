"""The words of what goes out, one by one: what they write, and what is told when they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from passerelle.errors import DataError
from passerelle.mapping import Flaw, OutgoingMapping, load_mapping
from passerelle.mapping.outgoing import Sheet, register_outgoing
from passerelle.mapping.outgoing import records as outgoing_records
from tests.mapping.invented_order import AT, ORDER

Flaws = Callable[..., list[Flaw]]
WORDS = """\
feed: out
entity: order
files: {folder: in, pattern: "O_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/O}}
"""


@pytest.fixture
def outgoing(tmp_path: Path) -> Callable[..., OutgoingMapping]:
    """Load an outgoing mapping from its fields."""

    def load(fields: str, rest: str = "") -> OutgoingMapping:
        path = tmp_path / "out.yaml"
        path.write_text(f"{WORDS}{rest}fields:\n{fields}", encoding="utf-8")
        mapping = load_mapping(path)
        assert isinstance(mapping, OutgoingMapping)
        return mapping

    return load


Outgoing = Callable[..., OutgoingMapping]


@pytest.mark.parametrize(
    ("field", "tree"),
    [
        ("{to: X, first_of: [billing_address.city, shipping_address.city]}", {"X": "Lille"}),
        ("{to: X, first_of: [billing_address.city, locale], default: none}", {"X": "none"}),
        ("{to: X, from: billing_address.city, default: 0}", {"X": "0"}),
        ("{to: X, count: lines}", {"X": "2"}),
        ("{to: X, sum: lines.quantity, via: {decimal: '1234.5'}}", {"X": "3"}),
        ("{to: X, sum: lines.total, via: {decimal: '1234.5'}}", {"X": "139.80"}),
        ("{to: X, each: lines, fields: [{to: Y, position: {start: 10, step: 5, pad: 4}}]}",
         {"X": [{"Y": "0010"}, {"Y": "0015"}]}),
        ("{to: X, each: lines, fields: [{to: '#text', from: sku}, {to: '@c', from: ../total.currency}]}",
         {"X": [{"#text": "000123-012-38", "@c": "EUR"}, {"#text": "000124-001-T", "@c": "EUR"}]}),
        ("{to: X, from: '#file.sequence'}", {"X": "7"}),
        ("{to: X, from: ['#file.sequence', '#ordinal'], via: {join: '/'}}", {"X": "7/3"}),
        ("{to: X, value: 1, when: {path: state, is: Open}}", {"X": "1"}),
        ("{to: X, value: 1, when: {path: state, is: Closed}}", {}),
        ("{to: X, value: 1, when: {path: total.amount, above: 139}}", {"X": "1"}),
        ("{to: X, value: 1, when: {path: billing_address, present: true}}", {}),
        ("{to: X, value: 1, when: {not: {path: lines, empty: true}}}", {"X": "1"}),
        ("{to: X, value: 1, when: {all: [{path: country, present: false}, {path: version, in: [2, 3]}]}}",
         {"X": "1"}),
        ("{to: X, fields: [{to: A/B, value: 1}, {to: A/C, value: 2}]}", {"X": {"A": {"B": "1", "C": "2"}}}),
        (("{to: X, list: [{fields: [{to: Q, value: BY}]},"
          " {when: {path: state, is: No}, fields: [{to: Q, value: SU}]}]}"),
         {"X": {"Q": "BY"}}),
        ("{to: X, list: [{fields: [{to: Q, value: 0}]}, {each: lines, fields: [{to: Q, from: id}]}]}",
         {"X": [{"Q": "0"}, {"Q": "l-1"}, {"Q": "l-2"}]}),
        ("{to: X, value: true}", {"X": "true"}),
    ],
)  # fmt: skip
def test_the_words(outgoing: Outgoing, field: str, tree: Any) -> None:
    """Each gives the tree that a reader of the file would bring: one item alone is no list."""
    mapping = outgoing(f"  - {field}\n")
    assert mapping.tree(ORDER, sheet=Sheet(7, AT), ordinal=3) == tree


def test_an_empty_name_is_kept_or_left_out(outgoing: Outgoing) -> None:
    """With omit, a group goes too in which nothing but constants is left; constants alone are meant."""
    fields = """\
  - {to: A/UNIT, value: EUR}
  - {to: A/CITY, from: billing_address.city}
  - {to: B/UNIT, value: EUR}
  - {to: C, from: billing_address.city}
  - {to: C/@unit, value: EUR}
  - {to: D/@unit, from: country}
  - to: E/PARTY
    list:
      - fields: [{to: ROLE, value: us}]
      - fields: [{to: ROLE, value: them}, {to: NAME, from: billing_address.last_name}]
"""
    assert outgoing(fields).tree(ORDER) == {
        "A": {"UNIT": "EUR", "CITY": ""},
        "B": {"UNIT": "EUR"},
        "C": {"@unit": "EUR", "#text": ""},
        "D": {"@unit": "", "#text": ""},
        "E": {"PARTY": [{"ROLE": "us"}, {"ROLE": "them", "NAME": ""}]},
    }
    assert outgoing(fields, "empty: omit\n").tree(ORDER) == {
        "B": {"UNIT": "EUR"},
        "E": {"PARTY": {"ROLE": "us"}},
    }


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("{to: X, from: ../id}", "climbs 1 records up, but only 0 are around"),
        ("{to: X, from: '#file.name'}", "Sheet has no 'name'; known: sequence, written_at"),
        ("{to: X, first_of: [id, version]}", "values of several kinds"),
        ("{to: X, count: id}", "id is no list"),
        ("{to: X, each: lines}", "lines holds records: give their fields"),
        ("{to: X, from: id, fields: [{to: Y, value: 1}]}", "fields go with each, or stand alone"),
        ("{to: X, value: 1, when: {path: idd, is: 1}}", "Order has no 'idd'; did you mean 'id'?"),
        ("{to: X, value: 1, when: {path: id}}", "a path needs a test"),
        ("{to: X, position: 7}", "write position: true, or position:"),
        ("{to: X, position: {pad: 3}, via: {pad: 3}}", "pad of position, or via, not both"),
        ("{to: X/@a/B, value: 1}", "goes on below an attribute"),
        ("{to: x:Y, value: 1}", "'x' is not among the namespaces"),
        ("{to: 1X, value: 1}", "no name for an XML element"),
        ("{to: X, list: [{each: id, fields: [{to: Y, value: 1}]}]}", "id is no list of records"),
        ("{to: X, from: created_at, via: {date: CAAMMJJ, zone: UTC}}", "is a pattern for reading only"),
    ],
)
def test_flaws_of_the_words(flaws_of: Flaws, field: str, words: str) -> None:
    """What cannot be meant is told at load, with its line."""
    flaws = flaws_of(f"{WORDS}fields:\n  - {field}\n")
    assert any(words in flaw.message for flaw in flaws), flaws
    assert {flaw.place.line for flaw in flaws} == {6}


@pytest.mark.parametrize("part", ["header", "trailer"])
def test_a_header_without_a_place_is_a_flaw(flaws_of: Flaws, part: str) -> None:
    """Else it would be written nowhere, and nobody would know."""
    flaws = flaws_of(f"{WORDS}fields:\n  - {{to: X, value: 1}}\n{part}:\n  - {{to: N, value: 1}}\n")
    assert [flaw.message for flaw in flaws] == ["the file has no place for 'N'"]


def test_sums_begin_anew_with_each_file(tmp_path: Path) -> None:
    """A mapping is used for many files."""
    text = (
        WORDS.replace("record: /F/O", "record: /F/O, trailer: /F/T")
        + "fields: [{to: X, value: 1}]\ntrailer:\n"
        + "  - {to: Q, sum: lines.quantity, via: {decimal: '1234.5'}}\n  - {to: L, count: lines}\n"
    )
    (tmp_path / "sums.yaml").write_text(text, encoding="utf-8")
    mapping = load_mapping(tmp_path / "sums.yaml")
    assert isinstance(mapping, OutgoingMapping)
    for _ in range(2):
        written = mapping.write([ORDER, ORDER], BytesIO(), sequence=1, written_at=AT)
        assert written.trailer == {"Q": "6", "L": "4"}


class Note(msgspec.Struct, frozen=True):
    """A record of a user's own."""

    key: str
    day: date
    kind: Literal["good", "bad"]
    texts: tuple[str, ...] = ()
    names: dict[str, str] = {}
    left: str | msgspec.UnsetType = msgspec.UNSET


def test_records_of_ones_own_can_be_written(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Any struct that is registered: days, closed words, lists of texts, texts by language, what is unset."""
    request.addfinalizer(lambda: outgoing_records._RECORDS.pop("note", None))  # noqa: SLF001  # others shall not see it
    register_outgoing("note", Note)
    register_outgoing("note", Note)
    for taken in ("order", "stock"):
        with pytest.raises(ValueError, match="another record type"):
            register_outgoing(taken, Note)
    text = """\
  - {to: DAY, from: day, via: {day: JJ.MM.AAAA}}
  - {to: KIND, from: kind}
  - {to: TEXT, each: texts, via: upper}
  - {to: NAME, from: names.fr-FR}
  - {to: LEFT, from: left, default: "-"}
"""
    path = tmp_path / "notes.yaml"
    path.write_text(f"{WORDS.replace('entity: order', 'entity: note')}fields:\n{text}", encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, OutgoingMapping)
    note = Note("n", date(2026, 11, 1), "good", ("a", "b"), {"fr-FR": "Été"})
    assert mapping.tree(note) == {
        "DAY": "01.11.2026",
        "KIND": "good",
        "TEXT": ["A", "B"],
        "NAME": "Été",
        "LEFT": "-",
    }


def test_what_does_not_fit_is_told_of_the_record_not_of_the_file(outgoing: Outgoing) -> None:
    """`check` asks the format too, and writes nothing; the fault names the order and the place."""
    mapping = outgoing("  - {to: X, each: lines, fields: [{to: Y, from: name}]}\n")
    lines = (ORDER.lines[0], msgspec.structs.replace(ORDER.lines[1], name="a\x07b"))
    odd = msgspec.structs.replace(ORDER, lines=lines)
    with pytest.raises(DataError) as caught:
        mapping.check(odd)
    (fault,) = caught.value.faults
    assert (fault.code, fault.position.file, fault.position.path) == (
        "not_writable",
        "order 1000042",
        "X[2]/Y",
    )
    assert mapping.check(ORDER) == mapping.tree(ORDER)

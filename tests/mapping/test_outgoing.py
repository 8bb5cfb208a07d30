"""Outgoing orders: the file that the ERP reads, in the words of the mapping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import DataError
from passerelle.formats import XmlReader
from passerelle.mapping import Flaw, Mapping, OutgoingMapping, load_mapping
from passerelle.mapping.outgoing import Sheet, register_outgoing
from passerelle.records import Address, Money, Order, OrderLine
from passerelle.retailer.order_file import read_orders

Flaws = Callable[..., list[Flaw]]
AT = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
ORDER = Order(
    id="o-1",
    version=3,
    order_number="1000042",
    created_at=AT,
    state="Open",
    payment_state="Paid",
    total=Money(13980, "EUR"),
    lines=(
        OrderLine(
            id="l-1",
            sku="000123-012-38",
            name="Robe d'été",
            quantity=2,
            unit_price=Money(5990, "EUR"),
            total=Money(11980, "EUR"),
        ),
        OrderLine(
            id="l-2",
            sku="000124-001-T",
            name="Écharpe",
            quantity=1,
            unit_price=Money(2000, "EUR"),
            total=Money(2000, "EUR"),
        ),
    ),
    customer_email="camille@example.org",
    shipping_address=Address(
        last_name="Lœuf",
        first_name="Camille",
        street="rue des Ormes",
        street_number="12",
        city="Lille",
        postal_code="59000",
        country="FR",
    ),
)


@pytest.fixture
def orders_out() -> OutgoingMapping:
    """Load the project's order file."""
    mapping = load_mapping(Path(__file__).parents[2] / "mappings" / "erp" / "orders-out.yaml")
    assert isinstance(mapping, OutgoingMapping)
    return mapping


def test_the_order_as_the_erp_expects_it(orders_out: OutgoingMapping) -> None:
    """Header, order with numbered lines and decimal commas, trailer; times are those of Paris."""
    stream = BytesIO()
    written = orders_out.write([ORDER], stream, sequence=7, written_at=AT)
    reader = XmlReader(
        BytesIO(stream.getvalue()),
        file="c.xml",
        record="/FICHIER/COMMANDE",
        header="/FICHIER/ENTETE",
        trailer="/FICHIER/PIED",
        charset="ISO-8859-1",
    )
    (row,) = reader.rows()
    assert reader.header == {"FLUX": "CMDWEB", "SEQUENCE": "00007", "DATE": "20261102", "HEURE": "003000"}
    assert reader.trailer == {"NB_COMMANDES": "000001", "TOTAL": "139,80"} == written.trailer
    values = row.values
    assert [values[name] for name in ("NUMERO", "DATE", "TOTAL", "DEVISE")] == [
        "1000042",
        "20261102",
        "139,80",
        "EUR",
    ]
    names = ("NO", "REF", "SKU", "LIBELLE", "QTE", "PU", "MONTANT")
    assert values["LIGNES"] == {
        "LIGNE": [
            dict(zip(names, texts, strict=True))
            for texts in (
                ("001", "l-1", "000123-012-38", "Robe d'été", "2", "59,90", "119,80"),
                ("002", "l-2", "000124-001-T", "Écharpe", "1", "20,00", "20,00"),
            )
        ]
    }
    delivery = values["LIVRAISON"]
    assert isinstance(delivery, dict)
    assert (delivery["NOM"], delivery["ADRESSE"], delivery["COMPLEMENT"]) == ("Lœuf", "12 rue des Ormes", "")
    client = values["CLIENT"]
    assert isinstance(client, dict)
    assert (client["NOM"], client["COURRIEL"]) == ("", "camille@example.org")
    assert written.records == 1
    assert [(item.path, item.character) for item in written.replaced] == [("COMMANDE[1]/LIVRAISON/NOM", "œ")]


def test_the_same_orders_give_the_same_bytes(orders_out: OutgoingMapping) -> None:
    """A file that is written again after a crash is the same file."""
    contents = []
    for _ in range(2):
        stream = BytesIO()
        orders_out.write([ORDER, ORDER], stream, sequence=7, written_at=AT)
        contents.append(stream.getvalue())
    assert contents[0] == contents[1]


@given(
    st.lists(
        st.tuples(st.integers(1, 99), st.integers(0, 10**7), st.text(max_size=20)), min_size=1, max_size=5
    )
)
def test_the_erp_reads_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, int, str]]
) -> None:
    """Any order reaches the ERP with its lines and amounts, and the trailer adds up."""
    mapping = load_mapping(Path(__file__).parents[2] / "mappings" / "erp" / "orders-out.yaml")
    assert isinstance(mapping, OutgoingMapping)
    made = tuple(
        OrderLine(
            id=f"l{number}",
            sku=f"s{number}",
            name=name,
            quantity=quantity,
            unit_price=Money(cents, "EUR"),
            total=Money(cents * quantity, "EUR"),
        )
        for number, (quantity, cents, name) in enumerate(lines)
    )  # fmt: skip
    total = Money(sum(line.total.cent_amount for line in made), "EUR")
    order = msgspec.structs.replace(ORDER, lines=made, total=total)
    path = tmp_path_factory.mktemp("orders") / "CMDWEB_00007_20261102.xml"
    with path.open("wb") as stream:
        mapping.write([order, order], stream, sequence=7, written_at=AT)
    received = read_orders(path)
    assert received.sequence == 7
    assert len(received.orders) == 2
    assert Decimal(received.orders[0].total) == total.amount
    assert [(line.reference, line.sku, line.quantity) for line in received.orders[0].lines] == [
        (line.id, line.sku, line.quantity) for line in made
    ]


def test_what_the_partner_requires_and_the_order_lacks_is_told_at_once(orders_out: OutgoingMapping) -> None:
    """An order that cannot be written says everything that is missing."""
    lines = (msgspec.structs.replace(ORDER.lines[0], sku=""),)
    with pytest.raises(DataError) as caught:
        orders_out.tree(msgspec.structs.replace(ORDER, order_number="", lines=lines), name="order o-1")
    assert [(fault.position.file, fault.position.path, fault.code) for fault in caught.value.faults] == [
        ("order o-1", "NUMERO", "missing_value"),
        ("order o-1", "LIGNES/LIGNE[1]/SKU", "missing_value"),
    ]
    with pytest.raises(DataError, match="at least one LIGNES/LIGNE"):
        orders_out.tree(msgspec.structs.replace(ORDER, lines=()))


HEAD = """\
feed: out
entity: order
files: {folder: in, pattern: "O_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/O, trailer: /F/T}}
fields:
  - {to: NUMERO, from: order_number}
"""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("  - {to: X, from: order_numbre}\n", "Order has no 'order_numbre'; did you mean 'order_number'?"),
        ("  - {to: X, from: total}\n", "X is written from an amount of money: say how, with via"),
        ("  - {to: X, from: created_at}\n", "X is written from an instant"),
        ("  - {to: X, from: lines}\n", "name one of its fields, or use each"),
        ("  - {to: X, each: order_number}\n", "order_number is no list of records"),
        (
            "  - {to: X, each: lines, fields: [{to: Y, from: skuu}]}\n",
            "OrderLine has no 'skuu'; did you mean 'sku'?",
        ),
        ("  - {to: NUMERO/A, from: id}\n", "NUMERO/A stands below NUMERO, which is written already"),
        ("  - {to: NUMERO, from: id}\n", "NUMERO is written already"),
        ("  - {to: a b, from: id}\n", "'a b' is no path"),
        ("  - {to: X, from: id, value: y}\n", "not from and value"),
        ("  - {to: X, sum: total}\n", "X is written from a decimal number: say how, with via"),
        ("  - {to: X, from: id, via: slug}\n", "there is no function 'slug'"),
        ("trailer:\n  - {to: X, sum: order_number, via: {decimal: '1,5'}}\n", "order_number is no number"),
        ("trailer:\n  - {to: X, from: counts}\n", "Totals has no 'counts'; did you mean 'count'?"),
        ("kay: x\n", "unknown key 'kay'"),
    ],
)
def test_flaws(flaws_of: Flaws, wrong: str, words: str) -> None:
    """An outgoing mapping is checked like an incoming one."""
    flaws = flaws_of(HEAD + wrong)
    assert any(words in flaw.message for flaw in flaws), flaws


def test_an_outgoing_mapping_is_no_mapping(orders_out: OutgoingMapping) -> None:
    """The two directions are two types."""
    assert not issubclass(OutgoingMapping, Mapping)
    assert (orders_out.feed, orders_out.entity) == ("orders-out", "order")


# The words of what goes out, one by one --------------------------------------------------------------------

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
        ("{to: X, list: [{fields: [{to: Q, value: BY}]},"
         " {when: {path: state, is: No}, fields: [{to: Q, value: SU}]}]}",
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


def test_records_of_ones_own_can_be_written(tmp_path: Path) -> None:
    """Any struct that is registered: days, closed words, lists of texts, texts by language, what is unset."""
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

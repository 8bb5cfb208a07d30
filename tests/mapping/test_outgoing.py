"""Outgoing orders: the file that the ERP reads, in the words of the mapping."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import DataError
from passerelle.formats import XmlReader
from passerelle.mapping import Flaw, Mapping, OutgoingMapping, load_mapping
from passerelle.records import Money, OrderLine
from passerelle.retailer.order_file import read_orders
from tests.mapping.invented_order import AT, ORDER

Flaws = Callable[..., list[Flaw]]


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
    names = ("NO", "REF", "TYPE", "SKU", "LIBELLE", "QTE", "PU", "MONTANT", "TVA", "MONTANT_TVA")
    assert values["LIGNES"] == {
        "LIGNE": [
            dict(zip(names, texts, strict=True))
            for texts in (
                ("001", "l-1", "A", "000123-012-38", "Robe d'été", "2", "59,90", "119,80", "", ""),
                ("002", "l-2", "A", "000124-001-T", "Écharpe", "1", "20,00", "20,00", "", ""),
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

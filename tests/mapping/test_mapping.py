"""Mapping rows: absent, empty and zero, all faults of a record, and a fast reading that means the same."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from passerelle.errors import DataError, Fault, Position
from passerelle.formats import Group, Row, Value
from passerelle.mapping import Mapping, OutgoingMapping, load_feeds
from passerelle.mapping.fields import FAULTY, Scope
from passerelle.records import (
    Category,
    Money,
    OrderAck,
    Parcel,
    Price,
    Product,
    Shipment,
    ShipmentLine,
    StockLevel,
    Variant,
)

Load = Callable[..., Mapping]
Shipped = dict[str, Mapping | OutgoingMapping]

STOCK: Group = {"SKU": " 000123-012-38 ", "DEPOT": "001", "QTE_PHYSIQUE": "00012,000", "STATUT": "D"}
ARTICLE: Group = {
    "CODE_MODELE": "000123",
    "LIBELLE": "Robe d'été",
    "DESCRIPTION": "Coupe droite",
    "FAMILLES": {"FAMILLE": ["0012", "0013"]},
    "COLLECTION": "AH26",
    "MATIERE": "100% laine",
    "GENRE": "F",
    "TVA": "N",
    "DECLINAISONS": {
        "DECLINAISON": [
            {
                "SKU": "000123-012-38",
                "EAN": "4006381333931",
                "COLORIS": "012",
                "TAILLE": "38",
                "POIDS": "0,450",
            },
            {
                "SKU": "000123-012-40",
                "EAN": "4006381333931",
                "COLORIS": "013",
                "TAILLE": "40",
                "POIDS": "0,500",
            },
        ]
    },
}
PRICE: Group = {
    "SKU": "000123-012-38",
    "TYPE": "S",
    "PRIX": "1 129,90",
    "DEVISE": "EUR",
    "DEBUT": "20261101",
    "FIN": "20261130",
}
SHIPMENT: Group = {
    "NUMERO_BL": "BL000017",
    "NUMERO": "1000042",
    "DATE": "20261102",
    "LIGNES": {"LIGNE": {"SKU": "a", "QTE": "2"}},
    "COLIS": {"COLI": [{"NO": "1", "TRANSPORTEUR": "TRANSVALLEE", "SUIVI": "TV1"}, {"NO": "2"}]},
}
CATEGORY: Group = {"CODE": "0012", "PARENT": "0003", "LIBELLE": "Vestes & gilets", "ORDRE": "0020"}
ACK: Group = {"NUMERO": "1000042", "STATUT": "R", "NUMERO_ERP": "", "MOTIF": "SKU inconnu"}
EXAMPLES = {
    "stock": STOCK,
    "products-fr": ARTICLE,
    "products-pl": ARTICLE,
    "prices-fr": PRICE,
    "categories-fr": CATEGORY,
    "categories-si": CATEGORY,
    "shipments": SHIPMENT,
    "order-acks": ACK,
}


def feed(shipped: Shipped, name: str) -> Mapping:
    """Give an incoming mapping of the project."""
    mapping = shipped[name]
    assert isinstance(mapping, Mapping)
    return mapping


def faults(mapping: Mapping, values: Group) -> dict[str | None, str]:
    """Map a row that must fail, and give the fault codes by path."""
    with pytest.raises(DataError) as caught:
        mapping.record(Row(values, 7, 99), file="F.xml")
    assert {
        (fault.position.file, fault.position.record, fault.position.line) for fault in caught.value.faults
    } == {("F.xml", 7, 99)}
    return {fault.position.path: fault.code for fault in caught.value.faults}


# What the project's mappings make of the ERP's records ---------------------------------------------


def test_stock(shipped: Shipped) -> None:
    """Physical pieces of a SKU in a supply channel."""
    record = feed(shipped, "stock").record(Row(STOCK, 1, 7))
    assert record == StockLevel(sku="000123-012-38", quantity=12, supply_channel="depot-001")


def test_zero_is_a_quantity(shipped: Shipped) -> None:
    """Nothing left is something to say."""
    assert feed(shipped, "stock").record(Row(STOCK | {"QTE_PHYSIQUE": "00000,000"}, 1, 7)).quantity == 0


def test_product(shipped: Shipped) -> None:
    """A style with its variants; what must be the same on all of them comes from the style."""
    same = {"material": "100% laine", "collection": "AH26", "gender": "women"}
    assert feed(shipped, "products-fr").record(Row(ARTICLE, 1, 7)) == Product(
        key="style-000123",
        name={"fr-FR": "Robe d'été"},
        slug={"fr-FR": "robe-d-ete-000123"},
        description={"fr-FR": "Coupe droite"},
        product_type="article",
        categories=("cat-0012", "cat-0013"),
        tax_category="normal",
        variants=(
            Variant(
                sku="000123-012-38",
                attributes={
                    "ean": "4006381333931",
                    "colour": "night-blue",
                    "size": "38",
                    "weight_g": 450,
                    **same,
                },
            ),
            Variant(
                sku="000123-012-40",
                attributes={
                    "ean": "4006381333931",
                    "colour": "petrol",
                    "size": "40",
                    "weight_g": 500,
                    **same,
                },
            ),
        ),
    )


def test_a_translation_names_only_its_locale(shipped: Shipped) -> None:
    """A feed that completes products says nothing about what it does not own."""
    mapping = feed(shipped, "products-pl")
    assert not mapping.creates
    assert mapping.record(Row({"CODE_MODELE": "000123", "LIBELLE": "Żółta suknia"}, 1, 7)) == Product(
        key="style-000123", name={"pl-PL": "Żółta suknia"}, slug={"pl-PL": "zolta-suknia-000123"}
    )


def test_category(shipped: Shipped) -> None:
    """A node with its parent; an empty parent is the root."""
    mapping = feed(shipped, "categories-fr")
    expected = Category(
        key="cat-0012",
        name={"fr-FR": "Vestes & gilets"},
        slug={"fr-FR": "vestes-gilets-0012"},
        parent="cat-0003",
        order_hint="0.002",
        external_id="0012",
    )
    assert mapping.record(Row(CATEGORY, 1, 7)) == expected
    assert mapping.record(Row(CATEGORY | {"PARENT": ""}, 1, 7)).parent is None
    without = {name: value for name, value in CATEGORY.items() if name != "PARENT"}
    assert mapping.record(Row(without, 1, 7)).parent is UNSET


def test_price_with_a_period(shipped: Shipped) -> None:
    """The last day is included: the price ends where the next day begins in Paris."""
    assert feed(shipped, "prices-fr").record(Row(PRICE, 1, 7)) == Price(
        sku="000123-012-38",
        value=Money(112990, "EUR"),
        country="FR",
        valid_from=datetime(2026, 10, 31, 23, tzinfo=UTC),
        valid_until=datetime(2026, 11, 30, 23, tzinfo=UTC),
    )


def test_price_without_a_period(shipped: Shipped) -> None:
    """00000000 and 99991231 mean that there is no limit."""
    values = PRICE | {"DEBUT": "00000000", "FIN": "99991231"}
    record = feed(shipped, "prices-fr").record(Row(values, 1, 7))
    assert (record.valid_from, record.valid_until) == (None, None)


def test_prices_of_a_country_are_in_its_currency(shipped: Shipped) -> None:
    """Euros in the Polish file would be a quarter of the price."""
    mapping = feed(shipped, "prices-pl")
    assert faults(mapping, PRICE) == {"DEVISE": "unknown_currency"}
    record = mapping.record(Row(PRICE | {"DEVISE": "PLN"}, 1, 7))
    assert (record.country, record.value) == ("PL", Money(112990, "PLN"))


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("39,9O", "not_a_number"),
        ("1.29,90,0", "not_a_number"),
        ("", "empty_value"),
        ("12,905", "too_many_decimals"),
    ],
)
def test_bad_prices(shipped: Shipped, amount: str, code: str) -> None:
    """Letters, two separators, nothing, a tenth of a cent."""
    assert faults(feed(shipped, "prices-fr"), PRICE | {"PRIX": amount}) == {"PRIX": code}


def test_answers_to_orders(shipped: Shipped) -> None:
    """Accepted or refused; anything else is a fault."""
    mapping = feed(shipped, "order-acks")
    assert mapping.record(Row(ACK, 1, 7)) == OrderAck(
        order_number="1000042", accepted=False, erp_number=None, reason="SKU inconnu"
    )
    assert faults(mapping, ACK | {"STATUT": "X"}) == {"STATUT": "unknown_code"}


def test_shipment(shipped: Shipped) -> None:
    """Lines and parcels, one of them or many."""
    assert feed(shipped, "shipments").record(Row(SHIPMENT, 1, 7)) == Shipment(
        key="BL000017",
        order_number="1000042",
        shipped_at=datetime(2026, 11, 1, 23, tzinfo=UTC),
        lines=(ShipmentLine(sku="a", quantity=2),),
        parcels=(Parcel(key="1", carrier="TRANSVALLEE", tracking_id="TV1"), Parcel(key="2")),
    )


# Faults --------------------------------------------------------------------------------------------


def test_all_faults_of_a_record_come_together(shipped: Shipped) -> None:
    """One look at a record says everything that is wrong with it, and where."""
    values: Any = copy.deepcopy(ARTICLE)
    values["TVA"] = "X"
    del values["LIBELLE"]
    values["DECLINAISONS"]["DECLINAISON"][0]["SKU"] = ""
    values["DECLINAISONS"]["DECLINAISON"][1] |= {"COLORIS": "999", "EAN": "4006381333930", "POIDS": "1,2345"}
    values["FAMILLES"]["FAMILLE"] = ["0012", ""]
    assert faults(feed(shipped, "products-fr"), values) == {
        "LIBELLE": "missing_value",
        "FAMILLES/FAMILLE[2]": "empty_value",
        "TVA": "unknown_code",
        "DECLINAISONS/DECLINAISON[1]/SKU": "empty_value",
        "DECLINAISONS/DECLINAISON[2]/COLORIS": "unknown_code",
        "DECLINAISONS/DECLINAISON[2]/EAN": "bad_ean",
        "DECLINAISONS/DECLINAISON[2]/POIDS": "not_whole",
    }


def test_a_fault_of_the_style_is_told_once(shipped: Shipped) -> None:
    """What every variant takes from the style is one fault, not one a variant."""
    values = ARTICLE | {"GENRE": "?"}
    with pytest.raises(DataError) as caught:
        feed(shipped, "products-fr").record(Row(values, 1, 7))
    assert [fault.position.path for fault in caught.value.faults] == ["GENRE"]


def test_a_fault_says_what_came_and_what_to_do(shipped: Shipped) -> None:
    """The night shift reads file, record, line, path, value, and the file to correct; and it travels."""
    with pytest.raises(DataError) as caught:
        feed(shipped, "stock").record(Row(STOCK | {"DEPOT": "999"}, 7, 99), file="STOCK.xml")
    assert str(caught.value) == (
        "STOCK.xml, record 7, line 99, DEPOT: received '999', expected a code of depots. "
        "Add it to depots.csv, or have it corrected"
    )
    assert caught.value.record_key == "000123-012-38|999"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301  # our own bytes


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"DECLINAISONS": ""}, {"DECLINAISONS/DECLINAISON": "empty_list"}),
        ({"DECLINAISONS": "text"}, {"DECLINAISONS/DECLINAISON": "empty_list"}),
        ({"DECLINAISONS": {"DECLINAISON": "x"}}, {"DECLINAISONS/DECLINAISON[1]": "not_a_group"}),
        ({"DECLINAISONS": {"DECLINAISON": ""}}, {"DECLINAISONS/DECLINAISON[1]/SKU": "missing_value"}),
        ({"LIBELLE": ["a", "b"]}, {"LIBELLE": "repeated_element"}),
        ({"LIBELLE": {"X": "a"}}, {"LIBELLE": "not_a_text"}),
        ({"FAMILLES": [{"FAMILLE": "1"}, {"FAMILLE": "2"}]}, {"FAMILLES/FAMILLE": "repeated_element"}),
        ({"CODE_MODELE": "12/3"}, {"CODE_MODELE": "bad_slug"}),
        ({"LIBELLE": "l\x92été"}, {"LIBELLE": "damaged_text"}),
    ],
)
def test_structure_that_is_not_as_it_should_be(
    shipped: Shipped, change: Group, expected: dict[str | None, str]
) -> None:
    """Groups where texts are expected, several where one is, and the other way round."""
    assert faults(feed(shipped, "products-fr"), ARTICLE | change) == expected


def test_a_sku_stands_once_in_a_style(shipped: Shipped) -> None:
    """Two variants with one SKU would overwrite each other."""
    values: Any = copy.deepcopy(ARTICLE)
    values["DECLINAISONS"]["DECLINAISON"][1]["SKU"] = "000123-012-38"
    assert faults(feed(shipped, "products-fr"), values) == {"DECLINAISONS/DECLINAISON[2]": "duplicate_value"}


# Absent, empty, default ----------------------------------------------------------------------------


def test_absent_is_not_empty(load: Load) -> None:
    """Absent says nothing, empty says there is none; a default stands for both."""
    mapping = load(
        """
        - {to: sku, from: SKU}
        - {to: quantity, from: Q, via: {default: 0}, as: integer}
        - {to: expected_delivery, from: D, via: {date: AAAAMMJJ, zone: UTC}}
        - {to: restockable_in_days, from: R, as: integer}
        """
    )
    assert mapping.record(Row({"SKU": "a"}, 1, 1)) == StockLevel(sku="a", quantity=0)
    assert mapping.record(Row({"SKU": "a", "Q": " ", "D": "", "R": "\u00a0"}, 1, 1)) == StockLevel(
        sku="a", quantity=0, expected_delivery=None, restockable_in_days=None
    )
    assert mapping.record(Row({"SKU": "a", "Q": "3", "D": "20260101", "R": "0"}, 1, 1)) == StockLevel(
        sku="a", quantity=3, expected_delivery=datetime(2026, 1, 1, tzinfo=UTC), restockable_in_days=0
    )


def test_required_is_a_fault_where_the_record_could_do_without(load: Load) -> None:
    """A mapping may ask for more than the record does."""
    mapping = load(
        "- {to: sku, from: SKU}\n"
        "- {to: quantity, from: Q, as: integer}\n"
        "- {to: supply_channel, from: D, required: true}"
    )
    assert faults(mapping, {"SKU": "a", "Q": "1"}) == {"D": "missing_value"}
    assert faults(mapping, {"SKU": "a", "Q": "1", "D": " "}) == {"D": "empty_value"}


def test_localized_texts_and_attributes(load: Load) -> None:
    """An absent locale or attribute is not named; an emptied one is told apart."""
    mapping = load(
        """
        - {to: key, from: SKU}
        - {to: name.fr, from: FR}
        - {to: name.nl, from: NL}
        - {to: description.fr, from: DESC}
        - to: variants
          each: V
          fields:
            - {to: sku, from: S}
            - {to: attributes.a, from: A}
            - {to: attributes.b, value: true}
        """,
        entity="product",
    )
    assert mapping.record(Row({"SKU": "k", "NL": "x"}, 1, 1)) == Product(key="k", name={"nl": "x"})
    record = mapping.record(Row({"SKU": "k", "DESC": "", "V": [{"S": "1", "A": ""}, {"S": "2"}]}, 1, 1))
    assert record.name is UNSET
    assert record.description == {"fr": ""}
    assert [variant.attributes for variant in record.variants] == [{"a": None, "b": True}, {"b": True}]
    assert faults(mapping, {"SKU": "k", "FR": ""}) == {"FR": "empty_value"}


def test_lists_of_texts(load: Load) -> None:
    """An absent group leaves the list alone, an empty one empties it, one element is a list of one."""
    mapping = load("- {to: key, from: SKU}\n- {to: categories, each: F/C, via: {key: c-}}", entity="product")
    cases: list[tuple[Value, tuple[str, ...]]] = [("", ()), ({}, ())]
    cases += [({"C": "1"}, ("c-1",)), ({"C": ["1", " 2 "]}, ("c-1", "c-2"))]
    for value, expected in cases:
        assert mapping.record(Row({"SKU": "kk", "F": value}, 1, 1)).categories == expected
    assert mapping.record(Row({"SKU": "kk"}, 1, 1)).categories is UNSET


def test_header_and_attributes(load: Load) -> None:
    """A field may read the file's header, and attributes of elements."""
    mapping = load(
        """
        - {to: sku, from: '@id'}
        - {to: quantity, from: Q/@n, as: integer}
        - {to: supply_channel, from: /H/SITE}
        """,
        key="'@id'",
    )
    content = b'<F><H><SITE>x</SITE></H><R id="7"><Q n="3">three</Q></R></F>'
    reader = mapping.reader(BytesIO(content), file="f.xml")
    header = reader.read_header()
    (row,) = reader.rows()
    assert isinstance(row, Row)
    assert mapping.key(row) == "7"
    assert mapping.record(row, header=header) == StockLevel(sku="7", quantity=3, supply_channel="x")
    assert mapping.record(row).supply_channel is None


# Keys ----------------------------------------------------------------------------------------------


def test_keys_are_raw_values_after_trim(shipped: Shipped) -> None:
    """The same record has the same key in every file; parts that hold the separator stay apart."""
    mapping = feed(shipped, "stock")
    assert mapping.key(Row(STOCK, 1, 1)) == "000123-012-38|001"
    assert mapping.key(Row({"SKU": "a|b", "DEPOT": "c"}, 1, 1)) == "a\\|b|c"


@given(st.lists(st.text("ab|\\", min_size=1, max_size=4), min_size=4, max_size=4))
def test_no_two_records_share_a_key(shipped_stock: Mapping, parts: list[str]) -> None:
    """Whatever the parts hold, other parts give another key."""
    one, other = ((parts[0], parts[1]), (parts[2], parts[3]))
    keys = [shipped_stock.key(Row({"SKU": sku, "DEPOT": depot}, 1, 1)) for sku, depot in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


@pytest.fixture(scope="module")
def shipped_stock() -> Mapping:
    """Load the stock mapping once."""
    return _feeds()["stock"]


def test_a_record_without_key_is_a_fault(shipped: Shipped) -> None:
    """It cannot be known again."""
    rows: list[Group] = [{"SKU": "", "DEPOT": "001"}, {"DEPOT": "001"}, {"SKU": ["a", "b"], "DEPOT": "001"}]
    for values in rows:
        with pytest.raises(DataError) as caught:
            feed(shipped, "stock").key(Row(values, 3, 5), file="S.xml")
        assert caught.value.faults[0].position == Position("S.xml", 3, 5, "SKU")


# Repair --------------------------------------------------------------------------------------------


def test_double_encoding_is_repaired_and_counted(shipped: Shipped) -> None:
    """A label counts once, however many fields read it; a record with faults does not count twice."""
    mapping = feed(shipped, "products-fr")
    values = ARTICLE | {"LIBELLE": "Robe d'Ã©tÃ©", "MATIERE": "Ã©ponge"}
    record = mapping.record(Row(values, 1, 1))
    assert record.name == {"fr-FR": "Robe d'été"}
    assert record.slug == {"fr-FR": "robe-d-ete-000123"}
    assert record.variants[0].attributes["material"] == "éponge"
    assert mapping.repairs == {"LIBELLE": 1, "../MATIERE": 1}
    faults(mapping, values | {"TVA": "X"})
    assert mapping.repairs == {"LIBELLE": 2, "../MATIERE": 2}


def test_no_repair_without_a_rule(load: Load) -> None:
    """Whoever does not ask for repair gets what the file says."""
    mapping = load("- {to: key, from: SKU}\n- {to: name.fr, from: N}", entity="product")
    assert mapping.record(Row({"SKU": "k", "N": "Ã©tÃ©"}, 1, 1)).name == {"fr": "Ã©tÃ©"}


# The fast reading ----------------------------------------------------------------------------------


def _feeds() -> dict[str, Mapping]:
    feeds = load_feeds(Path(__file__).parents[2] / "mappings")
    return {name: mapping for name, mapping in feeds.items() if isinstance(mapping, Mapping)}


MAPPINGS = _feeds()
texts = st.sampled_from(
    ["", " ", "0", "001", "012", "N", "F", "A", "12,5", "00012,000", "129,90", "20261101", "00000000",
     "99991231", "x|y", "été", "Ã©tÃ©", "l\x92", "4006381333931", "EUR", "\u00a0"]
) | st.text(max_size=6)  # fmt: skip
values = st.recursive(
    texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ABS"), inner, max_size=3),
    max_leaves=4,
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, Group]:
    """Draw a feed and a record of it in which some places were changed, doubled or taken away."""
    name = draw(st.sampled_from(sorted(EXAMPLES)))
    record = copy.deepcopy(EXAMPLES[name])
    for _ in range(draw(st.integers(0, 4))):
        group = record
        while True:
            key = draw(st.sampled_from(sorted(group)))
            below = group[key]
            if isinstance(below, list) and below and isinstance(below[0], dict) and draw(st.booleans()):
                below = draw(st.sampled_from(below))
            if isinstance(below, dict) and below and draw(st.booleans()):
                group = below
                continue
            break
        action = draw(st.sampled_from(["change", "change", "drop", "double"]))
        if action == "drop":
            del group[key]
        elif action == "double":
            group[key] = [group[key], copy.deepcopy(group[key])]
        else:
            group[key] = draw(values)
        if not record:
            break
    return name, record


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_every_row_maps_or_faults_and_both_readings_agree(case: tuple[str, Group]) -> None:
    """No other exception, whatever the row holds; and the fast reading never differs from the careful one."""
    name, group = case
    mapping = MAPPINGS[name]
    row = Row(group, 1, 1)
    scope = Scope(copy.deepcopy(group), Position("f", 1, 1), {})
    careful = mapping._record.careful(scope)  # noqa: SLF001  # the reference that the fast one must agree with
    mapping._doctor.pending.clear()  # noqa: SLF001  # as above
    found, record = outcome(lambda: mapping.record(row, file="f"))
    assert found == tuple(scope.faults)
    assert record == (None if found else careful)
    assert (careful is FAULTY) == bool(found)
    missing, key = outcome(lambda: mapping.key(row))
    assert bool(missing) != bool(key)


def outcome(read: Callable[[], Any]) -> tuple[tuple[Fault, ...], Any]:
    """Give the faults of a reading, or what it gives; no other exception may come."""
    try:
        return (), read()
    except DataError as error:
        return error.faults, None


def test_untouched_examples_take_the_fast_reading() -> None:
    """Records as they usually are never need the careful reading."""
    for name, group in EXAMPLES.items():
        mapping = MAPPINGS[name]
        assert mapping._fast(group, {}) == mapping.record(Row(group, 1, 1))  # noqa: SLF001  # it gives up on none

"""One canonical order in the words of four partners, each file read again by a reader that is not ours."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydifact.parser import Parser
from pydifact.segmentcollection import Interchange

from passerelle.errors import ConfigError, DataError
from passerelle.formats import Group, Row, Value
from passerelle.mapping import OutgoingMapping, load_mapping
from passerelle.mapping.opening import open_reader
from passerelle.mapping.outgoing import Sheet
from passerelle.records import Money, Order
from tests.examples.order_shelf import AT, FOLDER, ORDER, line, mapping_of, odd_orders, order, written

UBL = {
    "o": "urn:oasis:names:specification:ubl:schema:xsd:Order-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
OPENTRANS = {"t": "http://www.opentrans.org/XMLSchema/2.1", "bme": "http://www.bmecat.org/bmecat/2005"}
LATIN = st.characters(codec="latin-1", exclude_categories=["Cc"]) | st.sampled_from("'+:?*")
XML_TEXT = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


# pydifact has no directory of segments for D.96A to check them against, and says so.
WITHOUT_DIRECTORY = pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")


class Document:
    """An XML document, asked by XPath with full addresses of namespaces."""

    def __init__(self, content: bytes, spaces: dict[str, str]) -> None:
        self.root = etree.fromstring(content)
        self.spaces = spaces

    def texts(self, path: str) -> list[str]:
        """All texts or attributes at a path."""
        found: Any = self.root.xpath(path, namespaces=self.spaces)
        return [str(one if isinstance(one, str) else one.text or "") for one in found]

    def text(self, path: str) -> str:
        """The only one."""
        (text,) = self.texts(path)
        return text


def plain(value: Value) -> Value:
    """Leave prefixes away, as a reader without namespaces does."""
    if isinstance(value, dict):
        return {name.rpartition(":")[2]: plain(below) for name, below in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def read_again(name: str, content: bytes) -> list[Group]:
    """Read a file with our own reader, as the same mapping lays it out."""
    format_ = mapping_of(name).spec.format
    if format_.xml is not None:
        xml = format_.xml.model_copy(update={"ignore_namespaces": True, "namespaces": {}})
        format_ = format_.model_copy(update={"xml": xml})
    rows = list(open_reader(format_, BytesIO(content), file="orders").rows())
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.values for row in rows if isinstance(row, Row)]


# UBL -----------------------------------------------------------------------------------------------------


def test_ubl_says_what_the_order_says() -> None:
    """Every value is found where UBL has it, by its namespaces."""
    document = Document(written(mapping_of("ubl"), ORDER)[0], UBL)
    assert document.root.tag == f"{{{UBL['o']}}}Order"
    assert document.text("/o:Order/cbc:ID") == "1000042"
    assert document.text("/o:Order/cbc:IssueDate") == "2026-11-02"
    assert document.text("/o:Order/cbc:IssueTime") == "00:30:00"
    assert document.text("/o:Order/cbc:DocumentCurrencyCode") == "EUR"
    assert document.text("//cac:BuyerCustomerParty//cbc:EndpointID/@schemeID") == "0088"
    assert document.text("//cac:AccountingCustomerParty//cac:PartyName/cbc:Name") == "Léger Léger & Filles"
    assert document.text("//cac:Delivery//cbc:StreetName") == "12 rue des Ormes"
    assert document.text("//cac:Delivery//cbc:ElectronicMail") == "camille@example.org"
    lines = "/o:Order/cac:OrderLine/cac:LineItem"
    assert document.texts(f"{lines}/cbc:ID") == ["10", "20"]
    assert document.texts(f"{lines}/cbc:Quantity") == ["2", "11"]
    assert document.texts(f"{lines}/cbc:LineExtensionAmount") == ["119.80", "220.55"]
    assert document.texts(f"{lines}/cac:Price/cbc:PriceAmount") == ["59.90", "20.05"]
    assert document.texts(f"{lines}/cac:Price/cbc:PriceAmount/@currencyID") == ["EUR", "EUR"]
    assert document.texts(f"{lines}/cac:Item/cbc:Name") == [one.name for one in ORDER.lines]
    assert document.texts(f"{lines}//cac:SellersItemIdentification/cbc:ID") == [
        "000123-012-38",
        "000124-001-T",
    ]
    assert document.texts(f"{lines}//cbc:Percent") == ["20", "5.5"]
    assert document.text("//cac:AnticipatedMonetaryTotal/cbc:PayableAmount") == "340.35"


def test_ubl_leaves_out_what_the_order_does_not_say() -> None:
    """No empty element, and no element that holds constants alone: UBL forbids them."""
    bare = msgspec.structs.replace(ORDER, shipping_address=None, billing_address=None, customer_email=None)
    bare = msgspec.structs.replace(
        bare, lines=tuple(msgspec.structs.replace(one, tax_rate=None) for one in ORDER.lines)
    )
    document = Document(written(mapping_of("ubl"), bare)[0], UBL)
    assert document.texts("//*[not(*) and not(normalize-space())]") == []
    for name in ("cac:Delivery", "cac:AccountingCustomerParty", "cac:ClassifiedTaxCategory"):
        assert document.texts(f"//{name}") == []
    assert document.text("//cac:SellerSupplierParty//cbc:Name") == "Atelier Modèle"


def test_ubl_elements_stand_in_the_order_of_the_schema() -> None:
    """UBL's types are sequences: the order of the mapping is the order of the file."""
    document = Document(written(mapping_of("ubl"), ORDER)[0], UBL)
    names = [etree.QName(child).localname for child in document.root]
    assert list(dict.fromkeys(names)) == [
        "CustomizationID", "ProfileID", "ID", "IssueDate", "IssueTime", "OrderTypeCode",
        "DocumentCurrencyCode", "BuyerCustomerParty", "SellerSupplierParty", "AccountingCustomerParty",
        "Delivery", "AnticipatedMonetaryTotal", "OrderLine",
    ]  # fmt: skip


def test_one_document_holds_one_order() -> None:
    """The caller is told before, and two orders in one document are refused."""
    mapping = mapping_of("ubl")
    assert mapping.one_record_a_file
    assert not mapping_of("edifact").one_record_a_file
    with pytest.raises(ConfigError, match="holds one record"):
        written(mapping, ORDER, ORDER)


# openTRANS -----------------------------------------------------------------------------------------------


def test_opentrans_says_what_the_order_says() -> None:
    """Parties by role with their references, lines numbered by tens, dates with their offset."""
    document = Document(written(mapping_of("opentrans"), ORDER)[0], OPENTRANS)
    assert document.text("/t:ORDER/@version") == "2.1"
    assert document.text("//t:GENERATION_DATE") == "2026-11-02T00:30:00+01:00"
    assert document.text("//t:ORDER_INFO/t:ORDER_ID") == "1000042"
    party = "//t:PARTIES/t:PARTY"
    assert document.texts(f"{party}/t:PARTY_ROLE") == ["buyer", "supplier", "delivery", "invoice_recipient"]
    delivery = f"{party}[t:PARTY_ROLE='delivery']"
    assert document.text(f"{delivery}/t:ADDRESS/bme:STREET") == "12 rue des Ormes"
    assert document.text("//t:DELIVERY_IDREF") == document.text(f"{delivery}/bme:PARTY_ID")
    assert document.text(f"{party}[t:PARTY_ROLE='invoice_recipient']//bme:NAME") == "Léger & Filles"
    items = "/t:ORDER/t:ORDER_ITEM_LIST/t:ORDER_ITEM"
    assert document.texts(f"{items}/t:LINE_ITEM_ID") == ["10", "20"]
    assert document.texts(f"{items}/t:PRODUCT_ID/bme:SUPPLIER_PID") == ["000123-012-38", "000124-001-T"]
    assert document.texts(f"{items}/t:PRODUCT_ID/bme:DESCRIPTION_SHORT") == [one.name for one in ORDER.lines]
    assert document.texts(f"{items}/t:QUANTITY") == ["2", "11"]
    assert document.texts(f"{items}//bme:PRICE_AMOUNT") == ["59.90", "20.05"]
    assert document.texts(f"{items}/t:PRICE_LINE_AMOUNT") == ["119.80", "220.55"]
    assert document.text("//t:TOTAL_ITEM_NUM") == "2"
    assert document.text("//t:TOTAL_AMOUNT") == "340.35"
    assert document.text("//bme:CURRENCY") == "EUR"


def test_opentrans_names_only_the_parties_that_there_are() -> None:
    """A party without an address is not written, nor is the reference to it."""
    bare = msgspec.structs.replace(ORDER, shipping_address=None, billing_address=None)
    document = Document(written(mapping_of("opentrans"), bare)[0], OPENTRANS)
    assert document.texts("//t:PARTY_ROLE") == ["buyer", "supplier"]
    assert document.texts("//t:DELIVERY_IDREF | //t:INVOICE_RECIPIENT_IDREF") == []


@pytest.mark.parametrize("name", ["ubl", "opentrans"])
@given(odd=odd_orders(XML_TEXT))
def test_any_order_survives_xml(name: str, odd: Order) -> None:
    """Texts of any script, nothing or a million of a thing, yen and dinars; our own reader agrees."""
    mapping = mapping_of(name)
    content, _ = written(mapping, odd)
    spaces, places = (UBL, UBL_PLACES) if name == "ubl" else (OPENTRANS, OPENTRANS_PLACES)
    document = Document(content, spaces)
    assert document.texts(places[0]) == [one.name for one in odd.lines]
    assert document.texts(places[1]) == [str(one.quantity) for one in odd.lines]
    assert [Decimal(text) for text in document.texts(places[2])] == [
        one.unit_price.amount for one in odd.lines
    ]
    assert Decimal(document.text(places[3])) == odd.total.amount
    (values,) = read_again(name, content)
    sheet = sheet_of(mapping, odd)
    assert values == plain(sheet)


UBL_PLACES = (
    "//cac:Item/cbc:Name",
    "//cbc:Quantity",
    "//cbc:PriceAmount",
    "//cbc:PayableAmount",
)
OPENTRANS_PLACES = (
    "//bme:DESCRIPTION_SHORT",
    "//t:QUANTITY",
    "//bme:PRICE_AMOUNT",
    "//t:TOTAL_AMOUNT",
)


def sheet_of(mapping: OutgoingMapping, odd: Order) -> Group:
    """The tree of an order in the seventh file."""
    return mapping.tree(odd, sheet=Sheet(7, AT))


# EDIFACT -------------------------------------------------------------------------------------------------


def segments(content: bytes) -> list[tuple[str, list[Any]]]:
    """Read an interchange with pydifact alone: tags with their elements."""
    found = Parser().parse(content.decode("latin-1"))
    return [(segment.tag, segment.elements) for segment in found]


@WITHOUT_DIRECTORY
def test_edifact_says_what_the_order_says() -> None:
    """Segments in their order with their qualifiers; references from the number of the file; counts right."""
    content, result = written(mapping_of("edifact"), ORDER, ORDER)
    interchange = Interchange.from_str(content.decode("latin-1"))
    assert (interchange.sender, interchange.recipient) == (["3012345600004", "14"], ["3098765400007", "14"])
    assert interchange.control_reference == "000007"
    first, second = interchange.get_messages()
    assert (first.reference_number, second.reference_number) == ("7-1", "7-2")
    assert first.type == "ORDERS"
    by_tag: dict[str, list[Any]] = {}
    for segment in first.segments:
        by_tag.setdefault(segment.tag, []).append(segment.elements)
    assert by_tag["BGM"] == [["220", "1000042", "9"]]
    assert by_tag["DTM"] == [[["137", "202611020030", "203"]]]
    assert [one[0] for one in by_tag["NAD"]] == ["BY", "SU", "DP", "IV"]
    delivery = by_tag["NAD"][2]
    assert delivery[3:] == ["Camille Léger", ["12 rue des Ormes", "2e étage"], "Lille", "", "59000", "FR"]
    assert by_tag["NAD"][3][3] == ["Léger", "Léger & Filles"]
    assert [one[1][0] for one in by_tag["PIA"]] == ["000123-012-38", "000124-001-T"]
    assert [one[2][3] for one in by_tag["IMD"]] == [one.name for one in ORDER.lines]
    assert by_tag["QTY"] == [[["21", "2", "PCE"]], [["21", "11", "PCE"]]]
    assert by_tag["PRI"] == [[["AAA", "59.90"]], [["AAA", "20.05"]]]
    assert by_tag["MOA"] == [[["203", "119.80"]], [["203", "220.55"]], [["86", "340.35"]]]
    assert by_tag["CNT"] == [[["1", "13"]], [["2", "2"]]]
    raw = content.decode("latin-1")
    assert f"UNT+{len(first.segments) + 2}+7-1'" in raw
    assert raw.endswith("UNZ+2+000007'")
    assert result.records == 2
    assert result.replaced == ()


@WITHOUT_DIRECTORY
@given(odd=odd_orders(LATIN))
def test_any_order_survives_edifact(odd: Order) -> None:
    """Separators and release characters in texts, long texts over their components; our reader agrees."""
    mapping = mapping_of("edifact")
    content, result = written(mapping, odd)
    assert result.replaced == ()
    found = segments(content)
    names = ["".join(flat(elements[2])[3:]) for tag, elements in found if tag == "IMD"]
    assert names == [one.name for one in odd.lines]
    quantities = [elements[0][1] for tag, elements in found if tag == "QTY"]
    assert quantities == [str(one.quantity) for one in odd.lines]
    amounts = [Decimal(elements[0][1]) for tag, elements in found if tag == "MOA"]
    assert amounts == [*(one.total.amount for one in odd.lines), odd.total.amount]
    (values,) = read_again("edifact", content)
    assert without_header(values) == without_header(sheet_of(mapping, odd))


def flat(element: Any) -> list[str]:
    """Give the components of an element."""
    return list(element) if isinstance(element, list) else [element]


def without_header(value: Value) -> Value:
    """Leave out UNH and UNT, and write each first component under one name."""
    if isinstance(value, dict):
        named = {name if "." in name or name[0] != "e" else f"{name}.1": item for name, item in value.items()}
        return {
            name: without_header(item)
            for name, item in named.items()
            if name not in ("UNH", "UNT") and item != ""
        }
    return [without_header(item) for item in value] if isinstance(value, list) else value


def test_what_edifact_cannot_hold_is_a_fault_or_is_told() -> None:
    """A Polish letter in UNOC: replaced and listed as the feed says, refused where it says nothing."""
    odd = order((line(1, "S1", "Żółta suknia", 1, Money(100, "EUR")),), "EUR")
    mapping = mapping_of("edifact")
    _, result = written(mapping, odd)
    assert [(one.path, one.character) for one in result.lost] == [
        ("LIN/IMD/e3.4", "Ż"),
        ("LIN/IMD/e3.4", "ł"),
    ]
    strict = mapping_of("edifact-strict")
    with pytest.raises(DataError) as caught:
        strict.check(odd)
    faults = caught.value.faults
    assert [(one.code, one.position.file, one.position.path) for one in faults] == [
        ("not_writable", "order 1000042", "LIN/IMD/e3.4"),
        ("not_writable", "order 1000042", "LIN/IMD/e3.4"),
    ]
    assert all(one.advice for one in faults)


def test_a_name_too_long_for_edifact_is_a_fault_never_cut() -> None:
    """Five components of 35 hold a name and an address; two hold an article's text."""
    odd = order((line(1, "S1", "x" * 71, 1, Money(100, "EUR")),), "EUR")
    with pytest.raises(DataError, match="at most 2 components of 35") as caught:
        mapping_of("edifact").check(odd)
    assert caught.value.faults[0].position.path == "LIN/IMD/e3.4"
    assert caught.value.record_key == "order 1000042"


# Fixed columns -------------------------------------------------------------------------------------------

CP1252 = st.characters(codec="cp1252", exclude_categories=["Cc", "Zl", "Zp"])


def cut_up(content: bytes) -> list[str]:
    """Give the lines of a file in windows-1252, each closed by CR LF."""
    *lines, rest = content.decode("cp1252").split("\r\n")
    assert rest == ""
    return lines


def test_fixed_columns_say_what_the_order_says() -> None:
    """Every value stands at its positions; amounts with three implied decimals; the last line adds up."""
    header, head, first, second, again, *_, last = cut_up(written(mapping_of("fixed"), ORDER, ORDER)[0])
    assert header == "ECMDWEB  00000720261102003000"
    assert (head[0], head[1:13].rstrip(), head[13:21]) == ("C", "1000042", "20261102")
    assert head[21:51].rstrip() == "Camille Léger"
    assert head[51:86].rstrip() == "12 rue des Ormes"
    assert (head[86:96].rstrip(), head[96:126].rstrip(), head[126:131]) == ("59000", "Lille", "FREUR")
    assert (int(head[131:146]), int(head[146:149])) == (340_350, 2)
    assert [one[0] for one in (first, second, again)] == ["L", "L", "C"]
    assert [one[1:6] for one in (first, second)] == ["00010", "00020"]
    assert [one[6:26].rstrip() for one in (first, second)] == ["000123-012-38", "000124-001-T"]
    assert [one[26:66].rstrip() for one in (first, second)] == [one.name for one in ORDER.lines]
    assert [int(one[66:73]) for one in (first, second)] == [2, 11]
    assert [int(one[73:88]) for one in (first, second)] == [59_900, 20_050]
    assert [int(one[88:103]) for one in (first, second)] == [119_800, 220_550]
    assert (last[0], int(last[1:7]), int(last[7:13]), int(last[13:19])) == ("T", 2, 4, 8)
    assert (int(last[19:28]), int(last[28:45])) == (26, 680_700)


@given(odd=odd_orders(CP1252, longest=22))
def test_any_order_survives_fixed_columns(odd: Order) -> None:
    """Yen and dinars keep their value, a million fits its column, any letter of the charset its position."""
    mapping = mapping_of("fixed")
    content, _ = written(mapping, odd)
    _, head, *lines, last = cut_up(content)
    assert Decimal(head[131:146]).scaleb(-3) == odd.total.amount
    assert [one[26:66].rstrip() for one in lines] == [one.name for one in odd.lines]
    assert [int(one[66:73]) for one in lines] == [one.quantity for one in odd.lines]
    assert [Decimal(one[88:103]).scaleb(-3) for one in lines] == [one.total.amount for one in odd.lines]
    assert int(last[19:28]) == sum(one.quantity for one in odd.lines)
    (values,) = read_again("fixed", content)
    assert values == sheet_of(mapping, odd)


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        ({"name": "x" * 41}, "L[1]/LIBELLE", "too_long"),
        ({"name": "Żółta suknia"}, "L[1]/LIBELLE", "not_writable"),
        ({"name": "two\nlines"}, "L[1]/LIBELLE", "not_writable"),
        ({"quantity": 10_000_000}, "L[1]/QTE", "too_long"),
        ({"unit_price": Money(10**15, "EUR")}, "L[1]/PU", "too_long"),
    ],
)
def test_what_a_column_cannot_hold_is_a_fault_never_cut(wrong: dict[str, Any], path: str, code: str) -> None:
    """Too wide, outside the charset, a line end in a line: the order is named, the place, what to do."""
    odd = msgspec.structs.replace(ORDER, lines=(msgspec.structs.replace(ORDER.lines[0], **wrong),))
    for act in (mapping_of("fixed").check, lambda one: written(mapping_of("fixed"), one)):
        with pytest.raises(DataError) as caught:
            act(odd)
        assert {fault.code for fault in caught.value.faults} == {code}
        fault = caught.value.faults[0]
        assert fault.position.file == "order 1000042"
        assert (fault.position.path or "").endswith(path)
        assert fault.advice


def test_a_column_that_the_record_type_does_not_have_is_a_flaw_at_load(tmp_path: Path) -> None:
    """Not first when an order comes at night."""
    for name in ("fixed.yaml", "edifact.yaml"):
        (tmp_path / name).write_text((FOLDER / name).read_text("utf-8"), "utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "extends: fixed.yaml\nfeed: wrong\n"
        "fields:\n  - {to: NUMEROO, from: order_number}\n"
        "  - {to: L, fields: [{to: SKUU, from: sku}]}\n"
        "header:\n  - {to: FLUXX, value: a}\n"
        "trailer:\n  - {to: TOTALL, value: a}\n",
        "utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_mapping(wrong)
    text = str(caught.value)
    for known, meant in (("NUMEROO", "NUMERO"), ("SKUU", "SKU"), ("FLUXX", "FLUX"), ("TOTALL", "TOTAL")):
        assert f"has no column {known!r}; did you mean {meant!r}?" in text

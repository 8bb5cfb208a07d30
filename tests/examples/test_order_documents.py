"""Order documents of the trade by YAML alone: UBL, openTRANS, cXML, EDIFACT; broken ones are refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from passerelle.errors import FileRefused
from passerelle.records import (
    Money,
    OrderFileAck,
    OrderMessage,
    Parcel,
    PurchaseOrder,
    PurchaseOrderLine,
    Shipment,
    ShipmentLine,
)
from tests.examples.conftest import Carried, Carry


def order_of(carried: Carried) -> PurchaseOrder:
    """The one order of a document."""
    assert carried.faults == []
    (order,) = carried.records
    assert isinstance(order, PurchaseOrder)
    return order


def test_ubl_order(carry: Carry, samples: Path) -> None:
    """Parties, the day asked for in the buyer's zone, prices per base quantity, the amount to pay."""
    order = order_of(carry("ubl/order.yaml", samples, "Order_Example.xml"))
    raw = (samples / "ubl-peppol/Order_Example.xml").read_text("utf-8")
    assert f"<cbc:ID>{order.number}</cbc:ID>" in raw
    assert (order.buyer, order.buyer_name) == ("7300010000001", "Helseforetak")
    assert (order.supplier, order.ship_to, order.invoice_to) == ("7300010000001",) * 3
    # 12:30 in Oslo in summer time.
    assert order.requested_at == datetime(2012, 10, 10, 10, 30, tzinfo=UTC)
    assert order.total == Money(636300, "NOK")
    assert [(line.number, line.sku, line.quantity, line.unit, line.unit_price) for line in order.lines] == [
        ("1", "121212", Decimal(120), "EA", Money(5000, "NOK")),
        ("2", "SItemNo011", Decimal(15), "EA", Money(1500, "NOK")),
    ]
    assert order.lines[0].buyer_sku == "123456"
    address = order.shipping_address
    assert address is not None
    assert (address.company, address.street, address.postal_code, address.city, address.country) == (
        "Helseavdeling", "Solheimsveien 10", "1473", "Lørenskog", "NO",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "lines", "sum_of_lines", "total"),
    [("UC4_Order.xml", 1, 5000, Money(5500, "EUR")), ("UC5_Order.xml", 3, 11500, Money(14375, "SEK"))],
)
def test_other_ubl_orders(
    carry: Carry, samples: Path, file: str, lines: int, sum_of_lines: int, total: Money
) -> None:
    """The lines add up to what the document says, and the total is the one to pay."""
    order = order_of(carry("ubl/order.yaml", samples, file))
    assert (order.number, len(order.lines), order.total) == ("5", lines, total)
    prices = [line.unit_price.cent_amount for line in order.lines if line.unit_price is not None]
    assert sum(int(line.quantity) * cents for line, cents in zip(order.lines, prices, strict=True)) == (
        sum_of_lines
    )


def test_ubl_answer(carry: Carry, samples: Path) -> None:
    """Accepted with changes, under the supplier's number."""
    (answer,) = carry("ubl/order-response.yaml", samples, "OrderResponse_Example.xml").records
    assert answer == OrderMessage(
        order_number="11233",
        kind="accepted",
        ref="101",
        erp_number="101-111",
        at=datetime(2013, 7, 1, 4, 10, 10, tzinfo=UTC),
        reason="Response message with amendments in the details",
    )


def test_ubl_despatch_advices(carry: Carry, samples: Path) -> None:
    """Pieces by the seller's article or the GTIN, the carrier, when the goods left."""
    (one,) = carry("ubl/despatch-advice.yaml", samples, "DespatchAdvice_Example.xml").records
    assert one == Shipment(
        key="565899",
        order_number="AEG012345",
        lines=(ShipmentLine(sku="17589683", quantity=10),),
        parcels=(Parcel(key="1", tracking_id="456789", carrier="Name"),),
        shipped_at=datetime(2018, 9, 25, 11, tzinfo=UTC),
    )
    (other,) = carry("ubl/despatch-advice.yaml", samples, "DespatchAdvice-BIS3_UseCase3.xml").records
    assert (other.key, other.order_number) == ("1238", "4321")
    assert [(line.sku, line.quantity) for line in other.lines] == [
        ("05702938473625", 10), ("7611104117051", 23), ("08886765117054", 500), ("057098987656543", 12),
    ]  # fmt: skip


def test_an_advice_of_weights_is_refused(carry: Carry, samples: Path) -> None:
    """0.975 kg is no number of pieces: the advice says where, and takes nothing."""
    carried = carry("ubl/despatch-advice.yaml", samples, "DespatchAdvice-BIS3_UseCase5.xml")
    assert carried.records == []
    (fault,) = carried.faults
    assert "0.975" in fault
    assert "DeliveredQuantity" in fault


def test_a_change_without_articles_is_refused(carry: Carry, samples: Path) -> None:
    """The lines of this change name their articles only in words: each is told, with its path."""
    carried = carry("ubl/order-change.yaml", samples, "OrderChange_sc1.xml")
    assert carried.records == []
    assert len(carried.faults) == 2
    assert all("SellersItemIdentification/ID" in fault for fault in carried.faults)


def test_ubl_change(carry: Carry, samples: Path, tmp_path: Path) -> None:
    """With articles it is a change: the order's number, the change's own, and what becomes of each line."""
    text = (samples / "ubl-peppol/OrderChange_sc1.xml").read_text("utf-8")
    with_articles = re.sub(
        r"<cbc:Name>Item (\d)</cbc:Name>",
        r"<cbc:Name>Item \1</cbc:Name><cac:SellersItemIdentification><cbc:ID>A-\1</cbc:ID>"
        r"</cac:SellersItemIdentification>",
        text,
    )
    (tmp_path / "OrderChange.xml").write_text(with_articles, "utf-8")
    order = order_of(carry("ubl/order-change.yaml", tmp_path, "OrderChange.xml"))
    assert (order.number, order.change, order.total) == ("Order-1", "Change-1", Money(60000, "EUR"))
    assert [(line.sku, line.quantity, line.action) for line in order.lines] == [
        ("A-1", Decimal(5), "changed"),
        ("A-2", Decimal(50), "changed"),
    ]


@pytest.mark.parametrize("start", ["", "000_"])
def test_opentrans_order(carry: Carry, samples: Path, start: str) -> None:
    """Parties by their role, an amount of the order, prices in its currency."""
    order = order_of(
        carry("opentrans/order.yaml", samples, f"{start}sample_order_opentrans_2_1_xml signature.xml")
    )
    assert order == PurchaseOrder(
        number="OID1",
        ordered_at=datetime(2009, 5, 13, 5, 20, tzinfo=UTC),
        requested_at=datetime(2009, 5, 20, 9, tzinfo=UTC),
        buyer="a",
        buyer_name="a",
        supplier="anyone supplies (this ID should be defined in parties)",
        ship_to="aaa (this ID should be defined in parties)",
        currency="EUR",
        total=Money(111100, "EUR"),
        lines=(
            PurchaseOrderLine(
                number="1",
                sku="a",
                buyer_sku="a",
                name="a",
                quantity=Decimal(1),
                unit="04",
                unit_price=Money(0, "EUR"),
            ),
        ),
    )


def test_minimal_opentrans_order(carry: Carry, samples: Path) -> None:
    """No currency, no price, no address: what is not said is not there."""
    order = order_of(carry("opentrans/order.yaml", samples, "minimal_valid_order_with_udx.xml"))
    assert order == PurchaseOrder(
        number="order-id-1",
        # Midnight in Berlin.
        ordered_at=datetime(2020, 1, 26, 23, tzinfo=UTC),
        buyer="org.de.buyer",
        supplier="supplier ID",
        lines=(
            PurchaseOrderLine(
                number="line-item-id-1", sku="product-number-1", quantity=Decimal(10), unit="C62"
            ),
        ),
    )


def test_opentrans_change(carry: Carry, samples: Path) -> None:
    """Five pieces less: a difference is never taken for a quantity ordered."""
    order = order_of(carry("opentrans/order-change.yaml", samples, "minimal_valid_orderchange.xml"))
    assert (order.number, order.change) == ("order-id-1", "1")
    assert order.lines == (
        PurchaseOrderLine(
            number="line-item-id-1",
            sku="product-number-1",
            quantity=Decimal(-5),
            unit="C62",
            action="by_difference",
        ),
    )


def test_opentrans_answer_and_dispatch(carry: Carry, samples: Path) -> None:
    """The distributor takes the order, then sends all of it in one parcel."""
    file = "Example_ORDERRESPONSE Testdistributor_Auftragsbestaetigung.xml"
    (answer,) = carry("opentrans/order-response.yaml", samples, file).records
    assert answer == OrderMessage(
        order_number="GWAHJV-160131-1470",
        kind="accepted",
        ref="GWAHJV-160131-1470",
        at=datetime(2018, 6, 25, 9, 31, 21, tzinfo=UTC),
    )
    file = "Example_DISPATCHNOTIFICATION_Testdistributor_Lieferavis.xml"
    (sent,) = carry("opentrans/dispatch.yaml", samples, file).records
    assert sent == Shipment(
        key="39076516",
        order_number="GWAHJV-160131-1470",
        shipped_at=datetime(2016, 1, 31, 20, 31, tzinfo=UTC),
        lines=(
            ShipmentLine(sku="123002", quantity=1),
            ShipmentLine(sku="123001", quantity=2),
            ShipmentLine(sku="123003", quantity=3),
        ),
        parcels=(
            Parcel(
                key="1Z7318301287125572",
                tracking_id="1Z7318301287125572",
                carrier="Trans-O-Flex GmbH & Co. KG",
            ),
        ),
    )


def test_cxml_order(carry: Carry, samples: Path) -> None:
    """The buyer's network id from the header, the address to ship to, a trial that says it is one."""
    order = order_of(carry("cxml/order-request.yaml", samples, "OrderRequest.xml"))
    assert (order.number, order.change, order.note) == ("DO1234", None, "test")
    assert order.ordered_at == datetime(2000, 10, 13, 2, 41, 29, tzinfo=UTC)
    assert order.requested_at == datetime(2020, 2, 28, tzinfo=UTC)
    assert (order.buyer, order.supplier) == ("inbound@prominate-platform.com", "supplier@supplier.com")
    assert (order.buyer_name, order.total) == ("Zinc GmbH", Money(8500, "EUR"))
    address = order.shipping_address
    assert address is not None
    assert (address.company, address.additional, address.street) == (
        "Acme", "Joe Smith, Mailstop M-543", "123 Anystreet",
    )  # fmt: skip
    assert (address.postal_code, address.city, address.country) == ("90489", "Sunnyvale", "US")
    assert [(line.number, line.sku, line.quantity, line.unit_price) for line in order.lines] == [
        ("1", "1233244", Decimal(10), Money(210, "EUR")),
        ("2", "1233245", Decimal(20), Money(320, "EUR")),
    ]
    other = order_of(carry("cxml/order-request.yaml", samples, "handling_order_request.xml"))
    assert (other.number, other.total) == ("acme-1-1", Money(1000, "USD"))
    assert other.requested_at == datetime(2025, 1, 28, 23, tzinfo=UTC)
    assert other.lines[0].buyer_sku == "QA-ACME-AUTOTEST"


def test_cxml_ship_notice(carry: Carry, samples: Path) -> None:
    """Without items all pieces left; the parcel is a fact of its own."""
    (shipped,) = carry("cxml/ship-notice.yaml#cxml-shipments", samples, "ShipNoticeRequest.xml").records
    left = datetime(2000, 10, 14, 16, 30, 19, tzinfo=UTC)
    assert shipped == OrderMessage(order_number="DO1234", kind="shipped", ref="S2-123", at=left)
    (tracked,) = carry("cxml/ship-notice.yaml#cxml-parcels", samples, "ShipNoticeRequest.xml").records
    assert tracked == OrderMessage(
        order_number="DO1234",
        kind="tracked",
        ref="S2-123",
        at=left,
        delivery="S2-123",
        tracking_id="820282611194",
        carrier="FDE",
    )


def test_cxml_status(carry: Carry, samples: Path) -> None:
    """A hub took our document: known by the name under which we sent it."""
    (ack,) = carry("cxml/status-update.yaml", samples, "StatusUpdateRequest.xml").records
    assert ack == OrderFileAck(
        file="0c300508b7863dcclb_14999.xml", taken=True, reason="Forwarded to supplier"
    )


def test_a_shared_secret_stays_in_the_header(samples: Path, carry: Carry) -> None:
    """What stands in the record may come to rest in the quarantine: the sender's secret is not in it."""
    carried = carry("cxml/order-request.yaml", samples, "OrderRequest.xml")
    assert "SharedSecret" in str(carried.header)
    assert "SharedSecret" not in str(carried.records)
    record = carried.mapping.spec.format.xml
    assert record is not None
    assert record.record == "/cXML/Request"


UK = "edifact/orders-uk.yaml"


@pytest.mark.parametrize("file", ["edifabric-PurchaseOrder.txt", "edifabric-MixedTransactions.txt"])
def test_edifact_order_with_prices(carry: Carry, samples: Path, file: str) -> None:
    """The line's quantity is not one of its places'; invoices in the same interchange are for others."""
    order = order_of(carry(UK, samples, file))
    assert (order.number, order.buyer, order.supplier, order.currency) == (
        "128576", "5412345000013", "4012345500004", "GBP",
    )  # fmt: skip
    assert order.note == "Deliver the whole order at once"
    assert order.lines == (
        PurchaseOrderLine(
            number="1",
            sku="4000862141404",
            buyer_sku="ABC1234",
            quantity=Decimal(48),
            unit_price=Money(1458, "GBP"),
        ),
    )


@pytest.mark.parametrize(
    ("file", "taken", "words"),
    [
        # A text by a code and an agency that nobody agreed on.
        ("edifabric-PurchaseOrderInvalid.txt", 0, ["line 2, FTX", "'001 + AA'", "order-texts"]),
        ("edifabric-PurchaseOrders.txt", 1, ["line 40, FTX", "'001 + AA'", "order-texts"]),
        # UNT counts fewer segments than there are.
        ("edifabric-PurchaseOrderMultiLine.txt", 0, ["UNT, segment 72", "'38'", "expected 72"]),
        # The second message has the reference of the first.
        ("edifabric-DuplicateMessage.txt", 1, ["UNH", "'000000101'", "no other message", "ask the sender"]),
        # No currency beside its prices.
        ("edifabric-PurchaseOrderCSV.txt", 0, ["CUX/e1.2", "received nothing", "currency"]),
    ],
)
def test_broken_edifact_orders(carry: Carry, samples: Path, file: str, taken: int, words: list[str]) -> None:
    """What is wrong with one message keeps that one out, with its line, the value and what was expected."""
    carried = carry(UK, samples, file)
    assert len(carried.records) == taken
    assert carried.faults
    told = " ".join(carried.faults)
    assert file in told
    assert all(word in told for word in words), told


def test_a_damaged_start_is_no_interchange(carry: Carry, samples: Path) -> None:
    """`NB` instead of `UNB`: the whole file is refused, with what stands there."""
    with pytest.raises(FileRefused) as caught:
        carry(UK, samples, "edifabric-CorruptUnb.txt")
    fault = caught.value.fault
    assert (fault.code, fault.position.line) == ("no_interchange", 1)
    assert (fault.received or "").startswith("NB+UNOB:1")
    assert "ask for it again" in fault.advice


def test_texts_that_lost_their_release_characters(carry: Carry, samples: Path) -> None:
    """A `:` in a text that nobody released would cut it in silence: each such line is told."""
    carried = carry("edifact/orders.yaml", samples, "phpedifact-example_order_error.edi")
    assert carried.records == []
    assert any("IMD" in fault and "unreleased ':'" in fault for fault in carried.faults), carried.faults


def test_edifact_answer(carry: Carry, samples: Path) -> None:
    """Taken with changes; the article that will not come is named for a person."""
    (answer,) = carry("edifact/ordrsp.yaml", samples, "edifabric-PurchaseOrderResponse.txt").records
    assert answer == OrderMessage(
        order_number="652744",
        kind="accepted",
        ref="ORSP12856",
        at=datetime(2002, 3, 30, tzinfo=UTC),
        reason="not accepted: 3312345501096",
    )


def test_an_advice_that_counts_wrong_is_refused(carry: Carry, samples: Path, tmp_path: Path) -> None:
    """UNZ says two messages and there is one: half of it may be missing. Mended, it is a delivery."""
    name = "edifabric-DespatchAdvice.txt"
    with pytest.raises(FileRefused) as caught:
        carry("edifact/desadv.yaml", samples, name)
    assert (caught.value.fault.code, caught.value.fault.received) == ("count_mismatch", "UNZ+2+131")
    text = (samples / "edifact" / name).read_text("utf-8-sig")
    (tmp_path / name).write_text(text.replace("UNZ+2+131", "UNZ+1+131"), "utf-8")
    (sent,) = carry("edifact/desadv.yaml", tmp_path, name).records
    assert (sent.key, sent.order_number) == ("DES587441", "12332")
    # Midnight in London, in summer time.
    assert sent.shipped_at == datetime(2002, 4, 2, 23, tzinfo=UTC)
    assert [(line.sku, line.quantity) for line in sent.lines] == [
        ("5410738000152", 20), ("5410738000169", 5), ("5410738000176", 3), ("5410738000183", 12),
    ]  # fmt: skip
    assert [parcel.key for parcel in sent.parcels] == ["354107380000001051", "354107380000001068"]


@pytest.mark.parametrize(("second", "order"), [("12332", "12332"), ("777", "12332 + 777")])
def test_an_advice_whose_lines_name_orders(
    carry: Carry, samples: Path, tmp_path: Path, second: str, order: str
) -> None:
    """One order, named often, is that one; a second one makes a number that no order has."""
    name = "edifabric-DespatchAdvice.txt"
    text = (samples / "edifact" / name).read_text("utf-8-sig").replace("UNZ+2+131", "UNZ+1+131")
    text = text.replace("QTY+12:20'", "QTY+12:20'RFF+ON:12332'").replace("UNT+40", "UNT+42")
    text = text.replace("QTY+12:5'", f"QTY+12:5'RFF+ON:{second}'")
    (tmp_path / name).write_text(text, "utf-8")
    (sent,) = carry("edifact/desadv.yaml", tmp_path, name).records
    assert sent.order_number == order


def test_an_advice_for_two_orders(carry: Carry, samples: Path) -> None:
    """Each line is told of the order that it names."""
    carried = carry("edifact/desadv-by-line.yaml", samples, "phpedifact-D96ADESADV.edi")
    assert carried.faults == []
    assert [(one.order_number, one.ref, one.lines[0].sku) for one in carried.records] == [
        ("6877871", "Y02197250-001", "9780738507330"),
        ("6905456", "Y02197250-002", "9781568361871"),
    ]
    assert {one.kind for one in carried.records} == {"shipped"}
    assert {one.at for one in carried.records} == {datetime(2016, 7, 25, 23, tzinfo=UTC)}

"""Small order documents of our own: what each mapping says of cases that no sample has."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from passerelle.errors import FileRefused
from passerelle.records import MessageLine, Money, OrderFileAck, OrderMessage, Parcel, Shipment, ShipmentLine
from tests.examples.conftest import Carried, Carry


def read(carry: Carry, folder: Path, mapping: str, name: str, text: str) -> Carried:
    """Carry one document."""
    (folder / name).write_text(text, "utf-8")
    return carry(mapping, folder, name)


CXML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cXML SYSTEM "http://dtd.example.com/cXML.dtd"{declares}>
<cXML><Header><From><Credential><Identity>buyer-1</Identity></Credential></From>
<To><Credential><Identity>us</Identity></Credential></To></Header>
<Request deploymentMode="{mode}">{body}</Request></cXML>"""
ORDER = """<OrderRequest><OrderRequestHeader orderID="P-1" orderDate="2026-11-01T10:00:00+01:00"
type="{kind}">
<Total><Money currency="EUR">24.50</Money></Total></OrderRequestHeader>
<ItemOut lineNumber="1" quantity="2.5"><ItemID><SupplierPartID>A-1</SupplierPartID></ItemID>
<ItemDetail><UnitPrice><Money currency="EUR">9.80</Money></UnitPrice></ItemDetail></ItemOut></OrderRequest>"""


@pytest.mark.parametrize(
    ("mode", "kind", "note", "change"),
    [("production", "new", None, None), ("test", "update", "test", "update")],
)
def test_a_cxml_order_and_its_change(
    carry: Carry, tmp_path: Path, mode: str, kind: str, note: str | None, change: str | None
) -> None:
    """A trial and a change are told from an order."""
    text = CXML.format(declares="", mode=mode, body=ORDER.format(kind=kind))
    (order,) = read(carry, tmp_path, "cxml/order-request.yaml", "OrderRequest.xml", text).records
    assert (order.number, order.buyer, order.note, order.change) == ("P-1", "buyer-1", note, change)
    assert order.ordered_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert order.total == Money(2450, "EUR")
    assert [(line.sku, line.quantity, line.unit_price) for line in order.lines] == [
        ("A-1", Decimal("2.5"), Money(980, "EUR"))
    ]


def test_a_cxml_order_that_declares_entities_is_refused(carry: Carry, tmp_path: Path) -> None:
    """The name of a DTD is let pass, a declaration never."""
    text = CXML.format(
        declares=' [<!ENTITY e SYSTEM "file:///etc/hostname">]',
        mode="production",
        body=ORDER.format(kind="new"),
    )
    with pytest.raises(FileRefused) as caught:
        read(carry, tmp_path, "cxml/order-request.yaml", "OrderRequest.xml", text)
    assert caught.value.fault.code == "dtd_forbidden"


def test_a_cxml_notice_with_items(carry: Carry, tmp_path: Path) -> None:
    """With items it is these pieces, not the whole order."""
    body = """<ShipNoticeRequest><ShipNoticeHeader shipmentID="S-1" shipmentDate="2026-11-02T10:00:00Z"/>
    <ShipNoticePortion><OrderReference orderID="W-1"/><ShipNoticeItem quantity="2" lineNumber="1"><ItemID>
    <SupplierPartID>A-1</SupplierPartID></ItemID></ShipNoticeItem></ShipNoticePortion></ShipNoticeRequest>"""
    text = CXML.format(declares="", mode="production", body=body)
    (sent,) = read(
        carry, tmp_path, "cxml/ship-notice.yaml#cxml-shipments", "ShipNoticeRequest.xml", text
    ).records
    assert sent == OrderMessage(
        order_number="W-1",
        kind="shipped",
        ref="S-1",
        at=datetime(2026, 11, 2, 10, tzinfo=UTC),
        lines=(MessageLine(sku="A-1", quantity=2),),
    )


@pytest.mark.parametrize(("code", "taken"), [("200", True), ("406", False)])
def test_a_cxml_status(carry: Carry, tmp_path: Path, code: str, taken: bool) -> None:  # noqa: FBT001 - a case
    """Taken or refused, about the file that we sent."""
    body = f"""<StatusUpdateRequest><DocumentReference payloadID="ORDERS_7"/>
    <Status code="{code}" text="why"/>
    </StatusUpdateRequest>"""
    text = CXML.format(declares="", mode="production", body=body)
    (ack,) = read(carry, tmp_path, "cxml/status-update.yaml", "StatusUpdateRequest.xml", text).records
    assert ack == OrderFileAck(file="ORDERS_7.xml", taken=taken, reason="why")


def test_a_status_that_nobody_agreed_on_is_rejected(carry: Carry, tmp_path: Path) -> None:
    """A hub that will try again (5xx) did not answer yet."""
    body = '<StatusUpdateRequest><DocumentReference payloadID="A"/><Status code="503"/></StatusUpdateRequest>'
    text = CXML.format(declares="", mode="production", body=body)
    carried = read(carry, tmp_path, "cxml/status-update.yaml", "StatusUpdateRequest.xml", text)
    assert carried.records == []
    assert any("'503'" in fault and "Status/@code" in fault for fault in carried.faults)


UBL = "urn:oasis:names:specification:ubl:schema:xsd"


@pytest.mark.parametrize(
    ("code", "kind"), [("AB", "taken"), ("AP", "accepted"), ("CA", "accepted"), ("RE", "refused")]
)
def test_ubl_answers(carry: Carry, tmp_path: Path, code: str, kind: str) -> None:
    """Four codes, three kinds of answers; whatever else is rejected."""

    def text(code: str) -> str:
        return (
            f'<OrderResponse xmlns="{UBL}:OrderResponse-2"><ID>R-1</ID><IssueDate>2026-11-02</IssueDate>'
            f"<OrderResponseCode>{code}</OrderResponseCode><OrderReference><ID>W-1</ID></OrderReference>"
            "</OrderResponse>"
        )

    (answer,) = read(carry, tmp_path, "ubl/order-response.yaml", "OrderResponse.xml", text(code)).records
    assert (answer.order_number, answer.kind, answer.ref) == ("W-1", kind, "R-1")
    assert answer.at == datetime(2026, 11, 1, 23, tzinfo=UTC)
    carried = read(carry, tmp_path, "ubl/order-response.yaml", "OrderResponse.xml", text("XX"))
    assert (carried.records, len(carried.faults)) == ([], 1)


def test_a_dispatch_for_two_orders_belongs_to_none(carry: Carry, tmp_path: Path) -> None:
    """Nothing is shipped on an order that it did not leave for."""
    items = "".join(
        f"<DISPATCHNOTIFICATION_ITEM><PRODUCT_ID><b:SUPPLIER_PID>A-{n}</b:SUPPLIER_PID></PRODUCT_ID>"
        f"<QUANTITY>1.0</QUANTITY><ORDER_REFERENCE><ORDER_ID>W-{n}</ORDER_ID></ORDER_REFERENCE>"
        "</DISPATCHNOTIFICATION_ITEM>"
        for n in (1, 2)
    )
    text = (
        '<DISPATCHNOTIFICATION xmlns="http://www.opentrans.org/XMLSchema/2.1"'
        ' xmlns:b="http://www.bmecat.org/bmecat/2005"><DISPATCHNOTIFICATION_HEADER><DISPATCHNOTIFICATION_INFO>'
        "<DISPATCHNOTIFICATION_ID>D-1</DISPATCHNOTIFICATION_ID></DISPATCHNOTIFICATION_INFO>"
        "</DISPATCHNOTIFICATION_HEADER><DISPATCHNOTIFICATION_ITEM_LIST>"
        f"{items}</DISPATCHNOTIFICATION_ITEM_LIST></DISPATCHNOTIFICATION>"
    )
    (sent,) = read(carry, tmp_path, "opentrans/dispatch.yaml", "DISPATCHNOTIFICATION.xml", text).records
    assert (sent.order_number, sent.parcels) == ("W-1 + W-2", ())


def test_a_small_desadv(carry: Carry, tmp_path: Path) -> None:
    """Pieces below their packages, each package by its SSCC."""
    body = [
        "UNH+1+DESADV:D:96A:UN", "BGM+351+D-1+9", "DTM+11:20261102:102", "RFF+ON:W-1", "CPS+1",
        "PAC+1++CT", "PCI+33E", "GIN+BJ+354000000000000012", "LIN+1++4000000000017:SRV", "QTY+12:2",
        "LIN+2++4000000000024:SRV", "QTY+12:1", "CNT+2:2",
    ]  # fmt: skip
    lines = ["UNB+UNOB:1+A+B+261102:1000+1++INVOIC", *body, f"UNT+{len(body) + 1}+1", "UNZ+1+1"]
    text = "".join(f"{line}'\n" for line in lines)
    (sent,) = read(carry, tmp_path, "edifact/desadv.yaml", "SmallAdvice.txt", text).records
    assert sent == Shipment(
        key="D-1",
        order_number="W-1",
        shipped_at=datetime(2026, 11, 2, tzinfo=UTC),
        lines=(
            ShipmentLine(sku="4000000000017", quantity=2),
            ShipmentLine(sku="4000000000024", quantity=1),
        ),
        parcels=(Parcel(key="354000000000000012"),),
    )


@pytest.mark.parametrize(("code", "kind"), [("4", "accepted"), ("27", "refused"), ("29", "accepted")])
def test_a_small_ordrsp(carry: Carry, tmp_path: Path, code: str, kind: str) -> None:
    """The function of the answer decides; no article is named when all will come."""
    body = ["UNH+1+ORDRSP:D:96A:UN", f"BGM+231+R-1+{code}", "RFF+ON:W-1", "LIN+1+5+4000000000017:SRV"]
    lines = ["UNB+UNOB:1+A+B+261102:1000+1", *body, f"UNT+{len(body) + 1}+1", "UNZ+1+1"]
    text = "".join(f"{line}'\n" for line in lines)
    (answer,) = read(carry, tmp_path, "edifact/ordrsp.yaml", "SmallResponse.txt", text).records
    assert answer == OrderMessage(order_number="W-1", kind=kind, ref="R-1")  # type: ignore[arg-type]  # a case

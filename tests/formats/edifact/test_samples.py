"""Real EDIFACT files: each gives the rows that are in it, or ends in the right error."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from passerelle.errors import FileRefused
from passerelle.formats import Row
from passerelle.formats.edifact.reader import EdifactReader

GROUPS = {
    "NAD": ["RFF", "CTA", "COM"],
    "CPS": ["PAC", "LIN"],
    "PAC": ["MEA", "PCI"],
    "PCI": ["GIN"],
    "LIN": ["PIA", "IMD", "QTY", "MOA", "PRI", "RFF", "DTM", "PAC", "LOC", "TAX", "MEA"],
    "LOC": ["QTY", "DTM", "RFF"],
}


CASES: list[tuple[str, str, dict[str, Any], list[list[str]], str | None]] = [
    ("edifabric-PurchaseOrder.txt", "ORDERS", {}, [[]], None),
    ("edifabric-PurchaseOrders.txt", "ORDERS", {}, [[], []], None),
    ("edifabric-PurchaseOrderCSV.txt", "ORDERS", {}, [[]], None),
    ("edifabric-PurchaseOrderInvalid.txt", "ORDERS", {}, [[]], None),
    ("edifabric-PurchaseOrderResponse.txt", "ORDRSP", {}, [[]], None),
    ("edifabric-PriceCatalogue.txt", "PRICAT", {}, [[]], None),
    ("edifabric-PurchaseOrderMultiLine.txt", "ORDERS", {}, [["segment_count"]], None),
    ("edifabric-DuplicateMessage.txt", "ORDERS", {}, [[], ["duplicate_reference"]], None),
    ("edifabric-MixedTransactions.txt", "ORDERS", {}, [[], ["wrong_message_type"]], None),
    ("edifabric-MixedTransactions.txt", "ORDERS", {"ignore": ["INVOIC"]}, [[]], None),
    ("edifabric-MixedTransactions.txt", "INVOIC", {"ignore": ["ORDERS"]}, [[]], None),
    ("edifabric-CorruptUnb.txt", "ORDERS", {}, [], "no_interchange"),
    ("edifabric-DespatchAdvice.txt", "DESADV", {}, [["message_not_announced"]], "count_mismatch"),
    ("edifabric-DespatchAdvice.txt", "DESADV", {"application": "ignore"}, [[]], "count_mismatch"),
    ("edifabric-Invoice.txt", "INVOIC", {}, [[]], "count_mismatch"),
    ("perl-interchange-PRICAT-no-terminator.edi", "PRICAT", {}, [[]], None),
    ("phpedifact-D96ADESADV.edi", "DESADV", {}, [[]], None),
    ("phpedifact-example_wrapped.edi", "PAORES", {}, [[]], None),
    ("phpedifact-example_multiline.edi", "IFTMBC", {}, [["segment_count"]], None),
    ("phpedifact-example_release_character.edi", "PAORES", {}, [["segment_count"]], None),
    ("phpedifact-example_utf8.edi", "DESADV", {}, [[]], "charset_conflict"),
    ("phpedifact-example_utf8.edi", "DESADV", {"charset": "UTF-8"}, [[]], None),
    ("phpedifact-example_order_ok.edi", "ORDERS", {}, [[]], "charset_conflict"),
    ("phpedifact-example_order_ok.edi", "ORDERS", {"charset": "UTF-8"}, [[]], None),
    (
        "phpedifact-example_order_error.edi",
        "ORDERS",
        {"charset": "UTF-8"},
        [["too_many_components", "too_many_components"]],
        None,
    ),
    ("test-INVRPT-ingram-D97A.edi", "INVRPT", {}, [], "truncated"),
    ("test-INVRPT-ingram-D97A.edi", "INVRPT", {"segment_end": "newline"}, [[]], None),
]


class Outcome(NamedTuple):
    """What comes of a file: for each message its faults, and the code of the refusal of the whole."""

    messages: list[list[str]]
    refusal: str | None


def outcome(path: Path, kind: str, **options: Any) -> Outcome:
    """Read a sample to its end."""
    messages: list[list[str]] = []
    with path.open("rb") as stream:
        reader = EdifactReader(stream, file=path.name, message=kind, groups=GROUPS, **options)
        try:
            messages.extend(
                [] if isinstance(row, Row) else [fault.code for fault in row.faults] for row in reader.rows()
            )
        except FileRefused as refused:
            return Outcome(messages, refused.fault.code)
    return Outcome(messages, None)


@pytest.mark.parametrize(("name", "kind", "options", "messages", "refusal"), CASES)
def test_each_sample(
    samples: Path,
    name: str,
    kind: str,
    options: dict[str, Any],
    messages: list[list[str]],
    refusal: str | None,
) -> None:
    """Sound messages are rows, ill ones say what is ill, and a file that does not add up is refused."""
    assert outcome(samples / "edifact" / name, kind, **options) == Outcome(messages, refusal)


def test_every_sample_is_named_above(samples: Path) -> None:
    """A new sample gets its line; a CSV and the README are no EDIFACT."""
    names = (path.name for path in (samples / "edifact").iterdir())
    # What an editor or a file manager leaves beside them is no sample.
    files = {name for name in names if not name.startswith(".") and not name.endswith("~")}
    assert files - {name for name, *_ in CASES} == {"README.md", "edifabric-PurchaseOrder.csv"}


def only(path: Path, kind: str, **options: Any) -> Any:
    """Give the values of the only message of a sample."""
    with path.open("rb") as stream:
        (row,) = EdifactReader(stream, file=path.name, message=kind, groups=GROUPS, **options).rows()
    assert isinstance(row, Row)
    return row.values


def test_the_order_of_the_sample(samples: Path) -> None:
    """Every figure that is known of the order, from the tree alone."""
    expected = json.loads((samples / "expected.json").read_text())["x1-edifact-orders"]
    order = only(samples / "edifact/phpedifact-example_order_ok.edi", "ORDERS", charset="UTF-8")
    parties = {party["e1"]: party for party in order["NAD"]}
    assert order["BGM"]["e2"] == expected["orderNumber"]
    assert len(order["LIN"]) == expected["lines"] == int(order["CNT"]["e1.2"])
    # The known sum is of one unit; the others were added up with grep and awk.
    quantities = [(line["QTY"]["e1.3"], Decimal(line["QTY"]["e1.2"])) for line in order["LIN"]]
    assert sum(quantity for unit, quantity in quantities if unit == "GBND") == expected["qty_sum"]
    assert sum(quantity for _, quantity in quantities) == 454
    assert parties["BY"]["e2"] == expected["buyer_gln"]
    assert parties["DP"]["e2"] == expected["ship_to_gln"]
    assert parties["BY"]["e4"].startswith("A+A K")
    assert parties["BY"]["CTA"]["e1"] == "PD"
    (requested,) = (date["e1.2"] for date in order["DTM"] if date["e1"] == "2")
    assert requested == expected["requested"].replace("-", "")
    soup = next(line for line in order["LIN"] if "Einlage f Sup" in line["IMD"].get("e3.5", ""))
    assert soup["IMD"]["e3.5"].startswith("Einlage f Sup 1:10 und So")


def test_lines_of_stock_and_of_a_shipment(samples: Path) -> None:
    """Stock per place and packages with their labels stand below their triggers."""
    stock = only(samples / "edifact/test-INVRPT-ingram-D97A.edi", "INVRPT", segment_end="newline")
    assert [place["e1.2"] for place in stock["LIN"]["LOC"]["QTY"]] == ["2", "0"]
    shipment = samples / "edifact/edifabric-DespatchAdvice.txt"
    with shipment.open("rb") as stream:
        reader = EdifactReader(stream, file="x", message="DESADV", groups=GROUPS, application="ignore")
        row = next(iter(reader.rows()))
    assert isinstance(row, Row)
    values: Any = row.values
    assert [len(package.get("LIN", [])) for package in values["CPS"][2:]] == [3]
    assert values["CPS"][1]["PAC"][0]["PCI"]["GIN"]["e2"] == "354107380000001051"


def test_wrapped_text_is_joined(samples: Path) -> None:
    """A line end in the middle of a text is the wrapping of the file."""
    with (samples / "edifact/phpedifact-example_multiline.edi").open("rb") as stream:
        (row,) = EdifactReader(stream, file="x", message="IFTMBC").rows()
    assert not isinstance(row, Row)
    assert "DELAYS OCCUR:DUE TO" in row.raw

"""Order files as the ERP reads them: all of CMDWEB or RESAWEB, the trailer checked, or why not."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from ..errors import Fault, FileRefused, Position

__all__ = [
    "OrderFile",
    "OrderLine",
    "ReceivedOrder",
    "decimal_of",
    "expect",
    "line_of",
    "parse",
    "read_orders",
    "refused",
    "text_of",
]

_NAME = re.compile(r"(CMDWEB|RESAWEB)_([0-9]{5})_[0-9]{8}\.xml")
_DECIMAL = re.compile(r"-?[0-9]+(,[0-9]+)?")


class OrderLine(NamedTuple):
    """A line as ordered: the shop's line id, SKU, pieces, and what the whole line costs."""

    reference: str
    sku: str
    quantity: int
    amount: str = "0"
    kind: str = "A"


@dataclass(frozen=True, slots=True)
class ReceivedOrder:
    """An order as it stood in a file, at that line; `digest` tells two contents of one number apart."""

    number: str
    file: str
    line: int
    total: str
    currency: str
    lines: tuple[OrderLine, ...]
    digest: str
    revision: int = 1
    mode: str = "LIV"
    store: str = ""
    placed_on: str = ""


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A whole order file that agrees with its own trailer."""

    name: str
    sequence: int
    sha256: str
    orders: tuple[ReceivedOrder, ...]


def read_orders(path: Path) -> OrderFile:
    """Read an order file; raises FileRefused with the first fault found (name, XML, fields, trailer)."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise refused("bad_name", path.name, path.name, "CMDWEB_00001_AAAAMMJJ.xml")
    content = path.read_bytes()
    root = parse(path.name, content)
    expect(path.name, root, "ENTETE/FLUX", match[1])
    expect(path.name, root, "ENTETE/SEQUENCE", match[2])
    orders = tuple(_order(path.name, element) for element in root.iterfind("COMMANDE"))
    _check_trailer(path.name, root, orders)
    return OrderFile(path.name, int(match[2]), hashlib.sha256(content).hexdigest(), orders)


def parse(file: str, content: bytes) -> etree._Element:
    """Read the XML of a file of ours; raises FileRefused for anything else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.parse(io.BytesIO(content), parser)
    except etree.XMLSyntaxError as error:
        raise refused("malformed", file, error.msg, "well-formed XML", line=error.lineno) from error
    doctype: str = tree.docinfo.doctype  # type: ignore[union-attr]  # the stubs leave it open
    if doctype:
        raise refused("dtd_forbidden", file, doctype, "no DOCTYPE")
    root = tree.getroot()
    if root.tag != "FICHIER":
        raise refused("bad_root", file, str(root.tag), "FICHIER")
    return root


def expect(file: str, root: etree._Element, path: str, expected: str) -> None:
    """Raise FileRefused when the header says something else."""
    received = root.findtext(path)
    if received != expected:
        raise refused("bad_header", file, received, expected, path=path)


def _order(file: str, element: etree._Element) -> ReceivedOrder:
    lines = []
    for line in element.iterfind("LIGNES/LIGNE"):
        quantity = decimal_of(file, line, "QTE")
        if quantity <= 0 or quantity != quantity.to_integral_value():
            raise refused("bad_value", file, line.findtext("QTE"), "whole pieces", "QTE", line=line_of(line))
        lines.append(
            OrderLine(
                line.findtext("REF") or "",
                text_of(file, line, "SKU"),
                int(quantity),
                str(decimal_of(file, line, "MONTANT")) if line.findtext("MONTANT") else "0",
                line.findtext("TYPE") or "A",
            )
        )
    if not lines:
        raise refused("missing_value", file, None, "at least one LIGNE", "LIGNES", line=line_of(element))
    total = decimal_of(file, element, "TOTAL")
    return ReceivedOrder(
        number=text_of(file, element, "NUMERO"),
        file=file,
        line=line_of(element),
        total=str(total),
        currency=text_of(file, element, "DEVISE"),
        lines=tuple(lines),
        digest=hashlib.sha256(etree.tostring(element, method="c14n", with_tail=False)).hexdigest(),
        revision=int(decimal_of(file, element, "REVISION")) if element.findtext("REVISION") else 1,
        mode=element.findtext("MODE_LIVRAISON") or "LIV",
        store=element.findtext("MAGASIN") or "",
        placed_on=element.findtext("DATE") or "",
    )


def _check_trailer(file: str, root: etree._Element, orders: tuple[ReceivedOrder, ...]) -> None:
    trailer = root.find("PIED")
    if trailer is None:
        raise refused("missing_trailer", file, None, "PIED", "PIED")
    declared = text_of(file, trailer, "NB_COMMANDES")
    if not declared.isdecimal() or int(declared) != len(orders):
        raise refused(
            "wrong_count", file, declared, f"{len(orders)}", "PIED/NB_COMMANDES", line=line_of(trailer)
        )
    total = sum((Decimal(order.total) for order in orders), Decimal(0))
    if decimal_of(file, trailer, "TOTAL") != total:
        received = trailer.findtext("TOTAL")
        raise refused(
            "wrong_total", file, received, f"{total}".replace(".", ","), "PIED/TOTAL", line=line_of(trailer)
        )


def text_of(file: str, element: etree._Element, name: str) -> str:
    """Give a text that must be there."""
    text = (element.findtext(name) or "").strip()
    if not text:
        raise refused(
            "missing_value", file, None, f"a value of {name}", f"{element.tag}/{name}", line=line_of(element)
        )
    return text


def decimal_of(file: str, element: etree._Element, name: str) -> Decimal:
    """Give a number that must be there, with a decimal comma."""
    text = text_of(file, element, name)
    if _DECIMAL.fullmatch(text) is None:
        where = f"{element.tag}/{name}"
        raise refused("bad_value", file, text, "a number with a decimal comma", where, line=line_of(element))
    return Decimal(text.replace(",", "."))


def line_of(element: etree._Element) -> int:
    """Give the line on which an element begins."""
    line: int | None = element.sourceline  # type: ignore[assignment]  # the stubs leave it open
    return line or 0


def refused(
    code: str,
    file: str,
    received: str | None,
    expected: str,
    path: str | None = None,
    *,
    line: int | None = None,
) -> FileRefused:
    """Say why a file is not taken."""
    position = Position(file, line=line, path=path)
    return FileRefused(
        Fault(code, position, received, expected, "Correct the file and send it under a new name")
    )

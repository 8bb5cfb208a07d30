"""Files as the ERP writes them, made in the test."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import settings

from passerelle.formats import XmlReader

StockFile = Callable[..., bytes]
Reading = Callable[..., XmlReader]

# How long an example takes says how busy the machine is, not whether a reader is right.
settings.register_profile("readers", deadline=None)
settings.load_profile("readers")

STOCK_PATHS = ("SKU", "DEPOT", "QTE")


@pytest.fixture
def stock_file() -> StockFile:
    """Build a stock file of `rows` records, seven lines each, pretty-printed with CRLF."""

    def build(rows: int, *, body: str = "", head: str = "", trailer: bool = True) -> bytes:
        lines = ['<?xml version="1.0" encoding="ISO-8859-1"?>', "<FICHIER>"]
        lines += ["  <ENTETE>", "    <FLUX>STOCK</FLUX>", "    <SEQUENCE>00001</SEQUENCE>", "  </ENTETE>"]
        lines += [head] if head else []
        for number in range(1, rows + 1):
            lines += ["  <LIGNE>", f"    <SKU>{number:06d}-012-38</SKU>", "    <DEPOT>001</DEPOT>"]
            lines += ["    <QTE>00012,000</QTE>", "    <STATUT>D</STATUT>", "    <NOTE/>", "  </LIGNE>"]
        lines += [body] if body else []
        if trailer:
            lines += ["  <PIED>", f"    <NB_LIGNES>{rows:06d}</NB_LIGNES>", "  </PIED>"]
        return "\r\n".join([*lines, "</FICHIER>", ""]).encode("iso-8859-1")

    return build


@pytest.fixture
def reading() -> Reading:
    """Open a reader on bytes with the paths of a stock file."""

    def build(content: bytes, **options: object) -> XmlReader:
        settings: dict[str, object] = {
            "file": "STOCK.xml",
            "record": "/FICHIER/LIGNE",
            "header": "/FICHIER/ENTETE",
            "trailer": "/FICHIER/PIED",
            "charset": "ISO-8859-1",
            **options,
        }
        return XmlReader(BytesIO(content), **settings)  # type: ignore[arg-type]  # settings of every kind

    return build

"""A folder with small mappings and samples, written in the test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from passerelle.mapping import Mapping, load_incoming

COLOURS = "CODE;key\n012;navy\n013;red\n014;green\n"

#: Stock of a shop: a code table, a number, a date with a sentinel, a default.
STOCK = """\
feed: shelf
entity: stock
files: {folder: in, pattern: "SHELF_{date:AAAAMMJJ}.xml", ready: {stable_for: 30s}}
format: {xml: {charset: UTF-8, record: /F/R, header: /F/H, trailer: /F/T}}
controls: {count: T/COUNT}
key: [SKU, PLACE]
codes:
  colours: {file: colours.csv, from: CODE, to: key}
fields:
  - {to: sku, from: SKU, via: trim, required: true}
  - {to: supply_channel, from: PLACE, via: [trim, {code: colours}]}
  - {to: quantity, from: QTY, via: {decimal: "1234,5"}, as: integer, required: true}
  - {to: expected_delivery, from: DUE, via: {date: AAAAMMJJ, zone: Europe/Paris, none: ["00000000"]}}
  - {to: restockable_in_days, from: DAYS, via: [{decimal: "1234"}, integer]}
"""


class Workplace:
    """Writes files below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("colours.csv", COLOURS)

    def write(self, name: str, text: str, charset: str = "utf-8") -> Path:
        """Write a file; gives its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(text).encode(charset))
        return path

    def mapping(self, text: str = STOCK, name: str = "shelf.yaml") -> Mapping:
        """Write and load a mapping."""
        return load_incoming(self.write(name, text))

    def stock(self, *rows: str, name: str = "SHELF_20261101.xml", count: int | None = None) -> Path:
        """Write a sample of `STOCK` with these rows."""
        told = len(rows) if count is None else count
        body = "\n".join(f"<R>{row}</R>" for row in rows)
        text = f"<F>\n<H><WHEN>20261101</WHEN></H>\n{body}\n<T><COUNT>{told}</COUNT></T>\n</F>\n"
        return self.write(name, text)


def row(sku: str, place: str = "012", qty: str = "1", **more: str) -> str:
    """Write the elements of one row."""
    texts = {"SKU": sku, "PLACE": place, "QTY": qty, **more}
    return "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())

"""An independent reader of the ERP's files: lxml and nothing of the library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

KEYS = {
    "CATEG": ("CODE",),
    "ARTICLES": ("CODE_MODELE",),
    "TARIFS": ("SKU", "TYPE", "DEBUT"),
    "STOCK": ("SKU", "DEPOT"),
}


@dataclass(frozen=True)
class Document:
    """What a file says of itself, and its records."""

    charset: str
    header: dict[str, str]
    records: list[etree._Element]
    count: int

    def by_key(self) -> dict[tuple[str, ...], bytes]:
        """Return each record's canonical text by its key."""
        names = KEYS[self.header["FLUX"]]
        found = {
            tuple(record.findtext(name) or "" for name in names): etree.tostring(
                record, method="c14n", with_tail=False
            )
            for record in self.records
        }
        assert len(found) == len(self.records), "a key stands twice"
        return found


def read(path: Path) -> Document:
    """Read a file in the charset that its prolog names; the charset must hold strictly."""
    content = path.read_bytes()
    prolog = re.match(rb'<\?xml version="1.0" encoding="([A-Z0-9-]+)"\?>\r\n', content)
    assert prolog is not None
    charset = prolog[1].decode("ascii")
    content.decode(charset)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(content, parser)
    assert root.tag == "FICHIER"
    header, *records, trailer = list(root)
    return Document(
        charset,
        {str(child.tag): child.text or "" for child in header},
        records,
        int(trailer.findtext("NB_LIGNES") or -1),
    )


def texts(document: Document, path: str) -> list[str]:
    """Return the text of every element at that path, record by record; None is an empty element."""
    return [element.text or "" for record in document.records for element in record.iterfind(path)]

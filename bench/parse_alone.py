"""The reference: `lxml.etree.iterparse` alone on a stock file, each record cleared, nothing kept."""

from __future__ import annotations

import sys

from lxml import etree

from .children import report_costs


def parse(path: str) -> dict[str, float]:
    """Walk the records and free them."""
    count = 0
    for _, element in etree.iterparse(path, tag="LIGNE"):
        count += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return {"records": count}


if __name__ == "__main__":
    report_costs(lambda: parse(sys.argv[1]))

"""The references: `lxml.etree.iterparse` alone on a file, each record freed, nothing kept.

`strict` reads no text; `texts` reads the text of every leaf in one loop over a record; `walk` makes a nested
record a dict, group by group.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from lxml import etree

from .children import report_costs

# Any: lxml's stubs do not know the elements that iterparse gives.
Work = Callable[[Any], object]


def parse(path: str, tag: str, work: Work) -> dict[str, float]:
    """Walk the records, read what the reference reads, and free them."""
    count = 0
    for _, element in etree.iterparse(path, tag=tag):
        count += 1
        work(element)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return {"records": count}


def nothing(_element: Any) -> None:
    """Read no text."""


def texts(element: Any) -> dict[str, str | None]:
    """Read the leaves of a flat record."""
    return {child.tag: child.text for child in element}


def walk(element: Any) -> dict[str, Any]:
    """Read a nested record; what repeats becomes a list."""
    values: dict[str, Any] = dict(element.attrib)
    for child in element:
        tag = child.tag
        value = walk(child) if len(child) or child.attrib else child.text
        if tag in values:
            before = values[tag]
            values[tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[tag] = value
    return values


WORKS: dict[str, Work] = {"strict": nothing, "texts": texts, "walk": walk}

if __name__ == "__main__":
    report_costs(lambda: parse(sys.argv[1], sys.argv[2], WORKS[sys.argv[3]]))

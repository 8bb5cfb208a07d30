"""Labels of categories in two languages: a feed whose fields other people edit in the shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passerelle.ledger import Ledger
from passerelle.mapping import Mapping, load_mapping
from passerelle.records import Category
from passerelle.testing import Shelf

from .desk import Desk

_FEED = """\
feed: {feed}
entity: category
files: {{folder: out, pattern: "L_{{sequence:5}}.csv", ready: {{marker: .ok}}}}
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
{more}
key: KEY
fields:
  - {{to: key, from: KEY}}
  - {{to: name.fr-FR, from: FR, owner: erp{french}}}
  - {{to: name.nl-BE, from: NL, owner: pim}}
  - {{to: order_hint, from: HINT}}
"""


def labels_mapping(folder: Path, more: str = "", *, french: str = "", feed: str = "labels") -> Mapping:
    """Write the mapping with these lines and load it."""
    path = folder / f"{feed}.yaml"
    path.write_text(_FEED.format(feed=feed, more=more, french=french), encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    return mapping


def labels_shelf(**options: Any) -> Shelf[Category]:
    """A shop that holds them, flat."""
    return Shelf(Category, key=lambda record: record.key, entity="category", **options)


def labels_desk(ledger: Ledger, folder: Path, more: str = "", **options: Any) -> Desk:
    """A desk with an empty shop."""
    return Desk(ledger, labels_mapping(folder, more, **options), labels_shelf())


def label(key: str, fr: str, nl: str = "nl", hint: str = "0.1") -> dict[str, str]:
    """A line of the feed."""
    return {"KEY": key, "FR": fr, "NL": nl, "HINT": hint}


def edit(desk: Desk, key: str, **fields: Any) -> None:
    """A person in the back office changes some fields: `name={"fr-FR": "x"}`."""
    desk.shelf.put(Category(key=key, **fields))


def names(desk: Desk, key: str = "a") -> dict[str, str]:
    """The names that the shop shows."""
    shown: dict[str, str] = desk.shelf.contents()[key]["name"]
    return shown

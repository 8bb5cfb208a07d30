"""A partner with habits: a stock feed whose `files` are written by the test, and clocks set by hand."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from passerelle.mapping import Mapping, load_mapping
from passerelle.sync import RunReport

from ..house import House

NIGHT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DEPOTS = Path(__file__).parents[3] / "mappings/erp/depots.csv"

_STOCK = """\
feed: {feed}
title: {{en: Stock of a partner, fr: Stock d'un partenaire}}
entity: stock
files:
{files}
format:
  xml: {{charset: ISO-8859-1, record: /FICHIER/LIGNE, header: /FICHIER/ENTETE, trailer: /FICHIER/PIED}}
{more}key: [SKU, DEPOT]
fields:
  - {{to: sku, from: SKU, via: trim, required: true}}
  - {{to: supply_channel, from: DEPOT, via: [trim, {{code: depots}}], required: true}}
  - {{to: quantity, from: QTE_PHYSIQUE, via: {{decimal: "1 234,5"}}, as: integer}}
codes:
  depots: {{file: {depots}, from: DEPOT, to: channel}}
"""


def mapping_with(folder: Path, files: str, *, more: str = "", feed: str = "stock") -> Mapping:
    """Write a stock mapping with these lines under `files` and load it."""
    words = textwrap.indent(textwrap.dedent(files).strip(), "  ")
    path = folder / f"{feed}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_STOCK.format(feed=feed, files=words, more=more, depots=DEPOTS), encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    return mapping


def partner(tmp_path: Path, files: str, *, more: str = "", **settings: Any) -> House:
    """A house with such a feed; the time is set and moves by hand."""
    house = House(tmp_path, mapping=mapping_with(tmp_path / "feeds", files, more=more), **settings)
    house.now = NIGHT
    return house


def later(house: House, **time: float) -> None:
    """Let time pass."""
    assert house.now is not None
    house.now += timedelta(**time)


def fates(report: RunReport) -> dict[str, str]:
    """What became of each file, by its name."""
    return {file.name: file.state for file in report.files}

"""The stock law of a mapping: what a feed says of its numbers, and the places in a table that people edit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from passerelle.fulfilment.availability import PlaceRules
from passerelle.mapping import Mapping, load_incoming
from passerelle.mapping.stock_places import digest

_MAPPING = """\
feed: stock
entity: stock
files: {{folder: in, pattern: "S_{{date:AAAAMMJJ}}.csv", ready: {{stable_for: 60s}}}}
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
key: [SKU, PLACE]
fields:
  - {{to: sku, from: SKU}}
  - {{to: supply_channel, from: PLACE}}
  - {{to: quantity, from: QTY, as: integer}}
{more}codes:
  selling: {{file: places.csv, from: channel, to: [{columns}]}}
stock: {{means: physical, places: selling, {law}}}
"""
LAW = "at: name, buffer: 1, categories: {store: {buffer: 2, minimum: 3}, warehouse: {}}"
COLUMNS = ("eligible", "why", "category", "buffer", "buffer_share", "minimum")


def load(
    folder: Path, *rows: str, law: str = LAW, more: str = "", columns: tuple[str, ...] = COLUMNS
) -> Mapping:
    """Load a feed of stock with these rows in its table of places."""
    head = ";".join(("channel", *columns))
    (folder / "places.csv").write_text("\n".join((head, *rows, "")), "utf-8")
    path = folder / "stock.yaml"
    path.write_text(_MAPPING.format(law=law, more=more, columns=", ".join(columns)), "utf-8")
    return load_incoming(path)


def test_a_row_goes_before_its_category_and_that_before_the_feed(tmp_path: Path) -> None:
    """An empty cell says nothing; a place that is not in the table follows the feed."""
    places = load(
        tmp_path,
        "lille;oui;;store;;;",
        "lyon;non;travaux;store;5;;",
        "depot;;;warehouse;;10%;",
        "gent;Oui;;;0;;2",
    ).stock_places
    assert places.rules("lille") == PlaceRules(buffer=2, minimum=3)
    assert places.rules("lyon") == PlaceRules(eligible=False, why="travaux", buffer=5, minimum=3)
    assert places.rules("depot") == PlaceRules(buffer_share=Decimal("0.1"))
    assert places.rules("gent") == PlaceRules(buffer=0, minimum=2)
    assert places.rules("brest") == places.rules(None) == PlaceRules(buffer=1)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("lille;peut-être;;;;;", "lille: eligible is 'peut-être': write yes or no, oui or non"),
        ("lille;oui;;shop;;;", "lille: category 'shop' is none of stock.categories (store, warehouse)"),
        ("lille;oui;;;-1;;", "lille: '-1' is no number of pieces"),
        ("lille;oui;;;1,5;;", "lille: '1,5' is no number of pieces"),
        ("lille;oui;;;;5;", "lille: buffer_share is '5': write a share such as 5%"),
        ("lille;oui;;;;;trois", "lille: 'trois' is no number of pieces"),
    ],
)
def test_a_cell_that_says_nothing_clear_is_told_with_its_place(tmp_path: Path, row: str, told: str) -> None:
    """Nothing starts with a table that somebody mistyped."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, row)
    assert told in str(caught.value)


def test_a_column_that_means_nothing_is_told(tmp_path: Path) -> None:
    """A rule in a misspelt column would not hold."""
    with pytest.raises(
        ConfigError, match="eligible, why, category, buffer, buffer_share, minimum, not tampon"
    ):
        load(tmp_path, "lille;2", columns=("tampon",))


@pytest.mark.parametrize(
    ("law", "more", "told"),
    [
        ("at: record", "", "`record` and the field counted_at go together"),
        ("at: name", "  - {to: counted_at, from: AT, via: {date: iso}}\n", "go together"),
        ("at: header", "", "say name, mtime or record"),
        ("at: {header: H/AT}, zone: Paris", "", "write a zone such as Europe/Paris"),
        ("at: name", "target: {commercetools: {quantity_means: available}}\n", "leave this one out"),
        ("at: name, buffer: -1", "", "stock.buffer must be greater than or equal to 0"),
    ],
)
def test_what_cannot_hold_together_is_told_when_it_is_loaded(
    tmp_path: Path, law: str, more: str, told: str
) -> None:
    """Before the first file is read."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "lille;oui;;;;;", law=law, more=more)
    assert told in str(caught.value)


def test_a_law_needs_its_table_and_is_for_stock(tmp_path: Path) -> None:
    """A name that no table has, a feed of something else."""
    text = _MAPPING.format(law=LAW, more="", columns="eligible")
    (tmp_path / "places.csv").write_text("channel;eligible\nlille;oui\n", "utf-8")
    path = tmp_path / "stock.yaml"
    path.write_text(text.replace("places: selling", "places: sellin"), "utf-8")
    with pytest.raises(ConfigError, match="there is no code table 'sellin'"):
        load_incoming(path)


def test_any_change_of_what_holds_is_another_digest(tmp_path: Path) -> None:
    """It tells which levels are to be worked out again; how many in one run changes none."""
    one = load(tmp_path, "lille;oui;;;;;")
    assert one.spec.stock is not None
    law, rules = one.spec.stock, one.stock_places.rules("lille")
    same = load(tmp_path, "lille;oui;;;;;", law=f"{LAW}, recompute: 7").spec.stock
    other = load(tmp_path, "lille;oui;;;;;", law=f"{LAW}, unplaced: lille").spec.stock
    assert same is not None
    assert other is not None
    assert digest(law, rules) == digest(same, rules)
    assert digest(law, rules) != digest(other, rules)
    assert digest(law, rules) != digest(law, PlaceRules(buffer=9))

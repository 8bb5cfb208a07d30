"""A new country for the feeds of an ERP that is connected already: one YAML of at most 15 lines."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from passerelle.formats import Row
from passerelle.mapping import Mapping, load_incoming
from passerelle.mapping.documents import addresses
from passerelle.records import Category, Price, Product
from passerelle.retailer import House
from passerelle.retailer.model import feed_of
from passerelle.retailer.sheet import drop
from passerelle.testing import Shelf
from passerelle.workbench.cases import run_cases
from tests.feeds.house import House as Installation

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNTRY = MAPPINGS / "examples" / "switzerland" / "switzerland.yaml"
COUNTRIES = [*(MAPPINGS / "erp" / f"{name}.yaml" for name in ("belgium", "poland", "slovenia")), COUNTRY]
MOST_LINES = 15

Invent = Callable[[str], bytes]


def swiss(feed: str) -> Mapping:
    """Load one feed of the new country."""
    return load_incoming(COUNTRY.with_name(f"{COUNTRY.name}#{feed}"))


def french(feed: str) -> Mapping:
    """Load the feed of the first country."""
    return load_incoming(MAPPINGS / "erp" / f"{feed}.yaml")


def records(mapping: Mapping, content: bytes) -> list[Any]:
    """Map a file; every row of it must become a record."""
    name = "a file"
    rows = list(mapping.reader(BytesIO(content), file=name).rows())
    assert rows
    assert all(isinstance(row, Row) for row in rows)
    return [mapping.record(row, file=name) for row in rows if isinstance(row, Row)]


@pytest.fixture
def invent(tmp_path: Path) -> Invent:
    """Give a file of the retailer's French feeds, on the day of its full files."""
    house = House.invent(seed=5, styles=12, stores=1)

    def write(feed: str) -> bytes:
        return drop(house.day(1).sheet(feed_of(feed)), tmp_path / "retailer").path.read_bytes()

    return write


def swapped(content: bytes, *pairs: tuple[str, str]) -> bytes:
    """Put Swiss words in the place of French ones, which must be there."""
    text = content.decode("iso-8859-1")
    for old, new in (("<ZONE>FR<", "<ZONE>CH<"), *pairs):
        assert old in text
        text = text.replace(old, new)
    return text.encode("iso-8859-1")


@pytest.mark.parametrize("path", COUNTRIES, ids=[path.stem for path in COUNTRIES])
def test_a_country_is_one_file_of_at_most_fifteen_lines(path: Path) -> None:
    """Counted as they stand there, comments and `---` too; labels, texts and prices are its feeds."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= 120
    zone = {"belgium": "be", "poland": "pl", "slovenia": "si", "switzerland": "ch"}[path.stem]
    feeds = [load_incoming(one).feed for one in addresses(path)]
    assert feeds == [f"{name}-{zone}" for name in ("categories", "products", "prices")]


@pytest.mark.parametrize("feed", ["categories-ch", "products-ch", "prices-ch"])
def test_what_stands_beside_it_comes_out_as_expected(feed: str) -> None:
    """Small files with German texts, the new codes, francs, and a price in euros that is rejected."""
    suite = run_cases(COUNTRY.with_name(f"{COUNTRY.name}#{feed}"))
    assert suite.passed


def test_labels_in_a_new_language(invent: Invent) -> None:
    """What the French feed makes of the whole tree, the label in another language and nothing else of it."""
    content = invent("CATEG_FR")
    expected = [
        Category(key=record.key, name={"de-CH": record.name["fr-FR"]}, slug={"de-CH": record.slug["fr-FR"]})
        for record in records(french("categories-fr"), content)
    ]
    assert records(swiss("categories-ch"), swapped(content)) == expected


def test_texts_in_a_new_language_and_codes_of_its_own(invent: Invent) -> None:
    """Every style of a whole file, under de-CH; two codes that the French table does not have."""
    content = invent("ARTICLES_FR")

    def in_german(record: Product) -> Product:
        texts = {name: {"de-CH": getattr(record, name)["fr-FR"]} for name in ("name", "slug", "description")}
        return replace(record, **texts)

    expected = [in_german(record) for record in records(french("products-fr"), content)]
    own = (("<COLORIS>020<", "<COLORIS>901<"), ("<TVA>N<", "<TVA>S<"))
    assert records(swiss("products-ch"), swapped(content, *own)) == expected
    # The table of all has stayed as it is.
    assert french("products-fr").tables["colours"].entries.keys() & {"901"} == set()


async def test_prices_in_a_new_currency_go_all_the_way(tmp_path: Path, invent: Invent) -> None:
    """One price file more, from the ERP's folder through the ledger to the shop; the second time no write."""
    french_content = invent("TARIFS_FR")
    content = swapped(french_content, ("<DEVISE>EUR<", "<DEVISE>CHF<"))
    mapping = swiss("prices-ch")
    wanted = [
        replace(record, country="CH", value=replace(record.value, currency="CHF"))
        for record in records(french("prices-fr"), french_content)
    ]
    assert records(mapping, content) == wanted

    shelf: Shelf[Price] = Shelf(Price, key=lambda one: f"{one.sku} {one.valid_from}", entity="price")
    house = Installation(tmp_path / "house", mapping=mapping, batch=50)
    house.put("TARIFS_CH_C_00001_20261101.xml", content)
    first = await house.run(shelf)
    assert (first.created, first.quarantined, first.failed) == (len(wanted), 0, 0)
    assert [body["value"]["currency"] for body in shelf.contents().values()] == ["CHF"] * len(wanted)
    assert {body["country"] for body in shelf.contents().values()} == {"CH"}
    house.put("TARIFS_CH_C_00002_20261102.xml", content.replace(b"<SEQUENCE>00001<", b"<SEQUENCE>00002<"))
    second = await house.run(shelf)
    assert (second.created, second.updated, second.unchanged) == (0, 0, len(wanted))

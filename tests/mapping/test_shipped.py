"""The mappings of the project, against the files of the invented retailer."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from passerelle.formats import Row
from passerelle.mapping import Mapping, OutgoingMapping, load_feeds
from passerelle.retailer import FEEDS, House, Trouble
from passerelle.retailer.model import Feed
from passerelle.retailer.sheet import drop
from passerelle.retailer.trouble import Incident

NAMES = {"CATEG": "categories", "ARTICLES": "products", "TARIFS": "prices"}


@pytest.fixture(scope="module")
def feeds() -> dict[str, Mapping | OutgoingMapping]:
    """Load all mappings."""
    return load_feeds(Path(__file__).parents[2] / "mappings")


def test_the_feeds(feeds: dict[str, Mapping | OutgoingMapping]) -> None:
    """Four countries of categories, products and prices; stock; orders out, and all that comes back."""
    expected = {f"{name}-{zone}" for name in NAMES.values() for zone in ("fr", "be", "pl", "si")}
    back = {"order-acks", "shipments", "order-messages", "store-messages", "carrier-events", "order-receipts"}
    assert expected | {"stock", "orders-out"} | back <= set(feeds)
    creating = {name for name, feed in feeds.items() if isinstance(feed, Mapping) and feed.creates}
    assert creating == {
        "categories-fr",
        "products-fr",
        "stock",
        *(f"prices-{zone}" for zone in ("fr", "be", "pl", "si")),
    }


@pytest.mark.parametrize("index", range(len(FEEDS)), ids=[feed.name for feed in FEEDS])
def test_every_record_of_the_retailer_maps(
    feeds: dict[str, Mapping | OutgoingMapping], tmp_path: Path, index: int
) -> None:
    """A whole file of each feed: all records, distinct keys, header and trailer as the controls name them."""
    erp_feed = FEEDS[index]
    house = House.invent(seed=3, styles=20, stores=4)
    dropped = drop(house.day(1).sheet(erp_feed), tmp_path)
    mapping = _fresh(feeds, erp_feed)
    reader = mapping.reader(BytesIO(dropped.path.read_bytes()), file=dropped.path.name)
    keys = set()
    for row in reader.rows():
        assert isinstance(row, Row)
        assert isinstance(mapping.record(row, file=dropped.path.name), mapping.record_type)
        keys.add(mapping.key(row))
    assert len(keys) == reader.count == dropped.records > 0
    assert not mapping.repairs


def test_double_encoded_labels_come_out_as_they_were_meant(
    feeds: dict[str, Mapping | OutgoingMapping], tmp_path: Path
) -> None:
    """The retailer's trouble of double encoding leaves no trace, but is counted."""
    house = House.invent(seed=3, styles=40, stores=2)
    for erp_feed in FEEDS:
        if erp_feed.name not in ("ARTICLES_FR", "ARTICLES_PL", "ARTICLES_SI", "CATEG_FR"):
            continue
        mapping = _fresh(feeds, erp_feed)
        sheet = house.day(1).sheet(erp_feed)
        (spoilt,) = Incident(Trouble.DOUBLE_ENCODED, erp_feed).strike(sheet, house, 1)
        records = []
        for one in (sheet, spoilt):
            content = drop(one, tmp_path).path.read_bytes()
            rows = list(mapping.reader(BytesIO(content), file="x.xml").rows())
            records.append([mapping.record(row) for row in rows if isinstance(row, Row)])
            assert len(records[-1]) == len(rows)
        assert records[0] == records[1]
        assert mapping.repairs == {"LIBELLE": len(spoilt.affected)}


def _fresh(feeds: dict[str, Mapping | OutgoingMapping], erp_feed: Feed) -> Mapping:
    """Give the mapping of a feed; what an earlier test let it count is forgotten."""
    mapping = feeds[_name(erp_feed.name)]
    assert isinstance(mapping, Mapping)
    mapping.repairs.clear()
    return mapping


def _name(name: str) -> str:
    flux, zone = name.split("_")
    return f"{NAMES[flux]}-{zone.lower()}" if flux in NAMES else flux.lower()

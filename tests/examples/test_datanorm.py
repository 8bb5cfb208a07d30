"""Datanorm 5 and 4: several kinds of lines in one file, texts joined by key, three offers side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from passerelle.mapping.assembly import Sources

Carry = Callable[..., Any]

FIVE = "halo-v5_only_texts_and_products.001"
FOUR = "halo-v4_products_before_texts.001"


def test_the_sample_of_datanorm_5(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """771 articles with 13,274 lines of text, the sum of their prices, the count that the trailer tells."""
    told = expected["05a-datanorm5"]
    products = carry("datanorm5/products.yaml", samples / "datanorm", FIVE)
    assert products.faults == []
    assert len(products.records) == told["products"]
    texts = products.counts.inputs["texts"]
    assert (texts.read, texts.orphans) == (told["text_lines"], 0)
    assert int(products.trailer["COUNT"]) == told["trailer_count"]
    descriptions = [product.description["de"] for product in products.records if product.description]
    assert sum(text.count("•") for text in descriptions) == told["control_chars_0x07"]
    specimen = told["specimen"]
    product = products.by("key")[specimen["sku"]]
    assert product.name["de"] == specimen["name"]
    lines = product.description["de"].split("\n")
    assert (len(lines), lines[0]) == (specimen["longtext_lines"], specimen["longtext_first"])
    assert product.variants[0].attributes["unit"] == specimen["unit"]
    prices = carry("datanorm5/prices.yaml", samples / "datanorm", FIVE)
    assert prices.faults == []
    assert sum(price.value.cent_amount for price in prices.records) == told["sum_price_cents"]
    value = prices.by("sku")[specimen["sku"]].value
    assert (value.cent_amount, value.currency) == (specimen["centAmount"], specimen["currencyCode"])


def test_the_sample_of_datanorm_4(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """30 offers in ten lines; a net offer, or one less its discount, wins over the article's own price."""
    told = expected["05b-datanorm4-join"]
    prices = carry("datanorm4/prices.yaml", samples / "datanorm", FOUR)
    assert prices.faults == []
    assert len(prices.records) == told["articles"]
    assert prices.counts.inputs["offers"].stored == told["price_triples"]
    net, discounted = told["specimens"]
    assert prices.by("sku")[net["sku"]].value.cent_amount == net["net_kind2"]
    assert prices.by("sku")[discounted["sku"]].value.cent_amount == discounted["net_centAmount"]
    rows = {row["NR"]: row for row in _rows(carry, samples / "datanorm" / FOUR)}
    assert [_told(offer["OFFER"]) for offer in rows[net["sku"]]["PRICE"]] == net["price_record"]
    (offer,) = rows[discounted["sku"]]["PRICE"]
    assert int(offer["OFFER"]["CENTS"]) == discounted["list_in_P"]
    assert int(rows[discounted["sku"]]["CENTS"]) == discounted["list_in_A_record"]
    assert int(rows[net["sku"]]["CENTS"]) == net["list"]
    products = carry("datanorm4/products.yaml", samples / "datanorm", FOUR)
    assert products.faults == []
    assert products.by("key")[net["sku"]].variants[0].attributes["unit"] == net["unit"]


def _rows(carry: Carry, path: Path) -> list[dict[str, Any]]:
    mapping = carry("datanorm4/prices.yaml", path.parent, path.name).mapping
    with path.open("rb") as stream:
        reader = mapping.reader(stream, file=path.name, sources=Sources(again=lambda: path.open("rb")))
        return [row.values for row in reader.rows()]


def _told(offer: dict[str, str]) -> list[Any]:
    names = ("NR", "KIND", "CENTS", "DISCOUNT_KIND", "DISCOUNT")
    return [int(offer[name]) if name == "CENTS" else offer[name] for name in names]


# Files of our own ---------------------------------------------------------------------------------------


def test_texts_are_put_in_order_wherever_they_stand(carry: Carry, fixtures: Path) -> None:
    """Lines of text come before or behind their article, in any order; a bell is a bullet."""
    made = carry("datanorm5/products.yaml", fixtures / "datanorm5")
    assert made.faults == []
    lamp, cable, _ = made.records
    assert lamp.name == {"de": "Leuchte grün"}
    assert lamp.description == {"de": "Leuchte\n• für Flure"}
    assert lamp.variants[0].attributes["further"] == "Mit Halter"
    assert (cable.key, cable.name) == ("L-2", {"de": "Kabel"})


def test_prices_are_for_the_price_unit(carry: Carry, fixtures: Path) -> None:
    """50.25 for 100 metres is 0.50 a metre; a price of another kind is left out and counted."""
    made = carry("datanorm5/prices.yaml", fixtures / "datanorm5")
    assert {price.sku: price.value.cent_amount for price in made.records} == {"L-1": 2100, "L-2": 50}
    assert made.counts.filtered == 1


def test_offers_side_by_side_are_joined_and_the_net_one_wins(carry: Carry, fixtures: Path) -> None:
    """Net offer 14.90; list 400.00 less 10 % for 100 is 3.60; without an offer 2.50 for 10 is 0.25."""
    made = carry("datanorm4/prices.yaml", fixtures / "datanorm4")
    assert {price.sku: price.value.cent_amount for price in made.records} == {
        "L-1": 1490,
        "L-2": 360,
        "L-3": 25,
    }
    assert made.counts.inputs["offers"].stored == 4


def test_a_discount_of_a_kind_that_cannot_be_reckoned_is_told(carry: Carry, fixtures: Path) -> None:
    """A discount by group has no rate in the file: the offer is quarantined, though nobody asks for it."""
    made = carry("datanorm4/prices.yaml", fixtures / "datanorm4")
    assert made.counts.inputs["offers"].orphans == 1
    assert [fault.partition(": ")[0] for fault in made.faults] == [
        "DATANORM.001, record 2, line 4, OFFER/DISCOUNT_KIND",
        "DATANORM.001, record 2, line 4, OFFER/DISCOUNT",
    ]


def test_two_lines_of_text_in_one_and_additions_below_an_article(carry: Carry, fixtures: Path) -> None:
    """Own texts are put in order by their numbers; the addition belongs to the article above it."""
    made = carry("datanorm4/products.yaml", fixtures / "datanorm4")
    assert made.faults == []
    lamp = made.records[0]
    assert lamp.description == {"de": "Leuchte\nfür Flure"}
    assert lamp.variants[0].attributes == {"unit": "ST", "matchcode": "GRÜNLICHT", "text": "Prüfzeichen VDE"}

"""PrestaShop: tables as XML, joined by names and by positions into products, prices, stock and categories."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passerelle.mapping import load_feeds, load_incoming

Carry = Callable[..., Any]

CASE = "02-prestashop-fashion"
ROOT = "prestashop-xml"


def test_the_sample_shop_has_its_products_variants_and_texts(
    carry: Carry, samples: Path, expected: dict[str, Any]
) -> None:
    """Eleven files make 19 products with 47 variants in three languages, and no row is left over."""
    told = expected[CASE]
    made = carry("prestashop/products.yaml", samples / ROOT)
    assert made.faults == []
    assert len(made.records) == told["products"]
    assert sum(len(product.variants) for product in made.records) == told["variants"]
    assert all(set(product.name) == set(told["locales"]) for product in made.records)
    specimen = told["specimen"]
    product = made.by("key")[specimen["product"]]
    assert product.name["fr"] == specimen["name_fr"]
    assert len(product.variants) == specimen["variants"]
    assert product.variants[0].attributes.items() >= specimen["first_variant_attributes"].items()
    inputs = made.counts.inputs
    assert inputs["variants"].stored == told["combinations"]
    for name in ("variants", "variant_choices", "category_links", "product_features", "texts_fr"):
        assert inputs[name].orphans == 0, name


def test_the_sample_prices_are_base_and_impact_to_the_cent(
    carry: Carry, samples: Path, expected: dict[str, Any]
) -> None:
    """The sum over all variants is right to the cent; a discount comes off the products that have one."""
    told = expected[CASE]
    specimen = told["specimen"]
    products = carry("prestashop/products.yaml", samples / ROOT).by("key")
    prices = carry("prestashop/prices.yaml", samples / ROOT)
    reduced = carry("prestashop/sale-prices.yaml", samples / ROOT)
    assert prices.faults == reduced.faults == []
    assert len(prices.records) == told["variants"]
    assert sum(price.value.cent_amount for price in prices.records) == told["sum_net_price_cents"]
    first = products[specimen["product"]].variants[0].sku
    assert prices.by("sku")[first].value.cent_amount == specimen["net_price_centAmount"]
    assert reduced.by("sku")[first].value.cent_amount == specimen["after_20_percent"]
    owner = {variant.sku: product.key for product in products.values() for variant in product.variants}
    assert len({owner[price.sku] for price in reduced.records}) == told["discounted_products"]
    for place, cents in specimen["impact_example"].items():
        key, dimension = place.split("/")
        (sku,) = (one.sku for one in products[key].variants if one.attributes.get("Dimension") == dimension)
        assert prices.by("sku")[sku].value.cent_amount == cents


def test_the_sample_stock_leaves_out_the_sums(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """Rows name products and variants by position; the row that adds up the variants is not counted again."""
    told = expected[CASE]
    made = carry("prestashop/stock.yaml", samples / ROOT)
    assert made.faults == []
    assert len(made.records) == told["stock_entries"]
    assert sum(level.quantity for level in made.records) == told["stock_sum"]
    products = carry("prestashop/products.yaml", samples / ROOT).by("key")
    first = products[told["specimen"]["product"]].variants[0].sku
    assert made.by("sku")[first].quantity == told["specimen"]["first_variant_stock"]
    skus = {variant.sku for product in products.values() for variant in product.variants}
    assert {level.sku for level in made.records} == skus


def test_the_sample_categories(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """The tree has its seven categories, each with a name in each language; the root is nobody's parent."""
    made = carry("prestashop/categories.yaml", samples / ROOT)
    assert made.faults == []
    assert len(made.records) == expected[CASE]["categories"]
    keys = {category.key for category in made.records}
    assert all(category.parent is None or category.parent in keys for category in made.records)
    assert all(set(category.name) == set(expected[CASE]["locales"]) for category in made.records)


# Files of our own ---------------------------------------------------------------------------------------


def test_a_product_without_variants_is_its_own_only_one(carry: Carry, fixtures: Path) -> None:
    """Variants come first as the shop says; a product without them, categories or texts is a product too."""
    made = carry("prestashop/products.yaml", fixtures / "prestashop")
    assert made.faults == []
    desk, floor = made.records
    assert [variant.sku for variant in desk.variants] == ["variant_2", "variant_1"]
    assert desk.variants[0].attributes == {
        "Color": "Brass",
        "Size": "M",
        "color_hex": "#b5a642",
        "reference": "lamp_1",
        "brand": "Lumen & Co",
    }
    assert (desk.categories, floor.categories) == (("Lamps", "Desk"), ())
    (only,) = floor.variants
    assert (only.sku, only.attributes["material"]) == ("Floor_lamp", "Steel")


def test_prices_stock_and_categories_of_our_own_files(carry: Carry, fixtures: Path) -> None:
    """40.00 + 2.50; 89.50 less 15 % is 76.075, by half up 76.08; the sum of the variants is left out."""
    prices = carry("prestashop/prices.yaml", fixtures / "prestashop")
    assert {price.sku: price.value.cent_amount for price in prices.records} == {
        "variant_1": 4000,
        "variant_2": 4250,
        "Floor_lamp": 8950,
    }
    (reduced,) = carry("prestashop/sale-prices.yaml", fixtures / "prestashop").records
    assert (reduced.sku, reduced.value.cent_amount) == ("Floor_lamp", 7608)
    stock = carry("prestashop/stock.yaml", fixtures / "prestashop")
    assert {level.sku: level.quantity for level in stock.records} == {
        "variant_1": 4,
        "variant_2": 0,
        "Floor_lamp": 7,
    }
    assert stock.counts.dropped == 1
    categories = carry("prestashop/categories.yaml", fixtures / "prestashop")
    assert [(one.key, one.parent) for one in categories.records] == [("Lamps", None), ("Desk", "Lamps")]
    assert categories.counts.filtered == 1


def test_a_fault_names_the_file_and_line_of_its_own_row(carry: Carry, fixtures: Path, tmp_path: Path) -> None:
    """A price impact that is no number stands in the variants' file, not in the products'."""
    root = tmp_path / "shop"
    shutil.copytree(fixtures / "prestashop", root)
    variants = root / "data" / "product_attribute.xml"
    variants.write_text(variants.read_text(encoding="utf-8").replace("2.500000", "2,5"), encoding="utf-8")
    made = carry("prestashop/prices.yaml", root)
    (fault,) = made.faults
    assert fault.startswith("product_attribute.xml, record 2, line 5, VARIANT/@price: received '2,5'")
    assert [price.sku for price in made.records] == ["variant_1", "Floor_lamp"]


def test_a_second_text_for_one_product_rejects_it(carry: Carry, fixtures: Path, tmp_path: Path) -> None:
    """Two texts in one language: nobody knows which is right, and both lines are named."""
    root = tmp_path / "shop"
    shutil.copytree(fixtures / "prestashop", root)
    texts = root / "langs" / "fr" / "product.xml"
    double = '    <product id="Desk_lamp"><name>Lampe</name></product>\n</entity_product>'
    texts.write_text(texts.read_text(encoding="utf-8").replace("</entity_product>", double), encoding="utf-8")
    made = carry("prestashop/products.yaml", root)
    (fault,) = made.faults
    assert "product.xml line 3 and product.xml line 5" in fault
    assert [product.key for product in made.records] == ["Floor_lamp"]


OVERLAY = """\
extends: {base}
feed: prestashop-products-de
inputs:
  texts_de:
    files: {{folder: langs/de, pattern: product.xml}}
    format: {{xml: {{record: /entity_product/product}}}}
join:
  DE: {{input: texts_de, on: {{"@id": "@id"}}, missing: reject}}
fields:
  - {{to: name.de, from: DE/name, via: trim}}
  - {{to: slug.de, from: DE/link_rewrite, via: slug}}
"""


def test_a_new_language_is_one_yaml_of_eleven_lines(carry: Carry, fixtures: Path, tmp_path: Path) -> None:
    """An overlay adds the file, the join and the fields; everything else stays as it was."""
    root = tmp_path / "shop"
    shutil.copytree(fixtures / "prestashop", root)
    shutil.copytree(root / "langs" / "en", root / "langs" / "de")
    path = tmp_path / "de.yaml"
    base = Path(__file__).parents[2] / "mappings" / "examples" / "prestashop" / "products.yaml"
    path.write_text(OVERLAY.format(base=base), encoding="utf-8")
    assert len(OVERLAY.splitlines()) <= 15
    made = carry(path, root)
    assert made.faults == []
    assert [set(product.name) for product in made.records] == [{"en", "fr", "fa", "de"}] * 2


def test_what_joins_mean_is_part_of_the_version(tmp_path: Path) -> None:
    """A mapping that takes another row is another mapping: known records are mapped again."""
    base = Path(__file__).parents[2] / "mappings" / "examples" / "prestashop" / "products.yaml"
    versions = set()
    for number, text in enumerate(
        ("", "join: {BRAND: {missing: reject}}\n", "keep: {path: EN, present: true}\n")
    ):
        path = tmp_path / f"{number}.yaml"
        path.write_text(f"extends: {base}\nfeed: same\n{text}", encoding="utf-8")
        versions.add(load_incoming(path).version)
    assert len(versions) == 3


@pytest.mark.parametrize("example", ["products", "prices", "sale-prices", "stock", "categories"])
def test_the_examples_are_no_feeds_of_a_workspace(example: str) -> None:
    """The normal workspace does not load examples: they would wait for files that nobody sends."""
    feeds = load_feeds(Path(__file__).parents[2] / "mappings")
    assert f"prestashop-{example}" not in feeds

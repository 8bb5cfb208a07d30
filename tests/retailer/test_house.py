from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from passerelle.retailer import FEEDS, House, Manifest, code_tables, generate
from passerelle.retailer.codes import COLOURS, DEPOTS
from passerelle.retailer.model import Zone
from passerelle.retailer.words import CARES, DETAILS, FITS, MATERIALS, NEWCOMERS, TREE, parse_goods

_MARKETS = (
    (Zone.FR, "iso-8859-1"),
    (Zone.BE, "iso-8859-1"),
    (Zone.PL, "iso-8859-2"),
    (Zone.SI, "iso-8859-2"),
)
_DIGEST = """
import sys
from pathlib import Path
from passerelle.retailer import generate
manifest = generate(Path(sys.argv[1]), seed=7, styles=20, stores=3, step="all",
                    troubles=["double_encoded", "stock_third_gone", "bad_price"])
print("\\n".join(f"{entry.name} {entry.sha256}" for entry in manifest.files))
"""


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    """Two processes with different hash seeds and folders write the same files, troubles included."""
    seen = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST, str(tmp_path / hash_seed)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "4242")
    ]
    assert seen[0] == seen[1]
    assert len(seen[0].splitlines()) == 3 * len(FEEDS)


def test_another_seed_gives_another_house(small: Manifest, tmp_path: Path) -> None:
    """No article, price or stock file of another seed has the same bytes."""
    other = generate(tmp_path, seed=8, styles=20, stores=3, step="full")
    ours = {entry.feed: entry.sha256 for entry in small.files if entry.sequence == 1}
    for entry in other.files:
        if entry.feed.flux != "CATEG":
            assert ours[entry.feed] != entry.sha256


def test_one_more_style_leaves_the_others_as_they_were() -> None:
    """Each style has its own die: inventing more of them shifts none."""
    few, many = House.invent(seed=3, styles=20, stores=2), House.invent(seed=3, styles=25, stores=2)
    for code, style in few.books.styles.items():
        assert many.books.styles[code] == style
        assert many.books.tariffs[Zone.PL, code] == few.books.tariffs[Zone.PL, code]


def test_the_house_has_its_usual_size(full_house: House) -> None:
    """400 styles make about 6,000 articles; about 60 categories on three levels; 41 depots."""
    books = full_house.books
    assert len(books.styles) == 400
    assert 5_400 <= books.skus <= 6_600
    assert 55 <= len(books.categories) <= 70
    depth = {"": 0}
    for category in books.categories.values():
        depth[category.code] = depth[category.parent] + 1
    assert set(depth.values()) == {0, 1, 2, 3}
    held = Counter(line.depot for line in books.stock.values())
    assert held.pop("001") == books.skus
    assert sorted(held) == [str(depot) for depot in range(101, 141)]
    assert all(240 <= count <= 270 for count in held.values())


def test_skus_and_eans_are_unique(full_house: House) -> None:
    """No SKU and no EAN stands for two articles, new ones included."""
    articles = [a for style in full_house.day(3).books.styles.values() for a in style.articles]
    assert (
        len({article.sku for article in articles})
        == len({article.ean for article in articles})
        == len(articles)
    )


def test_zero_is_in_stock_and_no_more_is_reserved_than_there_is(full_house: House) -> None:
    """Stock files say zero, in the warehouse and in stores; reserved pieces are among the physical ones."""
    for day in (full_house.day(1), full_house.day(3)):
        lines = day.books.stock.values()
        assert {"001", "101"} <= {line.depot for line in lines if line.quantity == 0}
        assert all(0 <= line.reserved <= line.quantity for line in lines)


def test_prices_are_points_not_a_rate(full_house: House) -> None:
    """Every price ends in 90; Poland is no fixed factor of France; a sale is always cheaper."""
    tariffs = full_house.day(3).books.tariffs
    assert all(tariff.amount % 100 == 90 for tariff in tariffs.values())
    rates = {
        tariffs[Zone.PL, code].amount / tariffs[Zone.FR, code].amount for code in full_house.books.styles
    }
    assert len(rates) > 20
    on_sale = [(key, tariff) for key, tariff in tariffs.items() if tariff.sale is not None]
    assert {code for (_, code), _ in on_sale} == {code for (zone, code), _ in on_sale if zone is Zone.SI}
    for _, tariff in on_sale:
        assert tariff.sale is not None
        assert 0 < tariff.sale.amount < tariff.amount
        assert tariff.sale.starts < tariff.sale.ends


def test_a_fifth_of_the_styles_is_on_sale(full_house: House) -> None:
    """About 20 % of the styles carry a sale price."""
    books = full_house.books
    share = sum(books.tariffs[Zone.FR, code].sale is not None for code in books.styles) / len(books.styles)
    assert share == pytest.approx(0.2, abs=0.01)


def test_every_word_fits_the_charset_of_its_market() -> None:
    """French and Dutch fit ISO-8859-1, Polish and Slovene ISO-8859-2; each language shows its own letters."""
    wordings = [*FITS, *DETAILS, *CARES, *(colour.label for colour in COLOURS)]
    wordings += [wording for fabrics in MATERIALS.values() for wording in fabrics]
    for line in [*TREE.strip().splitlines(), *(line for _, line in NEWCOMERS)]:
        label, goods = parse_goods(line)
        wordings += [label] if goods is None else [label, goods.noun]
    used: dict[Zone, set[str]] = {zone: set() for zone, _ in _MARKETS}
    for wording in wordings:
        for text, (zone, charset) in zip(wording, _MARKETS, strict=True):
            text.encode(charset)
            used[zone] |= set(text.lower())
    assert set("éèêçû°") <= used[Zone.FR]
    assert set("éëï") <= used[Zone.BE]
    assert set("ąęłńóśż") <= used[Zone.PL]
    assert set("čšž") <= used[Zone.SI]


def test_labels_of_every_day_fit_their_charset(full_house: House) -> None:
    """Composed labels, given names included, fit too; none is lost to a character reference."""
    books = full_house.day(3).books
    for zone, charset in _MARKETS:
        for style in books.styles.values():
            (style.label(zone) + style.description(zone)).encode(charset)


def test_code_tables_of_the_mappings_are_those_of_the_house(pytestconfig: pytest.Config) -> None:
    """`mappings/erp/*.csv` says what the ERP's codes mean, byte for byte as the house would."""
    folder = pytestconfig.rootpath / "mappings" / "erp"
    for name, text in code_tables().items():
        assert (folder / name).read_bytes() == text.encode("utf-8"), name


def test_code_tables_know_every_code_and_their_keys_are_valid() -> None:
    """Every colour and depot in use is in its table; keys hold only what commercetools takes in a key."""
    assert len({colour.code for colour in COLOURS}) == len({colour.key for colour in COLOURS}) == len(COLOURS)
    assert all(colour.key.replace("-", "").isalnum() and colour.key.isascii() for colour in COLOURS)
    assert len({depot.code for depot in DEPOTS}) == len(DEPOTS) == 41


@pytest.mark.parametrize(("styles", "stores"), [(0, 3), (20, 0), (20, 41), (100_000, 3)])
def test_impossible_sizes_are_refused(styles: int, stores: int) -> None:
    """A house needs styles and stores, and no more stores than the depot table knows."""
    with pytest.raises(ValueError, match="received"):
        House.invent(styles=styles, stores=stores)


def test_a_house_of_one_style_lives_through_its_nights() -> None:
    """The smallest house has days too."""
    assert House.invent(styles=1, stores=1).day(4).books.skus > 0


def test_the_sum_in_the_manifest_is_that_of_the_file(small: Manifest) -> None:
    """Size and SHA-256 in the manifest are those on disk."""
    for entry in small.files:
        content = entry.path.read_bytes()
        assert (entry.size, entry.sha256) == (len(content), hashlib.sha256(content).hexdigest())

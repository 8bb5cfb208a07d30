"""Invention: the house on its opening day, from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from random import Random

from .chance import dice
from .codes import COLOURS, DEPOTS, WAREHOUSE
from .ean import ean13
from .model import OPENING_DAY, Article, Books, Category, StockLine, Style, Tariff, Zone
from .tariffs import open_tariffs
from .words import CARES, DETAILS, FITS, GIVEN_NAMES, MATERIALS, TREE, Goods, parse_goods

__all__ = ["colour_block", "draw_style", "first_stock", "invent_books", "open_category", "style_code"]

_GENDERS = {"Femme": "F", "Homme": "H", "Enfant": "E", "Accessoires": "F"}
_UNISEX = ("F", "F", "H")
_COLLECTIONS = ("AH26", "AH26", "AH26", "PE26", "PERM")
_SIZES: dict[str, tuple[str, ...]] = {
    "women": ("34", "36", "38", "40", "42", "44", "46"),
    "men": ("46", "48", "50", "52", "54", "56"),
    "letters": ("XS", "S", "M", "L", "XL"),
    "mletters": ("S", "M", "L", "XL", "XXL"),
    "kids": ("04A", "06A", "08A", "10A", "12A", "14A"),
    "baby": ("03M", "06M", "12M", "18M", "24M"),
    "shoes": ("36", "37", "38", "39", "40", "41"),
    "belts": ("075", "085", "095", "105"),
    "hats": ("S", "M", "L"),
    "one": ("TU",),
}
_SHARES = (100, 100, 90, 80, 70)
_ASSORTMENT = 250
_WAREHOUSE_ZERO = 0.08
_STORE_ZERO = 0.25
_RESERVED = 0.15
_ON_SALE_EVERY = 5
_SHOWN_TWICE = 0.15


def invent_books(seed: int, styles: int, stores: int) -> Books:
    """Return the books of the opening day."""
    categories = {category.code: category for category in _tree()}
    leaves = [category for category in categories.values() if category.goods is not None]
    collection: dict[str, Style] = {}
    tariffs: dict[tuple[Zone, str], Tariff] = {}
    for number in range(1, styles + 1):
        die = dice(seed, "style", number)
        style = draw_style(die, number, die.choice(leaves), leaves)
        collection[style.code] = style
        # One style in five is on sale: counted, not thrown, so that a small house has its sales too.
        on_sale = number % _ON_SALE_EVERY == seed % _ON_SALE_EVERY
        opened = open_tariffs(dice(seed, "tariff", number), style.goods.points, on_sale=on_sale)
        tariffs.update({(zone, style.code): tariff for zone, tariff in opened.items()})
    depots = [depot.code for depot in DEPOTS[: stores + 1]]
    stock = {line.key: line for line in _open_stock(seed, collection, depots)}
    return Books(OPENING_DAY, categories, collection, tariffs, stock)


def _tree() -> Iterator[Category]:
    path: list[str] = []
    gender = ""
    for number, line in enumerate(TREE.strip().splitlines(), start=1):
        depth = (len(line) - len(line.lstrip())) // 2
        del path[depth:]
        category = open_category(number, line, path[-1] if path else "", gender)
        if not path:
            gender = _GENDERS[category.wording.fr]
        path.append(category.code)
        yield category


def open_category(number: int, line: str, parent: str, gender: str) -> Category:
    """Return the category that one line of the tree describes, as the `number`-th of the house."""
    wording, goods = parse_goods(line)
    return Category(f"{number:04d}", parent, wording, number * 10, goods, gender)


def style_code(number: int) -> str:
    """Return a style's code: six digits."""
    return f"{number:06d}"


def draw_style(die: Random, number: int, leaf: Category, leaves: list[Category]) -> Style:
    """Return a new style of a leaf category; sometimes it is shown in a second leaf too."""
    goods = leaf.goods
    if goods is None:
        raise ValueError(f"category {leaf.code} is no leaf: styles belong to leaves")
    families = [leaf.code]
    second = die.choice(leaves)
    if die.random() < _SHOWN_TWICE and second.code != leaf.code:
        families.append(second.code)
    gender = die.choice(_UNISEX) if goods.scale in {"one", "hats", "belts"} else leaf.gender
    one_size = len(_SIZES[goods.scale]) == 1
    colours = sorted(
        colour.code for colour in die.sample(COLOURS, die.randint(*((3, 6) if one_size else (2, 4))))
    )
    articles: list[Article] = []
    for colour in colours:
        articles.extend(colour_block(die, number, goods, colour, len(articles)))
    return Style(
        code=style_code(number),
        goods=goods,
        gender=gender,
        families=tuple(families),
        collection=die.choice(_COLLECTIONS),
        given_name=die.choice(GIVEN_NAMES),
        material=die.randrange(len(MATERIALS[goods.fabric])),
        share=die.choice(_SHARES),
        fit=die.randrange(len(FITS)),
        detail=die.randrange(len(DETAILS)),
        care=die.randrange(len(CARES)),
        articles=tuple(articles),
    )


def colour_block(die: Random, number: int, goods: Goods, colour: str, first: int) -> Iterator[Article]:
    """Yield a style's articles in one colour; `first` of its articles exist already."""
    base = die.randint(*goods.grams) // 10 * 10
    for offset, size in enumerate(_SIZES[goods.scale]):
        sku = f"{style_code(number)}-{colour}-{size}"
        yield Article(sku, ean13(number, first + offset), colour, size, base + 10 * offset)


def _open_stock(seed: int, styles: Mapping[str, Style], depots: Iterable[str]) -> Iterator[StockLine]:
    articles = [article for style in styles.values() for article in style.articles]
    blocks: dict[tuple[str, str], list[Article]] = {}
    for article in articles:
        blocks.setdefault((article.sku[:6], article.colour), []).append(article)
    target = min(_ASSORTMENT, len(articles) // 2)
    for depot in depots:
        die = dice(seed, "stock", depot)
        if depot == WAREHOUSE:
            chosen = articles
        else:
            order = list(blocks.values())
            die.shuffle(order)
            chosen = []
            for block in order:
                if len(chosen) >= target:
                    break
                chosen.extend(block)
            chosen.sort(key=lambda article: article.ean)
        for article in chosen:
            yield first_stock(die, article, depot, OPENING_DAY)


def first_stock(die: Random, article: Article, depot: str, day: date) -> StockLine:
    """Return a depot's first count of an article: often zero in stores, seldom in the warehouse."""
    zero, most = (_WAREHOUSE_ZERO, 120) if depot == WAREHOUSE else (_STORE_ZERO, 5)
    quantity = 0 if die.random() < zero else die.randint(1, most)
    reserved = die.randint(0, min(3, quantity)) if die.random() < _RESERVED else 0
    return StockLine(article.sku, article.ean, depot, quantity, reserved, day)

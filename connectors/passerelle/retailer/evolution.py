"""Evolution: one night at the house. What changes is chosen first, so its keys are known by construction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from .chance import dice
from .codes import COLOURS, WAREHOUSE
from .invention import colour_block, draw_style, first_stock, open_category
from .model import (
    FEEDS,
    Article,
    Books,
    Changes,
    Feed,
    Flux,
    Key,
    Style,
    Tariff,
    Zone,
    feed_of,
)
from .tariffs import move, open_tariffs
from .words import GIVEN_NAMES, NEWCOMERS

__all__ = ["CHURN", "next_night", "tariff_keys"]

CHURN = 0.02
"""The share of the records of each file that one night changes."""

_MARKETS = (Zone.FR, Zone.BE, Zone.PL, Zone.SI)
_SHELVED = 0.03
_SOLD_OUT = 0.1
_MOST_ON_SHELF = {True: 120, False: 5}


def next_night(seed: int, number: int, books: Books) -> tuple[Books, dict[Feed, Changes]]:
    """Return the books of day `number` (from 2) and, for each file, the keys that the night touched."""
    return _Night(seed, number, books).pass_over()


def tariff_keys(style: Style, tariff: Tariff) -> tuple[frozenset[Key], frozenset[Key]]:
    """Return the keys of the normal prices and of the sale prices of a style."""
    normal = frozenset((article.sku, "N", "00000000") for article in style.articles)
    if tariff.sale is None:
        return normal, frozenset()
    starts = f"{tariff.sale.starts:%Y%m%d}"
    return normal, frozenset((article.sku, "S", starts) for article in style.articles)


class _Night:
    """The books while they change, and the notes of what was touched."""

    def __init__(self, seed: int, number: int, books: Books) -> None:
        self.seed = seed
        self.number = number
        self.today = books.today + timedelta(days=1)
        self.categories = dict(books.categories)
        self.styles = dict(books.styles)
        self.tariffs = dict(books.tariffs)
        self.stock = dict(books.stock)
        self.known = tuple(books.styles)
        self.lines = tuple(books.stock)
        self.added: dict[Feed, set[Key]] = {feed: set() for feed in FEEDS}
        self.changed: dict[Feed, set[Key]] = {feed: set() for feed in FEEDS}

    def pass_over(self) -> tuple[Books, dict[Feed, Changes]]:
        self._renew_labels()
        self._open_branch()
        self._rewrite_texts()
        self._add_colours()
        self._add_styles()
        self._move_prices()
        self._count_stock()
        books = Books(self.today, self.categories, self.styles, self.tariffs, self.stock)
        changes = {
            feed: Changes(frozenset(self.added[feed]), frozenset(self.changed[feed] - self.added[feed]))
            for feed in FEEDS
        }
        return books, changes

    def _share(self, count: int, share: float = CHURN) -> int:
        return max(1, round(count * share))

    def _renew_labels(self) -> None:
        for zone in _MARKETS:
            die = dice(self.seed, "night", self.number, "labels", zone)
            codes = tuple(self.categories)
            for code in die.sample(codes, self._share(len(codes))):
                self.categories[code] = self.categories[code].renew(zone)
                self.changed[_feed(Flux.CATEG, zone)].add((code,))

    def _open_branch(self) -> None:
        if self.number - 2 >= len(NEWCOMERS):
            return
        branch, line = NEWCOMERS[self.number - 2]
        parent = next(category for category in self.categories.values() if category.wording.fr == branch)
        gender = next((c.gender for c in self.categories.values() if c.parent == parent.code), "F")
        category = open_category(len(self.categories) + 1, line, parent.code, gender)
        self.categories[category.code] = category
        for zone in _MARKETS:
            self.added[_feed(Flux.CATEG, zone)].add((category.code,))

    def _rewrite_texts(self) -> None:
        """Rename a quarter of the share in every language; revise descriptions market by market."""
        die = dice(self.seed, "night", self.number, "names")
        renamed = die.sample(self.known, self._share(len(self.known), CHURN / 4))
        for code in renamed:
            style = self.styles[code]
            other = [name for name in GIVEN_NAMES if name != style.given_name]
            self.styles[code] = replace(style, given_name=die.choice(other))
            for zone in _MARKETS:
                self.changed[_feed(Flux.ARTICLES, zone)].add((code,))
        left = [code for code in self.known if code not in renamed]
        for zone in _MARKETS:
            die = dice(self.seed, "night", self.number, "texts", zone)
            for code in die.sample(left, min(len(left), max(1, self._share(len(self.known)) - len(renamed)))):
                self.styles[code] = self.styles[code].revise(zone)
                self.changed[_feed(Flux.ARTICLES, zone)].add((code,))

    def _add_colours(self) -> None:
        die = dice(self.seed, "night", self.number, "colours")
        for code in die.sample(self.known, self._share(len(self.known), CHURN / 4)):
            style = self.styles[code]
            worn = {article.colour for article in style.articles}
            free = [colour.code for colour in COLOURS if colour.code not in worn]
            if not free:
                continue
            colour = die.choice(free)
            block = tuple(colour_block(die, int(code), style.goods, colour, len(style.articles)))
            self.styles[code] = replace(style, articles=style.articles + block)
            self.changed[_feed(Flux.ARTICLES, Zone.FR)].add((code,))
            for zone in _MARKETS:
                self._price_new(zone, replace(style, articles=block))
            self._shelve(block)

    def _add_styles(self) -> None:
        leaves = [category for category in self.categories.values() if category.goods is not None]
        first = int(self.known[-1]) + 1
        for number in range(first, first + self._share(len(self.known), CHURN / 2)):
            die = dice(self.seed, "style", number)
            # The first of them opens the newest branch: no category of the house stays empty.
            style = draw_style(die, number, leaves[-1] if number == first else die.choice(leaves), leaves)
            self.styles[style.code] = style
            opened = open_tariffs(dice(self.seed, "tariff", number), style.goods.points, on_sale=False)
            for zone in _MARKETS:
                self.tariffs[zone, style.code] = opened[zone]
                self.added[_feed(Flux.ARTICLES, zone)].add((style.code,))
                self._price_new(zone, style)
            self._shelve(style.articles)

    def _price_new(self, zone: Zone, style: Style) -> None:
        for keys in tariff_keys(style, self.tariffs[zone, style.code]):
            self.added[_feed(Flux.TARIFS, zone)].update(keys)

    def _shelve(self, block: tuple[Article, ...]) -> None:
        """Put new articles into the warehouse and into a few stores."""
        feed = _feed(Flux.STOCK, Zone.ALL)
        for depot in dict.fromkeys(depot for _, depot in self.lines):
            die = dice(self.seed, "shelf", self.number, depot, block[0].sku)
            if depot == WAREHOUSE or die.random() < _SHELVED:
                for article in block:
                    line = first_stock(die, article, depot, self.today)
                    self.stock[line.key] = line
                    self.added[feed].add(line.key)

    def _move_prices(self) -> None:
        for zone in _MARKETS:
            die = dice(self.seed, "night", self.number, "prices", zone)
            changed = self.changed[_feed(Flux.TARIFS, zone)]
            records = sum(len(keys) for code in self.known for keys in self._tariff_keys(zone, code))
            wanted = records * CHURN
            for code in die.sample(self.known, len(self.known)):
                if len(changed) >= wanted:
                    break
                before = self.tariffs[zone, code]
                after = move(die, zone, before)
                self.tariffs[zone, code] = after
                normal, sale = self._tariff_keys(zone, code)
                changed.update(normal)
                if after.sale != before.sale:
                    changed.update(sale)

    def _tariff_keys(self, zone: Zone, code: str) -> tuple[frozenset[Key], frozenset[Key]]:
        return tariff_keys(self.styles[code], self.tariffs[zone, code])

    def _count_stock(self) -> None:
        die = dice(self.seed, "night", self.number, "stock")
        feed = _feed(Flux.STOCK, Zone.ALL)
        for key in die.sample(self.lines, self._share(len(self.lines))):
            line = self.stock[key]
            most = _MOST_ON_SHELF[line.depot == WAREHOUSE]
            quantity = line.quantity
            while quantity == line.quantity:
                quantity = 0 if die.random() < _SOLD_OUT else die.randint(0, most)
            self.stock[key] = line._replace(
                quantity=quantity, reserved=min(line.reserved, quantity), counted=self.today
            )
            self.changed[feed].add(key)


def _feed(flux: Flux, zone: Zone) -> Feed:
    return feed_of(f"{flux}_{zone}")

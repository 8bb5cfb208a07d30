"""What the house has on its books: categories, styles, tariffs, stock; and the thirteen files it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from .words import CARES, DETAILS, FITS, MATERIALS, NEWS_SUFFIX, Goods, Wording

__all__ = [
    "FEEDS",
    "OPENING_DAY",
    "Article",
    "Books",
    "Category",
    "Changes",
    "Feed",
    "Flux",
    "Key",
    "Mode",
    "Sale",
    "StockLine",
    "Style",
    "Tariff",
    "Zone",
    "feed_of",
]

OPENING_DAY = date(2026, 11, 1)
"""The day of the first full files; each later day is one day on. No clock is asked."""

Key = tuple[str, ...]
"""What identifies a record in its file: (CODE), (CODE_MODELE), (SKU, TYPE, DEBUT) or (SKU, DEPOT)."""


class Flux(StrEnum):
    """A flow of files, as the ERP names it."""

    CATEG = "CATEG"
    ARTICLES = "ARTICLES"
    TARIFS = "TARIFS"
    STOCK = "STOCK"


class Zone(StrEnum):
    """A market of the house, or all of them."""

    FR = "FR"
    BE = "BE"
    PL = "PL"
    SI = "SI"
    ALL = "TOUS"


class Mode(StrEnum):
    """Whether a file holds everything or what changed."""

    FULL = "C"
    DELTA = "D"


class Feed(NamedTuple):
    """One series of files: its flow and zone, its folder below the root, its charset, its record element."""

    flux: Flux
    zone: Zone
    folder: str
    charset: str
    element: str

    @property
    def name(self) -> str:
        """Return the start of its file names, such as `ARTICLES_FR`."""
        return f"{self.flux}_{self.zone}"


_MARKETS = (Zone.FR, Zone.BE, Zone.PL, Zone.SI)
_LATIN_2 = {Zone.PL, Zone.SI}


def _feed(flux: Flux, zone: Zone, folder: str, element: str) -> Feed:
    return Feed(flux, zone, folder, "ISO-8859-2" if zone in _LATIN_2 else "ISO-8859-1", element)


FEEDS: tuple[Feed, ...] = (
    *(_feed(Flux.CATEG, zone, "out/categories", "CATEGORIE") for zone in _MARKETS),
    *(_feed(Flux.ARTICLES, zone, "out/articles", "ARTICLE") for zone in _MARKETS),
    *(_feed(Flux.TARIFS, zone, "out/tarifs", "TARIF") for zone in _MARKETS),
    _feed(Flux.STOCK, Zone.ALL, "out/stock", "LIGNE"),
)
"""The files of one day, in the order in which a receiver wants them."""


def feed_of(name: str) -> Feed:
    """Return the feed named like `TARIFS_PL`; ValueError names the right ones."""
    for feed in FEEDS:
        if feed.name == name:
            return feed
    known = ", ".join(feed.name for feed in FEEDS)
    raise ValueError(f"no feed is named {name!r}; the house sends {known}")


def _in_zone(wording: Wording, zone: Zone) -> str:
    return wording[_MARKETS.index(zone)]


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the tree; `renewed` are the zones in which its label currently carries the news suffix."""

    code: str
    parent: str
    wording: Wording
    order: int
    goods: Goods | None = None
    gender: str = ""
    renewed: frozenset[Zone] = frozenset()

    def label(self, zone: Zone) -> str:
        """Return its label in the language of a zone."""
        suffix = _in_zone(NEWS_SUFFIX, zone) if zone in self.renewed else ""
        return _in_zone(self.wording, zone) + suffix

    def renew(self, zone: Zone) -> Category:
        """Return it with another label in that zone."""
        return replace(self, renewed=self.renewed ^ {zone})


class Article(NamedTuple):
    """One size in one colour of a style."""

    sku: str
    ean: str
    colour: str
    size: str
    grams: int


@dataclass(frozen=True, slots=True)
class Style:
    """A model of the collection with its articles; texts are composed from word lists by index."""

    code: str
    goods: Goods
    gender: str
    families: tuple[str, ...]
    collection: str
    given_name: str
    material: int
    share: int
    fit: int
    detail: int
    care: int
    articles: tuple[Article, ...]
    revisions: tuple[int, ...] = (0, 0, 0, 0)

    def label(self, zone: Zone) -> str:
        """Return its name: noun, given name and fabric, as `Robe longue Éléonore en soie`."""
        fabric = _in_zone(MATERIALS[self.goods.fabric][self.material], zone)
        link = ("en", "in", "z", "iz")[_MARKETS.index(zone)]
        if zone is Zone.PL and fabric[0] == "s" and fabric[1] not in "aeiouy":
            link = "ze"  # Polish eases a consonant cluster: "ze skóry", "ze sztruksu"
        return f"{_in_zone(self.goods.noun, zone)} {self.given_name} {link} {fabric}"

    def description(self, zone: Zone) -> str:
        """Return its description in the language of a zone, at that zone's revision."""
        detail = (self.detail + self.revisions[_MARKETS.index(zone)]) % len(DETAILS)
        return " ".join(_in_zone(text, zone) for text in (FITS[self.fit], DETAILS[detail], CARES[self.care]))

    def composition(self) -> str:
        """Return what it is made of, in French."""
        fabric = MATERIALS[self.goods.fabric][self.material].fr
        rest = "" if self.share == _PURE else f", {_PURE - self.share} % polyamide recyclé"
        return f"{self.share} % {fabric}{rest}"

    def revise(self, zone: Zone) -> Style:
        """Return it with another description in that zone."""
        index = _MARKETS.index(zone)
        revisions = (*self.revisions[:index], self.revisions[index] + 1, *self.revisions[index + 1 :])
        return replace(self, revisions=revisions)


_PURE = 100


class Sale(NamedTuple):
    """A sale price in minor units and its period, both days included."""

    amount: int
    starts: date
    ends: date


class Tariff(NamedTuple):
    """What a style costs in a zone, all its articles alike, in minor units of the zone's currency."""

    amount: int
    sale: Sale | None = None


class StockLine(NamedTuple):
    """What one depot holds of one article; `counted` is the day on which it last changed."""

    sku: str
    ean: str
    depot: str
    quantity: int
    reserved: int
    counted: date

    @property
    def key(self) -> Key:
        """Return what identifies the line in its file."""
        return (self.sku, self.depot)


@dataclass(frozen=True, slots=True)
class Books:
    """The state of the house on one evening; a day later there is another."""

    today: date
    categories: Mapping[str, Category]
    styles: Mapping[str, Style]
    tariffs: Mapping[tuple[Zone, str], Tariff]
    stock: Mapping[Key, StockLine]

    @property
    def skus(self) -> int:
        """Return how many articles there are."""
        return sum(len(style.articles) for style in self.styles.values())


@dataclass(frozen=True, slots=True)
class Changes:
    """The keys of the records of one file that a day added or changed; none is in both."""

    added: frozenset[Key] = frozenset()
    changed: frozenset[Key] = frozenset()

    @property
    def keys(self) -> frozenset[Key]:
        """Return all of them: what a delta holds."""
        return self.added | self.changed

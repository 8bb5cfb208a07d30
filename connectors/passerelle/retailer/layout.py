"""Layout: how the ERP writes each record, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from .model import Books, Category, Feed, Flux, Key, StockLine, Style, Tariff, Zone
from .tariffs import CURRENCY

__all__ = ["NO_END", "NO_START", "Node", "Record", "amount", "day", "pieces", "records_of"]

NO_START = "00000000"
NO_END = "99991231"


class Node(NamedTuple):
    """An element: its name and its text, or its children."""

    name: str
    content: str | tuple[Node, ...]


class Record(NamedTuple):
    """One record of a file: what identifies it, and its elements."""

    key: Key
    fields: tuple[Node, ...]


def amount(minor: int) -> str:
    """Write hundredths with a decimal comma: 12990 is `129,90`."""
    sign = "-" if minor < 0 else ""
    units, cents = divmod(abs(minor), 100)
    return f"{sign}{units},{cents:02d}"


def pieces(quantity: int) -> str:
    """Write a quantity as the ERP does: `00012,000`."""
    return f"{quantity:05d},000"


def day(value: date) -> str:
    """Write a date as AAAAMMJJ."""
    return f"{value:%Y%m%d}"


def records_of(feed: Feed, books: Books) -> Iterator[Record]:
    """Yield every record that a full file of that feed holds, in the ERP's order."""
    if feed.flux is Flux.CATEG:
        yield from (_category(category, feed.zone) for category in books.categories.values())
    elif feed.flux is Flux.ARTICLES:
        write = _article if feed.zone is Zone.FR else _translation
        yield from (write(style, feed.zone) for style in books.styles.values())
    elif feed.flux is Flux.TARIFS:
        for style in books.styles.values():
            yield from _tariffs(style, books.tariffs[feed.zone, style.code], CURRENCY[feed.zone])
    else:
        yield from (_stock(line) for line in books.stock.values())


def _category(category: Category, zone: Zone) -> Record:
    label = Node("LIBELLE", category.label(zone))
    if zone is not Zone.FR:
        return Record((category.code,), (Node("CODE", category.code), label))
    fields = (
        Node("CODE", category.code),
        Node("PARENT", category.parent),
        label,
        Node("ORDRE", f"{category.order:04d}"),
    )
    return Record((category.code,), fields)


def _translation(style: Style, zone: Zone) -> Record:
    fields = (
        Node("CODE_MODELE", style.code),
        Node("LIBELLE", style.label(zone)),
        Node("DESCRIPTION", style.description(zone)),
    )
    return Record((style.code,), fields)


def _article(style: Style, zone: Zone) -> Record:
    variants = tuple(
        Node(
            "DECLINAISON",
            (
                Node("SKU", article.sku),
                Node("EAN", article.ean),
                Node("COLORIS", article.colour),
                Node("TAILLE", article.size),
                Node("POIDS", f"{article.grams // 1000},{article.grams % 1000:03d}"),
            ),
        )
        for article in style.articles
    )
    fields = (
        *_translation(style, zone).fields,
        Node("FAMILLES", tuple(Node("FAMILLE", code) for code in style.families)),
        Node("COLLECTION", style.collection),
        Node("MATIERE", style.composition()),
        Node("GENRE", style.gender),
        Node("TVA", "N"),
        Node("DECLINAISONS", variants),
    )
    return Record((style.code,), fields)


def _tariffs(style: Style, tariff: Tariff, currency: str) -> Iterator[Record]:
    for article in style.articles:
        yield _price(article.sku, "N", amount(tariff.amount), currency, (NO_START, NO_END))
        if (sale := tariff.sale) is not None:
            period = (day(sale.starts), day(sale.ends))
            yield _price(article.sku, "S", amount(sale.amount), currency, period)


def _price(sku: str, kind: str, value: str, currency: str, period: tuple[str, str]) -> Record:
    starts, ends = period
    fields = (
        Node("SKU", sku),
        Node("TYPE", kind),
        Node("PRIX", value),
        Node("DEVISE", currency),
        Node("DEBUT", starts),
        Node("FIN", ends),
    )
    return Record((sku, kind, starts), fields)


def _stock(line: StockLine) -> Record:
    fields = (
        Node("SKU", line.sku),
        Node("EAN", line.ean),
        Node("DEPOT", line.depot),
        Node("QTE_PHYSIQUE", pieces(line.quantity)),
        Node("QTE_RESERVEE", pieces(line.reserved)),
        Node("UNITE", "PCE"),
        Node("DATE_INV", day(line.counted)),
        Node("STATUT", "D"),
    )
    return Record(line.key, fields)

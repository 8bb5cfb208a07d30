"""Roles: what a column probably holds, from its name in one of the trade's languages and from its texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from ..profile import Column

__all__ = ["Role", "roles", "snake"]

Role = Literal[
    "sku",
    "ean",
    "quantity",
    "channel",
    "amount",
    "currency",
    "name",
    "description",
    "parent",
    "from",
    "until",
]

#: Words of names by role, without marks; earlier words are better ones.
_WORDS: dict[Role, tuple[str, ...]] = {
    "sku": (
        "sku", "sellersitemidentificationid", "supplierpid",
        "articleno", "articlenumber", "artikelnummer", "artikelnr", "artnr", "itemno", "itemnumber",
        "productcode", "supplieraid", "codearticle", "refarticle", "article", "artikel", "articulo",
        "articolo",
        "reference", "ref", "item", "productid", "product", "partno", "code", "numero", "number", "nummer",
        "nr", "no", "key", "id",
    ),
    "ean": ("ean", "ean13", "gtin", "barcode", "gencod", "gencode", "codebarre", "upc"),
    "quantity": (
        "quantity", "qty", "qte", "quantite", "qtephysique", "menge", "bestand", "voorraad", "cantidad",
        "quantita", "stock", "onhand", "available", "disponible", "ilosc", "zaloga",
    ),
    "channel": (
        "warehouse", "depot", "entrepot", "lager", "magasin", "store", "site", "channel", "location",
        "filiale",
    ),
    "amount": (
        "price", "unitprice", "prix", "prixttc", "prixht", "pu", "preis", "prijs", "precio", "prezzo",
        "tarif",
        "pvp", "pvc", "amount", "montant", "betrag", "cena", "listprice", "netprice",
    ),
    "currency": ("currency", "devise", "waehrung", "wahrung", "moneda", "valuta", "ccy", "cur", "waluta"),
    "name": (
        "name", "label", "title", "libelle", "designation", "bezeichnung", "nom", "naam", "nombre", "nome",
        "titel", "titre", "nazwa", "naziv", "shortdescription", "productname",
    ),
    "description": ("description", "longdescription", "beschreibung", "text", "langtext", "texte", "opis"),
    "parent": ("parent", "pere", "parentid", "parentcode", "vater", "mother"),
    "from": ("validfrom", "from", "start", "startdate", "debut", "datedebut", "von", "gueltigab", "ab"),
    "until": ("validuntil", "until", "validto", "end", "enddate", "fin", "datefin", "bis", "gueltigbis",
              "to"),
}  # fmt: skip
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CURRENCY = re.compile("[A-Z]{3}")


def snake(path: str) -> str:
    """Make a name for an attribute of a path: `PRODUCT/ColourCode` is `colour_code`."""
    last = path.rpartition("/")[2].lstrip("@#")
    pieces = _PIECE.findall(_plain(last)) or ["value"]
    name = "_".join(piece.lower() for piece in pieces)
    return name if name[0].isalpha() else f"n_{name}"


def roles(columns: Iterable[Column]) -> dict[Role, Column]:
    """Give each role to the column whose name says it best and whose texts do not speak against it."""
    found: dict[Role, Column] = {}
    known = list(columns)
    most = max((column.records for column in known), default=0)
    for role in _WORDS:
        ranked: list[tuple[bool, int, int]] = []
        for place, column in enumerate(known):
            rank = _rank(column.path, role)
            if rank is not None and column not in found.values() and _may_be(role, column, most):
                # What stands in half of the records is not what they are about.
                ranked.append((column.records * 2 <= most, rank, place))
        if ranked:
            found[role] = known[min(ranked)[2]]
    if "sku" not in found:
        # What names a record is there in each of them, and in none twice.
        unique = [column for column in known if column.unique and column not in found.values()]
        if unique:
            found["sku"] = unique[0]
    return found


def _rank(path: str, role: Role) -> int | None:
    """Say how well a name fits: the place of its best word, whole names before parts of names."""
    above, _, last = path.rpartition("/")
    pieces = [piece.lower() for piece in _PIECE.findall(_plain(last.lstrip("@")))]
    around = "".join(piece.lower() for piece in _PIECE.findall(_plain(above.rpartition("/")[2])))
    words = _WORDS[role]
    whole = "".join(pieces)
    for name in (around + whole, whole):
        if name in words:
            return words.index(name)
    inside = [words.index(piece) for piece in pieces if piece in words]
    return min(inside) + len(words) if inside else None


def _may_be(role: Role, column: Column, records: int) -> bool:
    kind = column.kind
    match role:
        case "quantity" | "amount":
            return kind in ("integer", "decimal") or (kind == "date" and column.integers)
        case "currency":
            return bool(column.texts) and all(_CURRENCY.fullmatch(text) for text in column.texts)
        case "from" | "until":
            return kind == "date" or bool(column.date_sentinels)
        case "sku":
            return column.filled == records and kind != "decimal"
        case _:
            return kind != "empty"


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))

"""Code tables of the house: what its short codes mean, as `mappings/erp/*.csv` tells the mapping.

The tables here are what the ERP writes into its files; the CSV files beside the mappings are what a
receiver was given to understand them. A test holds the two together.
"""

from __future__ import annotations

from typing import NamedTuple

from .words import Wording

__all__ = [
    "COLOURS",
    "DEPOTS",
    "GENDERS",
    "MAX_STORES",
    "TAXES",
    "UNKNOWN_COLOUR",
    "WAREHOUSE",
    "Colour",
    "Depot",
    "code_tables",
]

MAX_STORES = 40
WAREHOUSE = "001"
UNKNOWN_COLOUR = "999"
"""A colour code that no table knows."""


class Colour(NamedTuple):
    """A colour: the ERP's three digits, the key of the enum value in the shop, its names."""

    code: str
    key: str
    label: Wording


class Depot(NamedTuple):
    """A place that holds stock; `001` is the warehouse, the others are stores."""

    code: str
    name: str
    country: str


_COLOURS = """
001 black       Noir             | Zwart         | Czarny         | Črna
002 white       Blanc            | Wit           | Biały          | Bela
003 ecru        Écru             | Ecru          | Écru           | Naravno bela
004 ivory       Ivoire           | Ivoor         | Kość słoniowa  | Slonokoščena
010 navy        Bleu marine      | Marineblauw   | Granatowy      | Mornarsko modra
011 sky-blue    Bleu ciel        | Hemelsblauw   | Błękitny       | Nebesno modra
012 night-blue  Bleu nuit        | Nachtblauw    | Nocny błękit   | Nočno modra
013 petrol      Bleu pétrole     | Petroleum     | Morski         | Petrolejska
020 red         Rouge            | Rood          | Czerwony       | Rdeča
021 burgundy    Bordeaux         | Bordeaux      | Bordowy        | Bordo
022 raspberry   Framboise        | Framboos      | Malinowy       | Malinasta
023 powder      Rose poudré      | Poederroze    | Pudrowy róż    | Pudrasto roza
030 bottle      Vert bouteille   | Flessengroen  | Butelkowa zieleń | Steklenično zelena
031 olive       Olive            | Olijfgroen    | Oliwkowy       | Olivno zelena
032 sage        Vert sauge       | Saliegroen    | Szałwiowy      | Žajbljeva
040 mustard     Moutarde         | Mosterdgeel   | Musztardowy    | Gorčična
041 saffron     Safran           | Saffraangeel  | Szafranowy     | Žafranova
050 camel       Camel            | Kameel        | Wielbłądzi     | Kamelja
051 chestnut    Marron glacé     | Kastanjebruin | Kasztanowy     | Kostanjeva
052 tobacco     Tabac            | Tabaksbruin   | Tytoniowy      | Tobačna
060 pearl       Gris perle       | Parelgrijs    | Perłowoszary   | Biserno siva
061 anthracite  Anthracite       | Antraciet     | Antracytowy    | Antracitna
062 heather     Gris chiné       | Gemêleerd grijs | Szary melanż | Melanžno siva
070 plum        Prune            | Pruim         | Śliwkowy       | Slivova
"""


def _colours() -> tuple[Colour, ...]:
    colours = []
    for line in _COLOURS.strip().splitlines():
        code, key, labels = line.split(maxsplit=2)
        fr, nl, pl, sl = (label.strip() for label in labels.split("|"))
        colours.append(Colour(code, key, Wording(fr, nl, pl, sl)))
    return tuple(colours)


COLOURS = _colours()

_TOWNS: dict[str, tuple[str, ...]] = {
    "FR": (
        "Amiens", "Angers", "Annecy", "Avignon", "Bayonne", "Besançon", "Bordeaux", "Brest", "Caen",
        "Chambéry", "Colmar", "Dijon", "Grenoble", "Lille", "Limoges", "Lyon", "Metz", "Montpellier",
        "Nancy", "Nantes", "Nîmes", "Orléans", "Reims", "Rennes", "Toulouse", "Tours",
    ),
    "BE": ("Antwerpen", "Brugge", "Gent", "Leuven", "Liège", "Namur"),
    "PL": ("Gdańsk", "Kraków", "Łódź", "Poznań", "Wrocław"),
    "SI": ("Celje", "Ljubljana", "Maribor"),
}  # fmt: skip


def _depots() -> tuple[Depot, ...]:
    stores = [(town, country) for country, towns in _TOWNS.items() for town in towns]
    return (
        Depot(WAREHOUSE, "Entrepôt central", "FR"),
        *(
            Depot(str(101 + index), f"Boutique {town}", country)
            for index, (town, country) in enumerate(stores)
        ),
    )


DEPOTS = _depots()

GENDERS: dict[str, tuple[str, Wording]] = {
    "F": ("women", Wording("Femme", "Dames", "Kobieta", "Ženske")),
    "H": ("men", Wording("Homme", "Heren", "Mężczyzna", "Moški")),
    "E": ("children", Wording("Enfant", "Kinderen", "Dziecko", "Otroci")),
}

TAXES = {"N": ("normal", "Taux normal")}


def code_tables() -> dict[str, str]:
    """Return the text of each code table by file name: a header line, `;` between cells."""
    locales = "fr-FR;nl-BE;pl-PL;sl-SI"
    tables = {
        "colours.csv": [f"COLORIS;key;{locales}", *(";".join((c.code, c.key, *c.label)) for c in COLOURS)],
        "depots.csv": [
            "DEPOT;channel;name;country;role",
            *(f"{d.code};depot-{d.code};{d.name};{d.country};InventorySupply" for d in DEPOTS),
        ],
        "genders.csv": [
            f"GENRE;key;{locales}",
            *(";".join((code, key, *label)) for code, (key, label) in GENDERS.items()),
        ],
        "tax.csv": ["TVA;key;name", *(f"{code};{key};{name}" for code, (key, name) in TAXES.items())],
    }
    return {name: "\n".join(lines) + "\n" for name, lines in tables.items()}

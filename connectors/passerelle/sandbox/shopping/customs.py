"""What is usual in a country: names, streets, towns, shipping, the share of tax; all of it invented."""

from __future__ import annotations

from random import Random
from typing import Literal, NamedTuple, TypeAlias

from ..vocabulary import Address

__all__ = ["LANDS", "LOCALES", "SHIPPING_CENTS", "Customs", "Land", "invented_address"]

Land: TypeAlias = Literal["FR", "BE", "PL", "SI"]


class Customs(NamedTuple):
    """What is usual in a country: names, streets, towns, shipping, the share of tax."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    phone: str
    shipping: str
    tax: float


LANDS: dict[str, Customs] = {
    "FR": Customs(
        ("Zoé", "Maëlle", "Théo", "Aurélien", "Noémie", "Loïc"),
        ("Lefèvre-Dutilleul", "Quénard", "Bonvallet", "Peyrachon", "Ménestrel"),
        ("rue des Tisserands", "allée du Vieux-Lavoir", "boulevard de l'Étoile-Neuve"),
        (("69003", "Lyon"), ("35000", "Rennes"), ("21000", "Dijon"), ("44100", "Nantes")),
        "+33 1 99 00", "Livraison à domicile", 0.20,
    ),
    "BE": Customs(
        ("Femke", "Jeroen", "Anneleen", "Wout", "Griet"),
        ("Vandersteenhoven", "Claeskens", "De Molenaerts", "Terlinckx"),
        ("Weverstraat", "Oude Molenweg", "Appelboomlaan"),
        (("9000", "Gent"), ("2800", "Mechelen"), ("8000", "Brugge")),
        "+32 460 00", "Thuislevering", 0.21,
    ),
    "PL": Customs(
        ("Łucja", "Żaneta", "Bogusław", "Grażyna", "Świętosław"),
        ("Brzęczyński", "Wąsiłowska", "Krzyżaniewicz", "Źródlak"),
        ("ul. Tkacka", "ul. Źródlana", "al. Dębowa"),
        (("31-005", "Kraków"), ("90-001", "Łódź"), ("61-001", "Poznań")),
        "+48 799 000", "Dostawa kurierem", 0.23,
    ),
    "SI": Customs(
        ("Špela", "Črtomir", "Živa", "Matjaž", "Neža"),
        ("Žužemberšek", "Hočevarič", "Šuštarjev", "Zupanščič"),
        ("Tkalska ulica", "Češnjeva pot", "Pri mlinu"),
        (("1000", "Ljubljana"), ("2000", "Maribor"), ("3000", "Celje")),
        "+386 51 000", "Dostava na dom", 0.22,
    ),
}  # fmt: skip
LOCALES = {"FR": "fr-FR", "BE": "nl-BE", "PL": "pl-PL", "SI": "sl-SI"}
SHIPPING_CENTS = {"EUR": 590, "PLN": 1990}


def invented_address(country: str, dice: Random) -> Address:
    """Somebody who lives in a country."""
    land = LANDS[country]
    postal_code, city = dice.choice(land.towns)
    customer = dice.randint(1, 99_999)
    return Address(
        country=country,
        first_name=dice.choice(land.first_names),
        last_name=dice.choice(land.last_names),
        street_name=dice.choice(land.streets),
        street_number=str(dice.randint(1, 180)),
        postal_code=postal_code,
        city=city,
        phone=f"{land.phone} {dice.randint(10, 99)} {dice.randint(10, 99)}",
        email=f"customer{customer:05d}@example.com",
    )

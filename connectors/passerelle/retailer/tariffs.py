"""Price points: what a style costs in France, Belgium, Slovenia and Poland, and what it costs on sale.

A house does not multiply by a rate: it chooses a point on the list of its market, near the French price.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from random import Random

from .model import Sale, Tariff, Zone

__all__ = ["CURRENCY", "POINTS", "SALE_PERIODS", "move", "open_tariffs", "sale_amount"]

CURRENCY = {Zone.FR: "EUR", Zone.BE: "EUR", Zone.PL: "PLN", Zone.SI: "EUR"}

_EUR = (
    790, 990, 1290, 1490, 1790, 1990, 2490, 2990, 3590, 3990, 4590, 4990, 5990, 6990, 7990, 8990, 9990, 10990,
    11990, 12990, 13990, 14990, 16990, 18990, 19990, 22990, 24990, 29990, 34990, 39990, 44990, 49990, 59990,
)  # fmt: skip
_PLN = (
    2990, 3990, 4990, 5990, 6990, 7990, 8990, 9990, 11990, 12990, 14990, 16990, 17990, 19990, 21990,
    24990, 27990, 29990, 32990, 34990, 39990, 44990, 49990, 54990, 59990, 64990, 69990, 74990, 79990,
    89990, 99990, 109990, 119990, 129990, 149990, 169990, 199990, 219990, 249990, 279990,
)  # fmt: skip
POINTS = {Zone.FR: _EUR, Zone.BE: _EUR, Zone.SI: _EUR, Zone.PL: _PLN}

SALE_PERIODS = {
    Zone.FR: ((date(2026, 10, 16), date(2026, 11, 30)), (date(2027, 1, 6), date(2027, 2, 2))),
    Zone.BE: ((date(2026, 10, 17), date(2026, 11, 29)), (date(2027, 1, 3), date(2027, 1, 31))),
    Zone.PL: ((date(2026, 10, 20), date(2026, 11, 29)), (date(2027, 1, 2), date(2027, 2, 10))),
    Zone.SI: ((date(2026, 10, 19), date(2026, 11, 30)), (date(2027, 1, 7), date(2027, 2, 6))),
}
"""In each zone one period that runs on the opening day and one that is still to come."""

_DISCOUNTS = (20, 30, 40, 50)
_FIRST_SOLD = 3
"""No style opens on the three lowest points: a sale always finds a lower one."""


def open_tariffs(die: Random, span: tuple[int, int], *, on_sale: bool) -> dict[Zone, Tariff]:
    """Return the tariffs of a new style whose French price lies in `span` (indices of euro points)."""
    french = max(_FIRST_SOLD, min(die.randint(*span), len(_EUR) - 1))
    near = {
        Zone.FR: french,
        Zone.BE: _clamp(french + die.choice((0, 0, 0, 1)), _EUR),
        Zone.SI: _clamp(french + die.choice((-1, 0, 0, 0)), _EUR),
        Zone.PL: _clamp(bisect_left(_PLN, _EUR[french] * die.randint(415, 475) // 100), _PLN),
    }
    discount, period = die.choice(_DISCOUNTS), die.randrange(2)
    tariffs = {}
    for zone, point in near.items():
        amount = POINTS[zone][point]
        sale = Sale(sale_amount(zone, amount, discount), *SALE_PERIODS[zone][period]) if on_sale else None
        tariffs[zone] = Tariff(amount, sale)
    return tariffs


def sale_amount(zone: Zone, amount: int, discount: int) -> int:
    """Return the highest price point at or below `amount` less `discount` percent."""
    points = POINTS[zone]
    return points[max(0, bisect_left(points, amount * (100 - discount) // 100 + 1) - 1)]


def move(die: Random, zone: Zone, tariff: Tariff) -> Tariff:
    """Return the tariff one or two price points up or down; a running sale keeps its price if it can."""
    points = POINTS[zone]
    here = points.index(tariff.amount)
    there = here
    while there == here:
        there = _clamp(here + die.choice((-2, -1, 1, 2)), points)
    amount = points[there]
    sale = tariff.sale
    if sale is not None and sale.amount >= amount:
        sale = sale._replace(amount=sale_amount(zone, amount, _DISCOUNTS[0]))
    return Tariff(amount, sale)


def _clamp(point: int, points: tuple[int, ...]) -> int:
    return max(_FIRST_SOLD, min(point, len(points) - 1))

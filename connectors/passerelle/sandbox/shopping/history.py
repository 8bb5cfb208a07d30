"""Orders of the past: as many as asked for, quickly, as a shop has them that ran long before we came."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..attribution import acting_as
from ..moments import at, now
from ..problems import invalid_operation
from ..project import Project
from ..resources.orders import Orders
from ..store import Doc
from .baskets import basket
from .customs import Land
from .fields import ensure_types
from .life_settings import Life
from .shelf import Shelf

__all__ = ["History", "bring_in"]


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`orders` paid orders of the last `days`, the oldest first.

    They take no stock, no message tells of them; `orderState` is that of all, `prefix` begins their numbers.
    A long past comes in parts: `first` is the number of the part's first order, of `total` in all.
    """

    orders: Annotated[int, Meta(ge=1, le=50_000)]
    first: Annotated[int, Meta(ge=1)] = 1
    total: Annotated[int, Meta(ge=1)] | None = None
    days: Annotated[float, Meta(gt=0, le=3_650)] = 365
    seed: int = 0
    countries: Annotated[tuple[Land, ...], Meta(min_length=1)] = ("FR", "BE", "PL", "SI")
    max_lines: Annotated[int, Meta(ge=1, le=50)] = 3
    order_state: Literal["Open", "Confirmed", "Complete", "Cancelled"] = "Open"
    prefix: str = "H"


def bring_in(project: Project, orders: Orders, history: History) -> Doc:
    """Store the orders; says how many, and the first and the last number.

    Raises:
        Problem: 400 InvalidOperation when there is nothing that could have been bought.
    """
    life = Life(
        per_minute=1,
        seed=history.seed,
        max_lines=history.max_lines,
        inventory_mode="None",
        countries=history.countries,
    )
    ensure_types(life.fields, project)
    shelf = Shelf(project)
    last = history.first + history.orders - 1
    total = max(last, history.total or 0)
    end = now()
    step = timedelta(days=history.days) / total
    for place in range(history.first, last + 1):
        # The same seed must give the same past, however many parts it comes in.
        dice = Random(f"history/{history.seed}/{place}")  # noqa: S311
        number = f"{history.prefix}-{place:06d}"
        with at(end - step * (total - place + 1)), acting_as("storefront"):
            tried = (
                basket(number, country, "delivery", life, shelf, project, dice)
                for country in dice.sample(history.countries, k=len(history.countries))
            )
            draft = next((one for one in tried if one is not None), None)
            if draft is None:
                raise invalid_operation("Nothing could have been bought: no stock with a price.")
            draft.payment_state = "Paid"
            draft.order_state = history.order_state
            orders.place(draft, project, tell=False)
    return {
        "orders": history.orders,
        "first": f"{history.prefix}-{history.first:06d}",
        "last": f"{history.prefix}-{last:06d}",
    }

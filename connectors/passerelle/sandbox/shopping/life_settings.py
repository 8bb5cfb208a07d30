"""How customers live: how many orders a minute, of which kinds, who pays late, cancels, sends back."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from .customs import Land

__all__ = ["FIELDS", "Fields", "Life", "Span"]

Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
#: From so many seconds to so many, on the sandbox's clock.
Span: TypeAlias = tuple[Annotated[float, Meta(ge=0)], Annotated[float, Meta(ge=0)]]
Kind: TypeAlias = Literal["delivery", "ship_from_store", "click_and_collect", "reservation"]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The custom fields in which the shop says what an order is; types that are missing are created.

    `kind` is a key of `Kind`, `store` the key of the place that hands the order out or sends it, `cancel` the
    number of the customer's wish to cancel, on the order; `giftCard` is true on lines that are gift cards.
    """

    order_type: str = "shopper-order"
    line_type: str = "shopper-line"
    kind: str = "fulfilment"
    store: str = "pickupStore"
    cancel: str = "cancelRequest"
    gift_card: str = "giftCard"


FIELDS = Fields()


class Life(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Orders at `perMinute` on the sandbox's clock until `orders` are placed; a seed gives the same again.

    `kinds` weighs how orders reach their customers; ship-from-store, click & collect and reservations take
    all pieces from one of `stores` (keys of channels; without any, those of the project's stores, else all
    places but the first). Shares are of all orders: `giftCards` and `donations` add a line, `discounts` take
    something off by a code or an amount. `paysLater` pays within `payAfter` seconds, of those `neverPays`
    not at all; `failsToPay` tries and fails; all others pay or authorise at once (`charges` is the share
    that is charged, not authorised). `cancels` asks to cancel within `cancelAfter`; `returns` announces a
    return within `returnAfter` of the delivery, if there was one.
    """

    per_minute: Annotated[float, Meta(gt=0, le=600_000)]
    orders: Annotated[int, Meta(ge=1)] | None = None
    seed: int = 0
    countries: Annotated[tuple[Land, ...], Meta(min_length=1)] = ("FR", "BE", "PL", "SI")
    stores: tuple[str, ...] = ()
    max_lines: Annotated[int, Meta(ge=1, le=50)] = 4
    inventory_mode: Literal["None", "TrackOnly", "ReserveOnOrder"] = "ReserveOnOrder"
    kinds: dict[Kind, Annotated[float, Meta(ge=0)]] = msgspec.field(
        default_factory=lambda: {
            "delivery": 0.7,
            "ship_from_store": 0.1,
            "click_and_collect": 0.15,
            "reservation": 0.05,
        }
    )
    gift_cards: Share = 0.04
    donations: Share = 0.1
    discounts: Share = 0.2
    charges: Share = 0.3
    pays_later: Share = 0.1
    pay_after: Span = (60, 3_600)
    never_pays: Share = 0.1
    fails_to_pay: Share = 0.02
    cancels: Share = 0.04
    cancel_after: Span = (60, 7_200)
    returns: Share = 0.1
    return_after: Span = (3_600, 14 * 86_400)
    fields: Fields = FIELDS

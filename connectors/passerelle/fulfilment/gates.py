"""Gates: may an order leave for the ERP now, later, or never; and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from ..records import Money, Order
from .states import OrderState

__all__ = ["GateRules", "GateVerdict", "gate"]

Verdict: TypeAlias = Literal["go", "wait", "never"]


class GateRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which orders may leave; every rule that is set must let an order through.

    An order is covered when its payment state is one of `payment_states`, or when its payments are authorised
    or charged for its total (`authorised: false`: only charged). `always` are payment methods that leave
    without cover (on account, cash on delivery), `never` those that never leave; they decide for an order
    that has such a payment. `fraud_field` is a custom field of the order: it must hold one of `fraud_clear`,
    a value of `fraud_refused` means never. `countries` and `stores` are those that are served, empty: all.
    `quiet` is how long the customer may still cancel, `oldest` how old an order may be (longer: never).
    """

    payment_states: tuple[str, ...] = ("Paid",)
    authorised: bool = True
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    fraud_field: str | None = None
    fraud_clear: tuple[Any, ...] = (True,)
    fraud_refused: tuple[Any, ...] = ()
    countries: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    quiet: timedelta = timedelta(0)
    oldest: timedelta | None = None


class GateVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer: `code` groups orders in reports, `why` is for people, `since` when it began to be so (UTC).

    `until` is when a waiting order may be asked again, where that is known.
    """

    verdict: Verdict
    code: str
    why: str
    since: datetime | None = None
    until: datetime | None = None


def gate(order: Order, rules: GateRules, now: datetime, *, state: OrderState | None = None) -> GateVerdict:
    """Decide about one order as it is now; pure, so it may be asked again and again (`now` in UTC).

    `state` is what the ledger knows of it: an order that was cancelled before it left never goes.
    """
    checks: tuple[_Check, ...] = (_not_for_sale, _method, _served, _fraud, _age, _cover_of, _quiet)
    asked = _Asked(order, rules, now, state)
    return next(
        (verdict for verdict in (check(asked) for check in checks) if verdict is not None),
        GateVerdict(verdict="go", code="go", why="every rule lets it through"),
    )


class _Asked(NamedTuple):
    order: Order
    rules: GateRules
    now: datetime
    state: OrderState | None


#: None lets the order through to the next check.
_Check: TypeAlias = Callable[[_Asked], GateVerdict | None]


def _not_for_sale(asked: _Asked) -> GateVerdict | None:
    order, state = asked.order, asked.state
    if order.kind == "reservation":
        return _never(order, "reservation", "an e-reservation is a promise of a store, not a sale")
    if order.state == "Cancelled" or (state is not None and state.order_state == "Cancelled"):
        return _never(order, "cancelled", "cancelled before it was exported")
    return None


def _method(asked: _Asked) -> GateVerdict | None:
    found = [method for method in _methods(asked.order) if method in asked.rules.never]
    return _never(asked.order, "method", f"orders paid by {', '.join(found)} never leave") if found else None


def _served(asked: _Asked) -> GateVerdict | None:
    order, rules = asked.order, asked.rules
    address = order.shipping_address
    country = (address.country if address is not None else "") or order.country
    if rules.countries and country not in rules.countries:
        return _never(order, "country", f"country {country or 'unknown'} is not served")
    if rules.stores and order.store is not None and order.store not in rules.stores:
        return _never(order, "store", f"store {order.store} is not served")
    return None


def _fraud(asked: _Asked) -> GateVerdict | None:
    order, rules = asked.order, asked.rules
    if rules.fraud_field is None:
        return None
    said = order.custom.get(rules.fraud_field)
    if said in rules.fraud_refused:
        return _never(order, "fraud", f"{rules.fraud_field} says {said}")
    if said in rules.fraud_clear:
        return None
    return _wait(
        order, "fraud", f"{rules.fraud_field} {'says nothing yet' if said is None else f'says {said}'}"
    )


def _age(asked: _Asked) -> GateVerdict | None:
    order, oldest = asked.order, asked.rules.oldest
    if oldest is None or asked.now - order.created_at <= oldest:
        return None
    days = f"{oldest / timedelta(days=1):g} days"
    return _never(order, "too_old", f"placed on {order.created_at:%Y-%m-%d}, older than {days}")


def _cover_of(asked: _Asked) -> GateVerdict | None:
    order, rules = asked.order, asked.rules
    if order.payment_state in rules.payment_states or any(m in rules.always for m in _methods(order)):
        return None
    covered = _covered(order, authorised=rules.authorised)
    if order.payments and covered >= order.total.cent_amount:
        return None
    told = f"payment is {order.payment_state or 'not known'}"
    if order.payments:
        told += f", {Money(covered, order.total.currency)} of {order.total} are covered"
    return _wait(order, "unpaid", told)


def _quiet(asked: _Asked) -> GateVerdict | None:
    order, until = asked.order, asked.order.created_at + asked.rules.quiet
    if asked.now >= until:
        return None
    return _wait(order, "quiet", f"the customer may still cancel, until {until:%H:%M} UTC", until)


def _methods(order: Order) -> list[str]:
    return [payment.method for payment in order.payments]


def _covered(order: Order, *, authorised: bool) -> int:
    """What payments are good for, in minor units: an authorisation that was charged counts once."""
    covered = 0
    for payment in order.payments:
        charged = 0 if payment.charged is None else payment.charged.cent_amount
        held = 0 if payment.authorised is None or not authorised else payment.authorised.cent_amount
        covered += max(charged, held)
    return covered


def _never(order: Order, code: str, why: str) -> GateVerdict:
    return GateVerdict(verdict="never", code=code, why=why, since=order.created_at)


def _wait(order: Order, code: str, why: str, until: datetime | None = None) -> GateVerdict:
    return GateVerdict(verdict="wait", code=code, why=why, since=order.created_at, until=until)

"""Gates: when an order may leave, and why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from passerelle.fulfilment import GateRules, derive, gate
from passerelle.records import Address, Order, Payment
from tests.fulfilment.invented_life import NOON, at, eur, held, line, order, say

A = line("A", 1, 1000)
UNPAID: dict[str, Any] = {"payment_state": "Pending", "payments": ()}


def paid(**amounts: int) -> dict[str, Any]:
    """One card payment with these amounts, of which the shop says nothing yet."""
    known = {name: eur(cents) for name, cents in amounts.items()}
    return {"payment_state": None, "payments": (Payment(ref="P", method="card", **known),)}


@pytest.mark.parametrize(
    ("placed", "rules", "verdict", "code"),
    [
        (order(A), GateRules(), "go", "go"),
        (order(A, **UNPAID), GateRules(), "wait", "unpaid"),
        (order(A, **held(1000)), GateRules(), "go", "go"),
        (order(A, **held(999)), GateRules(), "wait", "unpaid"),
        (order(A, **held(1000)), GateRules(authorised=False), "wait", "unpaid"),
        (order(A, **paid(authorised=1000, charged=1000)), GateRules(authorised=False), "go", "go"),
        (order(A, **paid(authorised=600, charged=400)), GateRules(), "wait", "unpaid"),
        (order(A, **UNPAID), GateRules(payment_states=("Paid", "Pending")), "go", "go"),
        (
            order(A, **{**UNPAID, "payments": (Payment(ref="P", method="account"),)}),
            GateRules(always=("account",)),
            "go",
            "go",
        ),
        (order(A), GateRules(never=("card",)), "never", "method"),
        (order(A, kind="reservation"), GateRules(), "never", "reservation"),
        (order(A, country="DE"), GateRules(countries=("FR",)), "never", "country"),
        (
            order(A, country="DE", shipping_address=Address(country="FR")),
            GateRules(countries=("FR",)),
            "go",
            "go",
        ),
        (order(A, store="S9"), GateRules(stores=("S1",)), "never", "store"),
        (order(A), GateRules(stores=("S1",)), "go", "go"),
        (order(A), GateRules(fraud_field="risk", fraud_clear=("low",)), "wait", "fraud"),
        (order(A, custom={"risk": "low"}), GateRules(fraud_field="risk", fraud_clear=("low",)), "go", "go"),
        (
            order(A, custom={"risk": "high"}),
            GateRules(fraud_field="risk", fraud_refused=("high",)),
            "never",
            "fraud",
        ),
        (order(A), GateRules(quiet=timedelta(minutes=31)), "wait", "quiet"),
        (order(A), GateRules(quiet=timedelta(minutes=30)), "go", "go"),
        (order(A), GateRules(oldest=timedelta(minutes=29)), "never", "too_old"),
        (order(A), GateRules(oldest=timedelta(minutes=30)), "go", "go"),
        (order(line("A", 1, 0)), GateRules(), "go", "go"),
    ],
)
def test_each_rule_lets_through_or_says_why_not(
    placed: Order, rules: GateRules, verdict: str, code: str
) -> None:
    """Half an hour after an order was placed, by each rule alone."""
    found = gate(placed, rules, at(30))
    assert (found.verdict, found.code) == (verdict, code)
    assert found.why
    assert found.since == (None if verdict == "go" else NOON)


def test_a_quiet_order_says_until_when() -> None:
    """The customer may cancel for an hour: it is asked again then."""
    assert gate(order(A), GateRules(quiet=timedelta(hours=1)), at(30)).until == at(60)


def test_an_order_that_was_cancelled_before_it_left_never_goes() -> None:
    """In the shop, or by a message that the ledger has."""
    placed = order(A)
    state = derive(placed, [say("cancel_asked", "Q-1", 5)], exported=False)
    assert gate(placed, GateRules(), at(30), state=state).code == "cancelled"
    assert gate(msgspec.structs.replace(placed, state="Cancelled"), GateRules(), at(30)).code == "cancelled"


def test_an_unpaid_order_says_what_is_missing() -> None:
    """Amounts in the words of the order's currency."""
    assert "9.99 EUR of 10.00 EUR" in gate(order(A, **held(999)), GateRules(), at(30)).why


def test_rules_are_read_from_settings_and_a_wrong_one_is_refused() -> None:
    """Durations are ISO 8601; a rule that does not exist would let everything through."""
    rules = msgspec.convert({"quiet": "PT30M", "countries": ["FR"]}, GateRules)
    assert (rules.quiet, rules.countries) == (timedelta(minutes=30), ("FR",))
    with pytest.raises(msgspec.ValidationError, match="country"):
        msgspec.convert({"country": ["FR"]}, GateRules)

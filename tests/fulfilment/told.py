"""Deriving in the words of a test: what is said, and where the pieces are then."""

from __future__ import annotations

from collections import Counter
from typing import Any

from passerelle.fulfilment import OrderState, derive
from passerelle.records import Order, OrderMessage

__all__ = ["after", "codes", "where"]


def after(placed: Order, *said: OrderMessage, **how: Any) -> OrderState:
    """The state of an order after this was said."""
    return derive(placed, said, **how)


def where(state: OrderState) -> dict[str, dict[str, int]]:
    """How many pieces of each SKU are in which state."""
    found: dict[str, Counter[str]] = {}
    for unit in state.units:
        found.setdefault(unit.sku, Counter())[unit.state] += 1
    return {sku: dict(states) for sku, states in found.items()}


def codes(state: OrderState) -> list[str]:
    """The codes of what contradicts."""
    return [found.code for found in state.contradictions]

"""Payments: what was authorised, charged and paid back, transaction by transaction."""

from __future__ import annotations

from .actions import PaymentAction
from .payment import PaymentDraft, Payments

__all__ = ["PaymentAction", "PaymentDraft", "Payments"]

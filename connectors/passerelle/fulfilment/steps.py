"""The 29 steps of an order's life: one table for timelines, overdue lists, documents and tests."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["STEPS", "OrderStep", "step"]


class OrderStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step: `direction` is who tells whom, `key` says in words what makes it happen once.

    `timer` is the field of Timers that says when it is late.
    """

    number: int
    slug: str
    en: str
    fr: str
    direction: str
    key: str
    timer: str | None = None

    @property
    def anchor(self) -> str:
        """Where docs/reference/order-life.md explains the step."""
        return f"step-{self.number:02}-{self.slug.replace('_', '-')}"

    def name(self, language: Literal["en", "fr"] = "en") -> str:
        """The step as people call it."""
        return self.fr if language == "fr" else self.en


def _step(
    number: int, slug: str, en: str, fr: str, direction: str, key: str, timer: str | None = None
) -> OrderStep:
    return OrderStep(number=number, slug=slug, en=en, fr=fr, direction=direction, key=key, timer=timer)


#: In the order of an order's life (sheet order-lifecycle).
STEPS: tuple[OrderStep, ...] = (
    _step(
        1,
        "stock_hold",
        "Stock held at checkout",
        "Stock retenu au paiement",
        "shop",
        "cart + line",
        "stock",
    ),
    _step(2, "placed", "Placed", "Commande passée", "shop → us", "order id + version"),
    _step(3, "gate", "Let through", "Contrôle avant export", "us", "order + rules", "gate"),
    _step(4, "number", "Numbered", "Numérotée", "us", "order id"),
    _step(5, "export", "Exported", "Exportée", "us → ERP", "order + destination + revision"),
    _step(
        6,
        "technical_ack",
        "File received",
        "Fichier reçu",
        "ERP → us",
        "order + file",
        "technical_ack",
    ),
    _step(
        7,
        "functional_ack",
        "Accepted or refused",
        "Acceptée ou refusée",
        "ERP → us",
        "order + ERP number",
        "functional_ack",
    ),
    _step(
        8,
        "change",
        "Changed before picking",
        "Modifiée avant préparation",
        "both",
        "order + revision",
        "change",
    ),
    _step(
        9,
        "allocation",
        "Allocated to a place",
        "Affectée à un lieu",
        "OMS → us",
        "unit + allocation",
        "allocation",
    ),
    _step(
        10,
        "store_claim",
        "Claimed or declined by a store",
        "Prise ou refusée par un magasin",
        "store → us",
        "unit + store + attempt",
        "claim",
    ),
    _step(
        11,
        "preparation",
        "Prepared and packed",
        "Préparée et emballée",
        "warehouse → us",
        "unit + task",
        "preparation",
    ),
    _step(
        12,
        "shortage",
        "Short at picking",
        "Rupture à la préparation",
        "warehouse → us",
        "unit + shortage",
    ),
    _step(
        13,
        "partial_shipment",
        "Shipped, whole or in part",
        "Expédiée, en tout ou partie",
        "warehouse → us",
        "order + ERP delivery number",
        "shipment",
    ),
    _step(
        14,
        "parcel_tracking",
        "Parcel tracked",
        "Suivi du colis",
        "carrier → us",
        "carrier + parcel",
        "tracking",
    ),
    _step(
        15,
        "capture",
        "Payment captured",
        "Paiement encaissé",
        "us → payment provider",
        "delivery + amount",
        "capture",
    ),
    _step(16, "mail", "Customer told", "Client prévenu", "us", "order + step + unit set"),
    _step(17, "delivered", "Delivered", "Livrée", "carrier → us", "parcel + event + time", "delivery"),
    _step(18, "ready", "Ready for collection", "Prête au retrait", "store → us", "order + store", "ready"),
    _step(19, "collected", "Collected", "Retirée", "till → us", "unit + till ticket", "collection"),
    _step(
        20,
        "expired",
        "Not collected in time",
        "Non retirée à temps",
        "store → us",
        "unit + expiry",
        "expiry",
    ),
    _step(
        21,
        "reservation",
        "Reserved in a store",
        "Réservée en magasin",
        "shop → store",
        "customer + SKU + store + day",
        "reservation",
    ),
    _step(
        22,
        "cancel",
        "Cancellation asked and answered",
        "Annulation demandée et répondue",
        "shop → us → ERP",
        "order + unit set + request",
        "cancel",
    ),
    _step(
        23,
        "return_announced",
        "Return announced",
        "Retour annoncé",
        "shop → us",
        "return number + unit",
    ),
    _step(
        24,
        "return_received",
        "Return received and graded",
        "Retour reçu et contrôlé",
        "warehouse or store → us",
        "return number + unit + place",
        "return_received",
    ),
    _step(
        25,
        "refund",
        "Refunded",
        "Remboursée",
        "us ↔ payment provider",
        "return + unit + amount",
        "refund",
    ),
    _step(26, "exchange", "Exchanged", "Échangée", "till or shop", "return + new order", "exchange"),
    _step(27, "invoice", "Invoiced", "Facturée", "ERP → us", "document number", "invoice"),
    _step(28, "complete", "Complete or cancelled", "Terminée ou annulée", "us", "order", "complete"),
    _step(29, "reconciliation", "Reconciled", "Rapprochée", "all", "day + order"),
)


def step(of: int | str) -> OrderStep:
    """Find a step by its number or its slug.

    Raises:
        KeyError: there is no such step.
    """
    return _BY_NAME[of]


_BY_NAME: dict[int | str, OrderStep] = {one.number: one for one in STEPS} | {one.slug: one for one in STEPS}

"""What contradicts in an order, what is worth knowing and what is awaited, told in the reader's language."""

from __future__ import annotations

from typing import NamedTuple

from ...fulfilment.states import Awaited, Contradiction
from ...records import OrderMessage
from ..words import Language

__all__ = ["CONTRADICTIONS", "Telling", "about", "telling"]


class Telling(NamedTuple):
    """What is told of a contradiction or a remark, and what to do about it."""

    text: str
    advice: str


def telling(one: Contradiction, lang: Language) -> Telling:
    """Tell a contradiction or a remark: in English word for word, in French what it is and its message."""
    french = CONTRADICTIONS.get(one.code)
    if lang == "en" or french is None:
        return Telling(one.text, one.advice)
    return Telling(
        french.text if one.message is None else f"{french.text} : {_of(one.message)}", french.advice
    )


def about(wait: Awaited, lang: Language) -> str:
    """Say what an awaited step is about."""
    if lang == "en":
        return wait.subject
    for english, french in _SUBJECTS:
        if wait.subject.startswith(english):
            return french + wait.subject.removeprefix(english)
    return wait.subject


def _of(message: OrderMessage) -> str:
    """Name a message by its kind, number and place, with its pieces, as its sender has them."""
    kind = _KINDS.get(message.kind, message.kind)
    pieces = ", ".join(f"{line.quantity} x {line.line or line.sku or '?'}" for line in message.lines)
    parts = [f"{kind} {message.ref}", message.place or "", pieces, message.reason or ""]
    return ", ".join(part for part in parts if part)


#: Kinds of messages, as people call them.
_KINDS: dict[str, str] = {
    "taken": "fichier reçu",
    "accepted": "acceptation",
    "refused": "refus",
    "changed": "modification prise",
    "change_refused": "modification refusée",
    "allocated": "affectation",
    "claimed": "prise en charge",
    "declined": "refus du lieu",
    "preparing": "préparation",
    "packed": "emballage",
    "short": "rupture",
    "shipped": "expédition",
    "tracked": "suivi",
    "captured": "encaissement",
    "capture_failed": "encaissement échoué",
    "in_transit": "transport",
    "delivered": "livraison",
    "delivery_failed": "livraison échouée",
    "ready": "mise à disposition",
    "collected": "retrait",
    "expired": "non-retrait",
    "held": "réservation",
    "hold_refused": "réservation refusée",
    "hold_closed": "réservation close",
    "cancel_asked": "annulation demandée",
    "cancelled": "annulation",
    "cancel_refused": "annulation refusée",
    "return_announced": "retour annoncé",
    "returned": "retour",
    "refunded": "remboursement",
    "refund_failed": "remboursement échoué",
    "exchanged": "échange",
    "invoiced": "facture",
}

#: How the subjects of awaited steps begin.
_SUBJECTS: tuple[tuple[str, str], ...] = (
    ("place ", "lieu "),
    ("delivery ", "livraison "),
    ("return ", "retour "),
    ("revision ", "révision "),
    ("refused: ", "refusée : "),
    ("capture/", "encaissement "),
    ("refund/", "remboursement "),
    ("cancel/", "annulation "),
    *((f"{kind} ", f"{french} ") for kind, french in _KINDS.items()),
)

CONTRADICTIONS: dict[str, Telling] = {
    "allocated_at_work": Telling(
        "Affectée ailleurs alors qu'un lieu la prépare",
        "Un lieu a commencé : l'affectation doit dire qu'elle reprend les pièces, et pourquoi",
    ),
    "allocated_too_many": Telling(
        "Plus de pièces affectées que commandées", "Comparer l'affectation à la commande"
    ),
    "backward_without_reason": Telling(
        "Retour en arrière sans motif",
        "Faire donner le motif ; d'ici là seule la marche avant est suivie",
    ),
    "cancelled_after_shipping": Telling(
        "Annulée après son départ",
        "Arrêter le colis, ou attendre les articles : le remboursement suit leur réception",
    ),
    "collected_after_expiry": Telling(
        "Retirée après avoir été remise en vente",
        "Demander au magasin si c'est une nouvelle vente, arrêter le remboursement",
    ),
    "collected_too_many": Telling(
        "Plus de pièces retirées que commandées", "Comparer le ticket à la commande"
    ),
    "declined_at_work": Telling(
        "Refusée par un lieu qui l'avait commencée",
        "Demander au magasin : introuvable, c'est une rupture ; arrêtée, elle se reprend avec un motif",
    ),
    "document_changed": Telling(
        "Document redit avec un autre contenu",
        "Une facture ne change jamais : l'ERP la corrige par un avoir et un nouveau numéro",
    ),
    "duplicate_in_erp": Telling(
        "Acceptée sous deux numéros par l'ERP",
        "L'ERP l'a deux fois : faire annuler le second numéro avant l'expédition",
    ),
    "ended_twice": Telling(
        "Plus de pièces abandonnées que commandées",
        "Comparer le message à la commande : aucune pièce n'est abandonnée deux fois",
    ),
    "expired_after_collection": Telling(
        "Non-retrait après un retrait", "La caisse était la première : faire chercher les pièces en rayon"
    ),
    "expired_too_many": Telling(
        "Plus de pièces remises en vente que commandées", "Faire chercher les pièces en rayon"
    ),
    "forgotten_order": Telling(
        "Message sur une commande close dont il ne reste qu'une ligne",
        "Si tard, c'est le plus souvent un ancien message redit ; si c'est nouveau, agir en boutique",
    ),
    "late_claim": Telling(
        "Prise par un lieu alors qu'un autre l'a",
        "Dire au lieu de remettre les pièces : elles ont été données à un autre",
    ),
    "not_a_reservation": Telling(
        "Message de réservation sur une vente", "Comparer le numéro à la liste des réservations du magasin"
    ),
    "over_delivery": Telling(
        "Plus de pièces expédiées que commandées",
        "Comparer la livraison de l'ERP à la commande ; les pièces en trop ne sont pas montrées au client",
    ),
    "placed_elsewhere": Telling(
        "Message sur une commande passée ailleurs",
        "Celui qui a pris la commande la suit ; ce que la boutique en montre se règle en boutique",
    ),
    "refunded_more_than_paid": Telling(
        "Remboursée au-delà de l'encaissé",
        "Demander au prestataire : un remboursement est en double, ou un paiement n'est pas connu ici",
    ),
    "refunded_twice": Telling(
        "Retour remboursé deux fois",
        "L'un des deux doit être repris : demander au magasin et au prestataire de paiement",
    ),
    "refused_after_acceptance": Telling(
        "Refusée après avoir été acceptée",
        "Elle reste acceptée : demander à l'ERP ; pour ne pas l'envoyer il doit répondre par une annulation",
    ),
    "returned_too_many": Telling(
        "Plus de pièces revenues que parties",
        "Compter à nouveau : un retour est en double, ou d'une autre commande",
    ),
    "second_pickup_code": Telling("Second code de retrait", "Le premier code reste : le dire au magasin"),
    "short_but_shipped": Telling(
        "Rupture annoncée pour ce qui est parti", "Ce qui est parti compte : rien n'est remboursé"
    ),
    "unknown_line": Telling(
        "Ligne inconnue de la commande", "Comparer le message à la commande ; ses autres lignes sont suivies"
    ),
    "work_after_end": Telling(
        "Travail sur des pièces abandonnées",
        "Dire au lieu de les remettre, ou reprendre l'abandon avec un motif pour les envoyer quand même",
    ),
    "worked_elsewhere": Telling(
        "Travail d'un lieu sur des pièces qu'un autre a",
        "Dire au lieu de remettre les pièces : elles ont été données à un autre",
    ),
    "worked_too_many": Telling(
        "Travail sur plus de pièces que commandées", "Comparer le message à la commande"
    ),
    # Remarks.
    "cancel_becomes_return": Telling(
        "Annulation demandée de ce qui est parti",
        "Faire renvoyer les articles : le remboursement suit leur réception",
    ),
    "change_refused": Telling(
        "Modification refusée par l'ERP",
        "Remettre la commande de la boutique à ce qu'a l'ERP, ou s'entendre avec le client",
    ),
    "ended_again": Telling(
        "Fin redite des mêmes pièces",
        "S'il s'agit d'autres pièces, faire dire combien ne viendront pas en tout",
    ),
    "grade_corrected": Telling("État d'un retour corrigé", ""),
    "refused_then_accepted": Telling("Refusée d'abord, acceptée ensuite", ""),
    "return_not_announced": Telling("Retour sans annonce", ""),
}

"""What is asked of the other side about an order that it holds (cancel it, charge it), and its answer."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from ..request_file import ReceivedRequest
from .stories import Fate, Story
from .telling import Fields, Said

__all__ = ["Asked", "answer"]

#: After these the goods are gone, or the order is over.
_GONE = frozenset({"RETIRE", "EXPIRE", "RESERVE_KO", "RESERVE_FIN"})


class Asked(NamedTuple):
    """A request as this side noted it: what it answered, and how often the request came."""

    request: ReceivedRequest
    granted: bool
    reason: str
    times: int = 1


class Answer(NamedTuple):
    """What is answered: `said` in their order, and the story's messages that never happen now."""

    granted: bool
    reason: str
    said: tuple[Fields, ...]
    never: tuple[Said, ...] = ()


def answer(request: ReceivedRequest, story: Story | None, *, turns: int, now: str, refuse: bool) -> Answer:
    """Decide about a request `turns` after its order was taken; what was granted changes the story's fate."""
    if request.kind == "ENCAISSE":
        return _charge(request, story, now=now, refuse=refuse)
    reason = _why_not(request, story, turns) or ("refus du service client" if refuse else "")
    if reason or story is None:
        return Answer(granted=False, reason=reason, said=(_event(request, "ANNUL_KO", now, MOTIF=reason),))
    never = tuple(said for said in story.said if said.after > turns)
    happened = [said for said in story.said if said.after <= turns]
    paid_back = sum(
        (Decimal(said.fields["MONTANT"].replace(",", ".")) for said in happened if _is(said, "REMBOURSE")),
        Decimal(0),
    )
    ordered = Counter[str]()
    for line in story.order.lines:
        if line.kind == "A":
            ordered[line.sku] += line.quantity
    total = Decimal(story.order.total)
    story.said[:] = happened
    story.fate = Fate(state="ANNULE", cancelled=ordered, refunded=total)
    said = [_event(request, "ANNUL_OK", now)]
    if total > paid_back:
        amount = f"{total - paid_back:.2f}".replace(".", ",")
        back = _event(request, "REMBOURSE", now, MONTANT=amount)
        said.append({**back, "REF": f"RB-{story.order.number}-A"})
    return Answer(granted=True, reason="", said=tuple(said), never=never)


def _charge(request: ReceivedRequest, story: Story | None, *, now: str, refuse: bool) -> Answer:
    reason = "commande inconnue" if story is None else "autorisation expirée" if refuse else ""
    if reason:
        return Answer(granted=False, reason=reason, said=(_event(request, "ENCAISSE_KO", now, MOTIF=reason),))
    said = _event(request, "ENCAISSE", now, MONTANT=request.amount)
    return Answer(granted=True, reason="", said=(said,))


def _why_not(request: ReceivedRequest, story: Story | None, turns: int) -> str:
    """Why an order cannot be cancelled any more: whole orders are, as long as nothing of them left."""
    if story is None:
        return "commande inconnue"
    happened = [said for said in story.said if said.after <= turns]
    if story.fate.state == "REFUSE" or any(
        said.way == "EXPED" or said.fields.get("EVENEMENT") in _GONE for said in happened
    ):
        return "déjà partie"
    left = Counter[str]()
    for line in story.order.lines:
        if line.kind == "A":
            left[line.sku] += line.quantity
    for said in happened:
        if _is(said, "RUPTURE") or _is(said, "ANNUL_OK"):
            left -= Counter({one["SKU"]: one["QTE"] for one in said.fields.get("LIGNES", ())})
    return "annulation partielle impossible" if request.pieces and request.pieces < left else ""


def _is(said: Said, kind: str) -> bool:
    return said.way == "EVTCMD" and said.fields["TYPE"] == kind


def _event(request: ReceivedRequest, kind: str, now: str, **fields: str) -> Fields:
    return {"NUMERO": request.number, "TYPE": kind, "REF": request.key, "QUAND": now, **fields}

"""Stories: the whole life of one order at the other side, told from a die: what happens, and what is said."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random

from ..chance import dice
from ..order_file import ReceivedOrder
from .telling import Fields, Said, Way
from .temper import Temper

__all__ = ["Fate", "Story", "story_of"]

CARRIER = "TRANSVALLEE"
#: A turn of the other side lasts so long, for the times in its messages.
TURN = timedelta(hours=1)
_CENT = Decimal("0.01")
_WAREHOUSE = "001"
_STORES = ("101", "102", "107", "116", "120")


@dataclass
class Fate:
    """What became of the goods, whatever was said of it: pieces by SKU, money as decimals."""

    state: str = "RECU"
    shipped: Counter[str] = field(default_factory=Counter)
    collected: Counter[str] = field(default_factory=Counter)
    cancelled: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)
    refunded: Decimal = Decimal(0)


@dataclass
class Story:
    """One order's life: its messages in the order in which things happen, and how it ends."""

    order: ReceivedOrder
    begin: datetime
    temper: Temper
    chance: Random
    said: list[Said] = field(default_factory=list)
    fate: Fate = field(default_factory=Fate)
    clock: int = 0

    def say(self, way: Way, fields: Fields, *, after: int = 1, early: int = 0) -> None:
        """Something happens a turn later, and is told; `early` tells it so many turns before it is noted."""
        self.clock += after
        self.said.append(Said(max(self.clock - early, 0), way, self.order.number, fields))

    def event(self, kind: str, ref: str, *, after: int = 1, early: int = 0, **fields: object) -> None:
        """The ERP tells of an event."""
        number, at = self.order.number, self.at(after)
        self.say(
            "EVTCMD",
            {"NUMERO": number, "TYPE": kind, "REF": ref, "QUAND": at, **fields},
            after=after,
            early=early,
        )

    def store(self, kind: str, ref: str, place: str, pieces: Mapping[str, int], **fields: str) -> None:
        """A store tells of an event."""
        self.say(
            "MAGCMD",
            {
                "COMMANDE": self.order.number,
                "EVENEMENT": kind,
                "REFERENCE": ref,
                "QUAND": self.at(1),
                "MAGASIN": place,
                **fields,
                "LIGNES": lines(pieces),
            },
        )

    def at(self, after: int) -> str:
        """When something happens that many turns from now, as the house writes it."""
        return f"{self.begin + (self.clock + after) * TURN:%Y-%m-%dT%H:%M:%S}"

    def until(self, days: int) -> str:
        """Until when something holds."""
        return f"{self.begin + self.clock * TURN + timedelta(days=days):%Y-%m-%dT%H:%M:%S}"

    def happens(self, rate: float) -> bool:
        """Throw the die."""
        return self.chance.random() < rate


def lines(pieces: Mapping[str, int]) -> list[dict[str, object]]:
    """Pieces as lines of a message."""
    return [{"SKU": sku, "QTE": quantity} for sku, quantity in pieces.items() if quantity]


def story_of(order: ReceivedOrder, erp_number: str, *, begin: datetime, temper: Temper, seed: int) -> Story:
    """Tell the life of an order: the same seed, order and temper always tell the same."""
    story = Story(order, begin, temper, dice(seed, "story", order.number))
    pieces = Counter[str]()
    for line in order.lines:
        if line.kind == "A":
            pieces[line.sku] += line.quantity
    if order.mode == "RES":
        _reservation(story, pieces)
        return story
    if story.happens(temper.refusals):
        _answer(story, "R", "", "client bloqué")
        story.fate.state = "REFUSE"
        story.fate.cancelled = pieces
        return story
    _answer(story, "A", erp_number, "")
    story.fate.state = "ACCEPTE"
    if not pieces:
        return story
    pieces = _shortened(story, pieces)
    if order.mode == "CC":
        _collect(story, pieces)
    else:
        place = _claimed(story, pieces) if order.mode == "SFS" else _WAREHOUSE
        _deliver(story, pieces, place)
    return story


def _answer(story: Story, status: str, erp_number: str, reason: str) -> None:
    fields = {"NUMERO": story.order.number, "STATUT": status, "NUMERO_ERP": erp_number, "MOTIF": reason}
    story.say("ACQCMD", fields)


def _shortened(story: Story, pieces: Counter[str]) -> Counter[str]:
    """The ERP shortens a line, or cancels one of several, and pays it back; give what is left."""
    if pieces.total() == 1 or not (story.temper.shortened and story.happens(story.temper.shortened)):
        return pieces
    number, sku = story.order.number, story.chance.choice(sorted(pieces))
    most = pieces[sku] - (len(pieces) == 1)
    gone = Counter({sku: story.chance.randint(1, most)})
    story.event("ANNUL_OK", f"AN-{number}", MOTIF="retiré de la vente", LIGNES=lines(gone))
    story.fate.cancelled += gone
    _refund(story, f"RB-{number}-3", gone)
    return pieces - gone


def _reservation(story: Story, pieces: Counter[str]) -> None:
    place = story.order.store or _STORES[0]
    number = story.order.number
    if story.happens(story.temper.refusals):
        story.store("RESERVE_KO", f"RS-{number}", place, pieces, MOTIF="introuvable")
        story.fate.state, story.fate.cancelled = "REFUSE", pieces
        return
    story.store("RESERVE", f"RS-{number}", place, pieces, JUSQU_AU=story.until(3))
    story.store("RESERVE_FIN", f"RF-{number}", place, pieces, MOTIF="échue")
    story.fate.state, story.fate.cancelled = "ANNULE", pieces


def _claimed(story: Story, pieces: Mapping[str, int]) -> str:
    """Stores are asked one after the other; the last one does it."""
    number = story.order.number
    places = list(dict.fromkeys((*filter(None, [story.order.store]), *_STORES)))[:3]
    for count, place in enumerate(places, 1):
        ref = f"AL-{number}-{count}"
        story.event("AFFECT", ref, LIEU=place, LIGNES=lines(pieces))
        if count < len(places) and story.happens(story.temper.refusals):
            story.store("REFUSE", ref, place, pieces, MOTIF="article abîmé")
            continue
        story.store("PRIS", ref, place, pieces, JUSQU_AU=story.until(1))
        return place
    return places[-1]


def _deliver(story: Story, pieces: Counter[str], place: str) -> None:
    number = story.order.number
    if place == _WAREHOUSE:
        story.event("AFFECT", f"AL-{number}", LIEU=place, LIGNES=lines(pieces))
    story.event("PREPA", f"TP-{number}", LIEU=place, LIGNES=lines(pieces))
    left = _short(story, pieces, place)
    if not left:
        return
    story.event("EMBAL", f"EM-{number}", LIEU=place, LIGNES=lines(left))
    for count, part in enumerate(_parts(story, left), 1):
        _ship(story, part, f"BL-{number}-{count}")
    story.fate.state = "EXPEDIE"
    story.event(
        "FACTURE",
        f"F-{number}",
        MONTANT=_amount(_worth(story.order, story.fate.shipped)),
        DOCUMENT={"NATURE": "FAC", "URL": f"https://factures.example/F-{number}"},
    )
    _come_back(story, story.fate.shipped)


def _short(story: Story, pieces: Counter[str], place: str) -> Counter[str]:
    """Some pieces are not found, are given up with that and paid back; give those that are there."""
    number = story.order.number
    gone = Counter[str]()
    for sku, quantity in pieces.items():
        gone[sku] += sum(story.happens(story.temper.shortages) for _ in range(quantity))
    if not +gone:
        return pieces
    story.event("RUPTURE", f"RU-{number}", LIEU=place, MOTIF="introuvable", LIGNES=lines(gone))
    story.fate.cancelled += gone
    left = pieces - gone
    if not left:
        story.fate.state = "ANNULE"
    _refund(story, f"RB-{number}-0", gone)
    return left


def _parts(story: Story, pieces: Counter[str]) -> list[Counter[str]]:
    each = sorted(pieces.elements())
    if len(each) < 2 or not story.happens(story.temper.partial):  # noqa: PLR2004 - one piece is not divided
        return [pieces]
    half = (len(each) + 1) // 2
    return [Counter(each[:half]), Counter(each[half:])]


def _ship(story: Story, part: Counter[str], slip: str) -> None:
    number = story.order.number
    tracking = f"TV{int(hashlib.sha256(slip.encode()).hexdigest(), 16) % 10**11:011d}"
    parcel = {"NO": f"{slip}-1", "TRANSPORTEUR": CARRIER, "SUIVI": tracking}
    # The label is printed before the goods leave, and may be told before.
    story.event("COLIS", f"{slip}-1", early=story.chance.randint(0, 1), BL=slip, COLIS=parcel)
    day = f"{story.begin + (story.clock + 1) * TURN:%Y%m%d}"
    fields = {"NUMERO_BL": slip, "NUMERO": number, "DATE": day, "LIGNES": lines(part), "COLIS": [parcel]}
    story.say("EXPED", fields)
    story.fate.shipped += part
    codes = ["PICKED_UP", "HUB", "OUT", "DELIVERED"]
    if story.happens(story.temper.absences):
        codes.insert(3, "ABSENT")
    for code in codes:
        event = {"order": number, "parcel": tracking, "carrier": CARRIER, "code": code}
        story.say("SUIVI", {**event, "at": f"{story.at(1)}Z", "shipment": slip})


def _collect(story: Story, pieces: Counter[str]) -> None:
    number, place = story.order.number, story.order.store or _STORES[0]
    story.event("AFFECT", f"AL-{number}", LIEU=place, LIGNES=lines(pieces))
    left = _short(story, pieces, place)
    if not left:
        return
    code = f"{story.chance.randint(0, 9999):04d}"
    story.store("PRET", f"RT-{number}", place, left, CODE_RETRAIT=code, JUSQU_AU=story.until(7))
    if story.happens(story.temper.uncollected):
        story.store("EXPIRE", f"EX-{number}", place, left, MOTIF="non retirée")
        story.fate.cancelled += left
        story.fate.state = "ANNULE"
        _refund(story, f"RB-{number}-1", left)
        return
    story.store("RETIRE", f"TK-{number}", place, left)
    story.fate.collected += left
    story.fate.state = "EXPEDIE"
    _come_back(story, story.fate.collected)


def _come_back(story: Story, sold: Counter[str]) -> None:
    """One piece comes back, to the warehouse or to any store, and is paid back or exchanged."""
    if not story.happens(story.temper.returns):
        return
    number = story.order.number
    back = Counter([story.chance.choice(sorted(sold.elements()))])
    ref, grade = f"R-{number}", story.chance.choice("AAI")
    place = story.chance.choice((_WAREHOUSE, *_STORES))
    if place == _WAREHOUSE:
        story.event("RETOUR_PREVU", ref, RETOUR=ref, LIGNES=lines(back))
        story.event("RETOUR", f"RR-{number}", LIEU=place, RETOUR=ref, ETAT=grade, LIGNES=lines(back))
    else:
        story.store("RETOUR", f"RR-{number}", place, back, RETOUR=ref, ETAT=grade)
    story.fate.returned += back
    if story.happens(story.temper.exchanges):
        story.event(
            "ECHANGE", f"EC-{number}", RETOUR=ref, NOUVELLE_COMMANDE=f"{number}-E", LIGNES=lines(back)
        )
        return
    _refund(story, f"RB-{number}-2", back, returned=ref)


def _refund(story: Story, ref: str, pieces: Mapping[str, int], *, returned: str = "") -> None:
    amount = _worth(story.order, pieces)
    if not story.fate.shipped and not story.fate.collected and story.fate.state == "ANNULE":
        # Nothing leaves: freight and all charges go back, too.
        amount = Decimal(story.order.total) - story.fate.refunded
    story.fate.refunded += amount
    story.event("REMBOURSE", ref, RETOUR=returned, MONTANT=_amount(amount), LIGNES=lines(pieces))


def _worth(order: ReceivedOrder, pieces: Mapping[str, int]) -> Decimal:
    """What pieces cost, cents rounded down: never more than was paid for their lines."""
    left, worth = Counter(pieces), Decimal(0)
    for line in order.lines:
        count = min(left[line.sku], line.quantity) if line.kind == "A" else 0
        left[line.sku] -= count
        worth += (Decimal(line.amount) * count / line.quantity).quantize(_CENT, ROUND_DOWN)
    return worth


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")

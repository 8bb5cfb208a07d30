"""The other side: takes our order files, keeps its own book, and answers turn by turn, as its temper is."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from random import Random
from typing import NamedTuple

from ...errors import FileRefused
from ..chance import dice
from ..generation import lay_folders
from ..layout import day
from ..model import OPENING_DAY
from ..order_file import ReceivedOrder, read_orders
from ..request_file import ReceivedRequest, read_requests
from ..sheet import mark
from .asked import Asked, answer
from .stories import TURN, Fate, Story, story_of
from .telling import Fields, Said, Way, tell
from .temper import CALM, Temper

__all__ = ["Alarm", "Held", "OtherSide"]

_ORDERS = ("in/commandes", "in/reservations")
_REQUESTS = "in/demandes"
_WAYS: tuple[Way, ...] = ("RECCMD", "ACQCMD", "EVTCMD", "EXPED", "MAGCMD", "SUIVI")
#: A message that is late comes so many turns later at the most; how long a repeated one takes to come again.
_LATEST = 4

#: The wall clock of the house, as its files have it.
_OPENING = datetime.combine(OPENING_DAY, time(8))


class Alarm(NamedTuple):
    """Something that must never happen: an order came twice, or came in a file that cannot be read."""

    code: str
    number: str
    file: str
    detail: str


class Held(NamedTuple):
    """An order as this side holds it: its own number, and what became of the goods."""

    order: ReceivedOrder
    erp_number: str
    fate: Fate
    taken_at: int


class _Due(NamedTuple):
    """A message that is told in a turn; `place` keeps those of one turn in the order of their happening."""

    turn: int
    place: int
    said: Said


class OtherSide:
    """An ERP with its stores, its carrier and its payment desk, behind the folders of `root`.

    Whole files only are taken, by their marker; an order is known by its number and revision, and one that
    comes twice counts as an alarm. `held` is the book: what a test may trust, whatever was told. Nothing
    here looks at a clock: each `turn` is an hour, from `begin` on.
    """

    def __init__(
        self,
        root: Path,
        *,
        seed: int = 1,
        temper: Temper = CALM,
        begin: datetime = _OPENING,
    ) -> None:
        self.root = root
        self.seed = seed
        self.temper = temper
        self.begin = begin
        self.turns = 0
        self.held: dict[str, Held] = {}
        self.asked: dict[str, Asked] = {}
        """What was asked about orders, by the key of the request, with what was answered."""
        self.alarms: list[Alarm] = []
        self.unsaid: list[Said] = []
        """What was kept silent about."""
        self._due: list[_Due] = []
        self._stories: dict[str, Story] = {}
        self._sequences: dict[str, int] = dict.fromkeys((*_WAYS, "ETATCMD"), 0)
        self._archive = root.with_name(f"{root.name}.other")
        self._said = 0
        lay_folders(root)
        for folder in (*_ORDERS, _REQUESTS):
            (root / folder).mkdir(parents=True, exist_ok=True)

    @property
    def quiet(self) -> bool:
        """True when nothing is left to be told but what is kept silent about."""
        return not self._due

    def turn(self) -> list[Path]:
        """Take the files that are whole, let an hour pass, tell what is due; give the files told."""
        for folder in _ORDERS:
            for marker in sorted((self.root / folder).glob("*.ok")):
                path = marker.with_suffix(".xml")
                if path.exists():
                    self._take(path)
        for marker in sorted((self.root / _REQUESTS).glob("*.ok")):
            path = marker.with_suffix(".xml")
            if path.exists():
                self._hear(path)
        self.turns += 1
        due = sorted(one for one in self._due if one.turn <= self.turns)
        self._due = [one for one in self._due if one.turn > self.turns]
        return [*self._tell([one.said for one in due])]

    def until_quiet(self, most: int = 500) -> int:
        """Take turns until all is told; count them."""
        for count in range(1, most + 1):
            self.turn()
            if self.quiet:
                return count
        return most

    def speak_up(self) -> list[Path]:
        """Tell all that was kept silent about, as an ERP does when it is asked to send everything again."""
        said, self.unsaid = self.unsaid, []
        return [*self._tell(said)]

    def state(self) -> Path:
        """Write the list of all orders that are held (ETATCMD), for a reconciliation."""
        self._sequences["ETATCMD"] += 1
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(("NUMERO", "NUMERO_ERP", "REVISION", "ETAT", "TOTAL", "DEVISE", "DATE"))
        for number, held in self.held.items():
            order = held.order
            if order.mode == "RES":
                continue
            total = order.total.replace(".", ",")
            stands = held.fate.state
            writer.writerow(
                (number, held.erp_number, order.revision, stands, total, order.currency, order.placed_on)
            )
        name = f"ETATCMD_{self._sequences['ETATCMD']:05d}_{day(self._now().date())}.csv"
        path = self.root / "out" / "etats" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(out.getvalue().encode())
        mark(path)
        return path

    def _now(self) -> datetime:
        return self.begin + self.turns * TURN

    def _take(self, path: Path) -> None:
        """Take a whole file, or none of it; move data, then marker."""
        try:
            file = read_orders(path)
        except FileRefused as error:
            self.alarms.append(Alarm("unreadable", "", path.name, str(error)))
            self._receipt(path.name, "KO", error.fault.code)
            self._put_away(path)
            return
        for order in file.orders:
            self._receive(order)
        self._receipt(path.name, "OK", "")
        self._put_away(path)

    def _hear(self, path: Path) -> None:
        """Take a whole file of requests; a key that comes again is answered no second time, and an alarm."""
        try:
            requests = read_requests(path)
        except FileRefused as error:
            self.alarms.append(Alarm("unreadable", "", path.name, str(error)))
            requests = ()
        for request in requests:
            known = self.asked.get(f"{request.number}/{request.key}")
            if known is None:
                self._decide(request)
            else:
                self.asked[f"{request.number}/{request.key}"] = known._replace(times=known.times + 1)
                self.alarms.append(Alarm("asked_twice", request.number, path.name, request.key))
        self._put_away(path)

    def _decide(self, request: ReceivedRequest) -> None:
        held, story = self.held.get(request.number), self._stories.get(request.number)
        chance = dice(self.seed, "asked", request.number, request.key)
        done = answer(
            request,
            story,
            turns=0 if held is None else self.turns - held.taken_at,
            now=f"{self._now() + TURN:%Y-%m-%dT%H:%M:%S}",
            refuse=chance.random() < self.temper.refusals,
        )
        self.asked[f"{request.number}/{request.key}"] = Asked(request, done.granted, done.reason)
        never = {id(said) for said in done.never}
        self._due = [one for one in self._due if id(one.said) not in never]
        self.unsaid = [said for said in self.unsaid if id(said) not in never]
        if held is not None and story is not None:
            self.held[request.number] = held._replace(fate=story.fate)
        for fields in done.said:
            self._say(Said(1, "EVTCMD", request.number, fields), self.turns + 1, chance)

    def _receive(self, order: ReceivedOrder) -> None:
        known = self.held.get(order.number)
        again = known is not None and known.fate.state == "REFUSE"
        if known is None or again:
            # What was refused comes again when a person has mended it, and is taken then.
            temper = self.temper._replace(refusals=0.0) if again else self.temper
            erp_number = f"C{int(hashlib.sha256(order.number.encode()).hexdigest(), 16) % 10**8:08d}"
            story = story_of(order, erp_number, begin=self._now(), temper=temper, seed=self.seed)
            refused = story.fate.state == "REFUSE"
            self.held[order.number] = Held(order, "" if refused else erp_number, story.fate, self.turns)
            self._stories[order.number] = story
            self._plan(story)
        elif order.revision > known.order.revision:
            # The goods are on their way already: this side changes nothing any more, and says so.
            fields = {
                "NUMERO": order.number,
                "TYPE": "MODIF_KO",
                "REF": f"MO-{order.number}-{order.revision}",
                "QUAND": f"{self._now():%Y-%m-%dT%H:%M:%S}",
                "REVISION": order.revision,
                "MOTIF": "déjà en préparation",
            }
            self._add(self.turns + 1, Said(1, "EVTCMD", order.number, fields))
        else:
            same = known.order.digest == order.digest
            detail = "the same" if same else "another content"
            self.alarms.append(
                Alarm("twice", order.number, order.file, f"{detail}, first {known.order.file}")
            )

    def _plan(self, story: Story) -> None:
        """Say when each message of a story is told: in its turn, or as the temper has it."""
        chance = dice(self.seed, "telling", story.order.number)
        for said in story.said:
            self._say(said, self.turns + said.after, chance)
        if chance.random() < self.temper.contradictions:
            self._add(self.turns + chance.randint(2, 12), _contradiction(story))

    def _say(self, said: Said, at: int, chance: Random) -> None:
        """Tell something in its turn, or late, twice, never, as the temper is."""
        temper = self.temper
        if chance.random() < temper.silence:
            self.unsaid.append(said)
            return
        if chance.random() < temper.delays:
            at += chance.randint(1, _LATEST)
        self._add(at, said)
        if chance.random() < temper.duplicates:
            self._add(at + chance.randint(1, _LATEST), said)

    def _add(self, turn: int, said: Said) -> None:
        self._said += 1
        self._due.append(_Due(turn, self._said, said))

    def _receipt(self, name: str, status: str, reason: str) -> None:
        fields = {
            "FICHIER": name,
            "STATUT": status,
            "QUAND": f"{self._now():%Y-%m-%dT%H:%M:%S}",
            "MOTIF": reason,
        }
        self._add(self.turns + 1, Said(1, "RECCMD", "", fields))

    def _tell(self, messages: Sequence[Said]) -> Iterator[Path]:
        by_way: dict[Way, list[Fields]] = {}
        for said in messages:
            by_way.setdefault(said.way, []).append(said.fields)
        chance = dice(self.seed, "files", self.turns)
        for way in _WAYS:
            fields = by_way.get(way, [])
            if not fields:
                continue
            if chance.random() < self.temper.reordered:
                fields.reverse()
            # One file names a fact once: of two the last one would count.
            for batch in _without_repeats(fields):
                self._sequences[way] += 1
                yield tell(self.root, way, self._sequences[way], self._now().date(), batch)

    def _put_away(self, path: Path) -> None:
        self._archive.mkdir(parents=True, exist_ok=True)
        path.replace(self._archive / path.name)
        path.with_suffix(".ok").replace(self._archive / path.with_suffix(".ok").name)


def _contradiction(story: Story) -> Said:
    """Something that cannot be true beside what was told: refused after it was accepted, or the reverse."""
    number = story.order.number
    refused = story.fate.state == "REFUSE"
    fields: Mapping[str, str] = {
        "NUMERO": number,
        "STATUT": "A" if refused else "R",
        "NUMERO_ERP": "C99999999" if refused else "",
        "MOTIF": "" if refused else "erreur de saisie",
    }
    return Said(0, "ACQCMD", number, fields)


def _without_repeats(messages: Sequence[Fields]) -> Iterator[list[Fields]]:
    """Divide messages into files in which none comes twice."""
    left = list(messages)
    while left:
        batch: list[Fields] = []
        again: list[Fields] = []
        for one in left:
            (again if one in batch else batch).append(one)
        yield batch
        left = again

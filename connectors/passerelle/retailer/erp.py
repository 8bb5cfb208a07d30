"""The ERP at work: takes order files, answers each order, sends shipments. All it knows is in its journal.

The order of every act is the same: first the journal, then the folder. A crash between the two is made
good when the ERP is opened again.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import FileRefused
from .generation import lay_folders
from .journal import Journal
from .layout import Node, day
from .model import OPENING_DAY
from .order_file import OrderLine, ReceivedOrder, read_orders
from .sheet import mark, write_document

__all__ = ["Duplicate", "Erp", "RefusedFile", "Split", "Taken"]

Refusal = Callable[[ReceivedOrder], str | None]
"""Asked about each new order: the reason to refuse it, or None to accept it."""


class Split(StrEnum):
    """How an order leaves the warehouse."""

    WHOLE = "whole"
    TWO_PARCELS = "two_parcels"
    TWO_SHIPMENTS = "two_shipments"


class Duplicate(NamedTuple):
    """An order that came again: where it stood, where it came first, and whether its content was the same."""

    number: str
    file: str
    line: int
    first_file: str
    same_content: bool


class RefusedFile(NamedTuple):
    """A file the ERP did not take, and why."""

    name: str
    code: str
    reason: str


class Taken(NamedTuple):
    """What one look into in/commandes brought."""

    files: tuple[str, ...]
    orders: tuple[ReceivedOrder, ...]
    duplicates: tuple[Duplicate, ...]
    refused: tuple[RefusedFile, ...]


class _Answer(NamedTuple):
    number: str
    erp_number: str
    reason: str


class Erp:
    """The ERP behind the folders of `root`; its archive and journal lie in `state`, beside the root.

    `today` dates the files it sends; it does not look at a clock. `refuse` may turn orders down. Opening
    an ERP on the state of an earlier one goes on where that one stopped.
    """

    def __init__(
        self,
        root: Path,
        *,
        state: Path | None = None,
        today: date = OPENING_DAY + timedelta(days=1),
        refuse: Refusal | None = None,
    ) -> None:
        self.root = root
        self.state = state if state is not None else root.with_name(f"{root.name}.erp")
        self.today = today
        self._refuse = refuse
        self.orders: dict[str, ReceivedOrder] = {}
        """Every order the ERP has, once, by number."""
        self.duplicates: list[Duplicate] = []
        """Every order that came again."""
        self.refused_files: list[RefusedFile] = []
        """Every file that was not taken."""
        self.erp_numbers: dict[str, str] = {}
        """The ERP's own number of each accepted order."""
        self._taken: dict[str, str] = {}
        self._answered: set[str] = set()
        self._shipped: dict[str, int] = {}
        self._complete: set[str] = set()
        self._sequences = {"ACQCMD": 0, "EXPED": 0}
        self._deliveries = 0
        lay_folders(root)
        self._inbox = root / "in" / "commandes"
        self._archive = self.state / "archive"
        self.journal = Journal(self.state / "journal.jsonl")
        for event in self.journal.events:
            self._recall(event)
        self._finish()

    # -- orders in ---------------------------------------------------------------------------------------

    def take_orders(self) -> Taken:
        """Take every order file whose marker is there, oldest name first."""
        names: list[str] = []
        orders: list[ReceivedOrder] = []
        duplicates: list[Duplicate] = []
        refused: list[RefusedFile] = []
        for marker in sorted(self._inbox.glob("*.ok")):
            path = marker.with_suffix(".xml")
            if not path.exists():
                continue  # the data was moved and the marker is about to go, or it never came
            try:
                file = read_orders(path)
            except FileRefused as error:
                refusal = RefusedFile(path.name, error.fault.code, str(error))
                self._note({"event": "file_refused", "sha256": _sha256(path), **refusal._asdict()})
                self._put_away(path, "refused")
                refused.append(refusal)
                continue
            new, again = self._sort(file.orders)
            self._note(
                *({"event": "order_received", "order": order.number, **_order_data(order)} for order in new),
                *({"event": "order_duplicate", **item._asdict()} for item in again),
                {"event": "file_taken", "name": file.name, "sha256": file.sha256},
            )
            self._put_away(path, "taken")
            names.append(file.name)
            orders += new
            duplicates += again
        return Taken(tuple(names), tuple(orders), tuple(duplicates), tuple(refused))

    def _sort(self, orders: Iterable[ReceivedOrder]) -> tuple[list[ReceivedOrder], list[Duplicate]]:
        new: dict[str, ReceivedOrder] = {}
        again = []
        for order in orders:
            known = self.orders.get(order.number) or new.get(order.number)
            if known is None or (order.revision > known.revision and order.number not in new):
                # A later revision takes the place of the one before; it is no second order.
                new[order.number] = order
            else:
                same = known.digest == order.digest
                again.append(Duplicate(order.number, order.file, order.line, known.file, same))
        return list(new.values()), again

    # -- answers out -------------------------------------------------------------------------------------

    def acknowledge(self) -> Path | None:
        """Answer every order that has no answer yet, in one ACQCMD file; None when there is none."""
        waiting = [order for number, order in self.orders.items() if number not in self._answered]
        if not waiting:
            return None
        answers = []
        accepted = len(self.erp_numbers)
        for order in waiting:
            reason = self._refuse(order) if self._refuse is not None else None
            if reason is None:
                accepted += 1
            answers.append(
                _Answer(order.number, "" if reason is not None else f"C{accepted:08d}", reason or "")
            )
        return self._send("ACQCMD", [answer._asdict() for answer in answers])

    def ship(self, split: Split | None = None) -> Path | None:
        """Send the next shipment of every accepted order that has one left, in one EXPED file.

        `split` says how each leaves; None lets the order's number decide, the same way every time. The
        second shipment of an order in two goes out with the next call.
        """
        deliveries: list[dict[str, Any]] = []
        for number in self.erp_numbers:
            plan = _shipments(self.orders[number], split or _split_of(number))
            done = self._shipped.get(number, 0)
            if number not in self._complete and done < len(plan):
                lines, parcels = plan[done]
                slip = f"BL{self._deliveries + len(deliveries) + 1:08d}"
                deliveries.append(
                    {
                        "slip": slip,
                        "number": number,
                        "date": day(self.today),
                        "lines": lines,
                        "parcels": [_parcel(slip, index) for index in range(1, parcels + 1)],
                        "complete": done + 1 == len(plan),
                    }
                )
        return self._send("EXPED", deliveries) if deliveries else None

    def turn(self, split: Split | None = None) -> Taken:
        """Do one round of work: ship what earlier rounds accepted, take new orders, answer them."""
        self.ship(split)
        taken = self.take_orders()
        self.acknowledge()
        return taken

    def _send(self, flux: str, content: Sequence[Mapping[str, Any]]) -> Path:
        sequence = self._sequences[flux] + 1
        event = {
            "event": "prepared",
            "flux": flux,
            "sequence": sequence,
            "date": day(self.today),
            "content": content,
        }
        self._note(event)
        path = self._drop(event)
        self._note({"event": "sent", "name": path.name})
        return path

    def _drop(self, event: Mapping[str, Any]) -> Path:
        flux, sequence, when = event["flux"], event["sequence"], event["date"]
        folder, element, fields = _OUTGOING[flux]
        path = self.root / folder / f"{flux}_{sequence:05d}_{when}.xml"
        header = (
            Node("FLUX", flux),
            Node("ZONE", "TOUS"),
            Node("SEQUENCE", f"{sequence:05d}"),
            Node("DATE", when),
            Node("HEURE", "093000"),
        )
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as out:
            records = (fields(item) for item in event["content"])
            write_document(
                out,
                charset="ISO-8859-1",
                header=header,
                element=element,
                records=records,
                errors="xmlcharrefreplace",  # order numbers and reasons come from outside the house
            )
        temporary.replace(path)
        mark(path)
        return path

    # -- memory ------------------------------------------------------------------------------------------

    def _note(self, *events: Mapping[str, Any]) -> None:
        # Through JSON first, so that what is remembered now is what a restart would read.
        plain = [json.loads(json.dumps(event)) for event in events]
        self.journal.append(*plain)
        for event in plain:
            self._recall(event)

    def _recall(self, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "order_received":
                order = _order_from(event)
                self.orders[order.number] = order
            case "order_duplicate":
                self.duplicates.append(Duplicate(*(event[name] for name in Duplicate._fields)))
            case "file_taken":
                self._taken[event["name"]] = event["sha256"]
            case "file_refused":
                self.refused_files.append(RefusedFile(*(event[name] for name in RefusedFile._fields)))
                self._taken[event["name"]] = event["sha256"]
            case "prepared":
                self._sequences[event["flux"]] = event["sequence"]
                self._recall_sent(event["flux"], event["content"])

    def _recall_sent(self, flux: str, content: Sequence[Mapping[str, Any]]) -> None:
        for item in content:
            number = item["number"]
            if flux == "ACQCMD":
                self._answered.add(number)
                if item["erp_number"]:
                    self.erp_numbers[number] = item["erp_number"]
            else:
                self._deliveries += 1
                self._shipped[number] = self._shipped.get(number, 0) + 1
                if item["complete"]:
                    self._complete.add(number)

    def _finish(self) -> None:
        """Do what the journal says was begun: move files already taken, send files already prepared."""
        refused = {file.name for file in self.refused_files}
        for name, sha256 in self._taken.items():
            path = self._inbox / name
            place = "refused" if name in refused else "taken"
            archived = self._archive / place / name
            if path.exists() and not archived.exists() and _sha256(path) == sha256:
                self._put_away(path, place)
            elif not path.exists() and archived.exists() and path.with_suffix(".ok").exists():
                path.with_suffix(".ok").replace(archived.with_suffix(".ok"))
        unsent: Mapping[str, Any] | None = None
        for event in self.journal.events:
            if event["event"] == "prepared":
                unsent = event
            elif event["event"] == "sent":
                unsent = None
        if unsent is not None:
            self._note({"event": "sent", "name": self._drop(unsent).name})

    def _put_away(self, path: Path, place: str) -> None:
        """Move data, then marker: a partner that sees the data gone knows it was taken."""
        folder = self._archive / place
        folder.mkdir(parents=True, exist_ok=True)
        stem, again = path.stem, 1
        while (folder / f"{stem}.xml").exists():
            again += 1
            stem = f"{path.stem}.{again}"
        path.replace(folder / f"{stem}.xml")
        path.with_suffix(".ok").replace(folder / f"{stem}.ok")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _order_data(order: ReceivedOrder) -> dict[str, Any]:
    return {
        "file": order.file,
        "line": order.line,
        "total": order.total,
        "currency": order.currency,
        "lines": [list(line) for line in order.lines],
        "digest": order.digest,
        "revision": order.revision,
        "mode": order.mode,
        "store": order.store,
        "placed_on": order.placed_on,
    }


def _order_from(event: Mapping[str, Any]) -> ReceivedOrder:
    return ReceivedOrder(
        number=event["order"],
        file=event["file"],
        line=event["line"],
        total=event["total"],
        currency=event["currency"],
        lines=tuple(OrderLine(*line) for line in event["lines"]),
        digest=event["digest"],
        # Journals of before say nothing of these.
        **{name: event[name] for name in ("revision", "mode", "store", "placed_on") if name in event},
    )


_SPLITS = (Split.WHOLE, Split.WHOLE, Split.TWO_PARCELS, Split.TWO_SHIPMENTS)


def _split_of(number: str) -> Split:
    return _SPLITS[zlib.crc32(number.encode()) % len(_SPLITS)]


def _shipments(order: ReceivedOrder, split: Split) -> list[tuple[dict[str, int], int]]:
    """Return for each shipment the pieces of each SKU and the number of parcels; one piece is never split."""
    pieces = [line.sku for line in order.lines for _ in range(line.quantity)]
    if split is Split.WHOLE or len(pieces) == 1:
        return [(Counter(pieces), 1)]
    if split is Split.TWO_PARCELS:
        return [(Counter(pieces), 2)]
    half = (len(pieces) + 1) // 2
    return [(Counter(pieces[:half]), 1), (Counter(pieces[half:]), 1)]


def _parcel(slip: str, number: int) -> dict[str, str]:
    digits = int(hashlib.sha256(f"{slip}/{number}".encode()).hexdigest(), 16) % 10**11
    return {"NO": f"{slip}-{number}", "TRANSPORTEUR": "TRANSVALLEE", "SUIVI": f"TV{digits:011d}"}


def _answer_fields(item: Mapping[str, Any]) -> tuple[Node, ...]:
    return (
        Node("NUMERO", item["number"]),
        Node("STATUT", "A" if item["erp_number"] else "R"),
        Node("NUMERO_ERP", item["erp_number"]),
        Node("MOTIF", item["reason"]),
    )


def _shipment_fields(item: Mapping[str, Any]) -> tuple[Node, ...]:
    lines = (
        Node("LIGNE", (Node("SKU", sku), Node("QTE", str(quantity))))
        for sku, quantity in item["lines"].items()
    )
    parcels = (Node("COLI", tuple(Node(*field) for field in parcel.items())) for parcel in item["parcels"])
    return (
        Node("NUMERO_BL", item["slip"]),
        Node("NUMERO", item["number"]),
        Node("DATE", item["date"]),
        Node("LIGNES", tuple(lines)),
        Node("COLIS", tuple(parcels)),
    )


_OUTGOING: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any]], tuple[Node, ...]]]] = {
    "ACQCMD": ("out/acquittements", "ACQUITTEMENT", _answer_fields),
    "EXPED": ("out/expeditions", "EXPEDITION", _shipment_fields),
}

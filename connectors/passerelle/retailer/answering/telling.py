"""Telling: what the other side says, one message a row, and the files in which it says it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from ..layout import Node, day
from ..sheet import mark, write_document

__all__ = ["Said", "Way", "tell"]

#: Which way a message goes: receipts of files, answers, events, shipments, stores, carrier.
Way: TypeAlias = Literal["RECCMD", "ACQCMD", "EVTCMD", "EXPED", "MAGCMD", "SUIVI"]
Fields: TypeAlias = Mapping[str, Any]


class Said(NamedTuple):
    """One message, told `after` so many turns since its order was taken; `fields` as its file has them."""

    after: int
    way: Way
    number: str
    fields: Fields


_STORE_COLUMNS = (
    "COMMANDE", "EVENEMENT", "REFERENCE", "QUAND", "MAGASIN", "CODE_RETRAIT", "JUSQU_AU", "RETOUR", "ETAT",
    "MOTIF", "SKU", "QTE",
)  # fmt: skip
_RECEIPT_COLUMNS = ("FICHIER", "STATUT", "QUAND", "MOTIF")


def tell(root: Path, way: Way, sequence: int, today: date, messages: Sequence[Fields]) -> Path:
    """Write one file into its folder: `.tmp`, rename, marker last."""
    folder, name, content = _WAYS[way]
    place = root / folder
    place.mkdir(parents=True, exist_ok=True)
    path = place / name.format(sequence=sequence, day=day(today))
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content(way, sequence, today, messages))
    temporary.replace(path)
    mark(path)
    return path


def _xml(way: Way, sequence: int, today: date, messages: Sequence[Fields]) -> bytes:
    out = io.BytesIO()
    header = (
        Node("FLUX", way),
        Node("ZONE", "TOUS"),
        Node("SEQUENCE", f"{sequence:05d}"),
        Node("DATE", day(today)),
        Node("HEURE", "093000"),
    )
    write_document(
        out,
        charset="ISO-8859-1",
        header=header,
        element=_ELEMENTS[way],
        records=(_nodes(message) for message in messages),
        errors="xmlcharrefreplace",
    )
    return out.getvalue()


def _nodes(fields: Fields) -> tuple[Node, ...]:
    nodes: list[Node] = []
    for name, value in fields.items():
        if isinstance(value, Mapping):
            nodes.append(Node(name, _nodes(value)))
        elif isinstance(value, list):
            nodes.append(Node(name, tuple(Node(_ITEMS[name], _nodes(item)) for item in value)))
        else:
            nodes.append(Node(name, str(value)))
    return tuple(nodes)


def _csv(way: Way, sequence: int, today: date, messages: Sequence[Fields]) -> bytes:  # noqa: ARG001 - as _xml
    columns = _RECEIPT_COLUMNS if way == "RECCMD" else _STORE_COLUMNS
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for message in messages:
        writer.writerows(_rows(message))
    return out.getvalue().encode()


def _rows(message: Fields) -> Iterable[dict[str, Any]]:
    """A message of a store has a row for each of its SKUs."""
    plain = {name: value for name, value in message.items() if name != "LIGNES"}
    lines = message.get("LIGNES")
    return [plain] if lines is None else [{**plain, **line} for line in lines]


def _json(way: Way, sequence: int, today: date, messages: Sequence[Fields]) -> bytes:  # noqa: ARG001 - as _xml
    return json.dumps({"events": messages}, indent=1).encode()


_ITEMS = {"LIGNES": "LIGNE", "COLIS": "COLI"}
_ELEMENTS: dict[str, str] = {"ACQCMD": "ACQUITTEMENT", "EVTCMD": "EVENEMENT", "EXPED": "EXPEDITION"}
_WAYS: dict[Way, tuple[str, str, Callable[[Way, int, date, Sequence[Fields]], bytes]]] = {
    "RECCMD": ("out/receptions", "RECCMD_{sequence:05d}_{day}.csv", _csv),
    "ACQCMD": ("out/acquittements", "ACQCMD_{sequence:05d}_{day}.xml", _xml),
    "EVTCMD": ("out/evenements", "EVTCMD_{sequence:05d}_{day}.xml", _xml),
    "EXPED": ("out/expeditions", "EXPED_{sequence:05d}_{day}.xml", _xml),
    "MAGCMD": ("out/magasins", "MAGCMD_{sequence:05d}_{day}.csv", _csv),
    "SUIVI": ("out/transporteur", "SUIVI_{day}_{sequence:05d}.json", _json),
}

"""Files of requests as the ERP reads them: all of DEMCMD, its trailer checked, or a refusal that says why."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from .order_file import decimal_of, expect, line_of, parse, refused, text_of

__all__ = ["ReceivedRequest", "read_requests"]

_NAME = re.compile(r"DEMCMD_([0-9]{5})_[0-9]{8}\.xml")
_TYPES = ("ANNUL", "ENCAISSE")


class ReceivedRequest(NamedTuple):
    """Something that is asked about one order under a key; `pieces` by SKU, none is all that is left."""

    key: str
    kind: str
    number: str
    pieces: Counter[str]
    amount: str = ""


def read_requests(path: Path) -> tuple[ReceivedRequest, ...]:
    """Read a file of requests; raises FileRefused with the first fault found."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise refused("bad_name", path.name, path.name, "DEMCMD_00001_AAAAMMJJ.xml")
    root = parse(path.name, path.read_bytes())
    expect(path.name, root, "ENTETE/FLUX", "DEMCMD")
    expect(path.name, root, "ENTETE/SEQUENCE", match[1])
    found: list[ReceivedRequest] = []
    for element in root.iterfind("DEMANDE"):
        kind = text_of(path.name, element, "TYPE")
        if kind not in _TYPES:
            raise refused("bad_value", path.name, kind, " or ".join(_TYPES), "TYPE", line=line_of(element))
        pieces: Counter[str] = Counter()
        for line in element.iterfind("LIGNES/LIGNE"):
            pieces[text_of(path.name, line, "SKU")] += int(decimal_of(path.name, line, "QTE"))
        found.append(
            ReceivedRequest(
                key=text_of(path.name, element, "CLE"),
                kind=kind,
                number=text_of(path.name, element, "NUMERO"),
                pieces=pieces,
                amount=element.findtext("MONTANT") or "",
            )
        )
    declared = (root.findtext("PIED/NB_DEMANDES") or "").strip()
    if not declared.isdecimal() or int(declared) != len(found):
        raise refused("wrong_count", path.name, declared or None, f"{len(found)}", "PIED/NB_DEMANDES")
    return tuple(found)

"""Addresses: cut to the lengths of the receiver's fields at word boundaries, with nothing lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ..records import Address

__all__ = ["Cut", "CutAddress", "cut_address", "cut_text"]


class Cut(NamedTuple):
    """A field that was too long: what it said, what is left of it."""

    field: str
    full: str
    kept: str

    def __str__(self) -> str:
        return f"{self.field}: {self.full!r} is {len(self.full)} characters long, {self.kept!r} is sent"


class CutAddress(NamedTuple):
    """An address that fits: `full` is the text of all fields that were cut, as they were, one a line."""

    address: Address
    full: str
    cuts: tuple[Cut, ...]


def cut_address(address: Address, lengths: Mapping[str, int], *, overflow: str | None = None) -> CutAddress:
    """Cut the fields of an address that are longer than the receiver's; lengths in characters.

    What is cut off a field goes on in the field `overflow` (behind what stands there) as far as it fits.

    Raises:
        ValueError: there is no such field, or a length below 1.
    """
    known = msgspec.structs.asdict(address)
    wrong = [f"{name}: {length}" for name, length in lengths.items() if name not in known or length < 1]
    if wrong or (overflow is not None and overflow not in known):
        raise ValueError(f"no lengths of an address: {', '.join(wrong) or overflow}")
    fields: dict[str, str] = {name: unicodedata.normalize("NFC", text) for name, text in known.items()}
    kept = dict(fields)
    rests: list[str] = []
    for name, length in lengths.items():
        if name != overflow:
            kept[name], rest = cut_text(fields[name], length)
            rests += [rest] if rest else []
    if overflow is not None and rests:
        kept[overflow] = " ".join(text for text in (fields[overflow], *rests) if text)
    if overflow is not None and overflow in lengths:
        kept[overflow], _ = cut_text(kept[overflow], lengths[overflow])
    cuts = tuple(
        Cut(name, fields[name], kept[name])
        for name in fields
        if kept[name] != fields[name] and not kept[name].startswith(fields[name])
    )
    full = "\n".join(cut.full for cut in cuts)
    return CutAddress(msgspec.structs.replace(address, **kept), full, cuts)


def cut_text(text: str, length: int) -> tuple[str, str]:
    """Cut a text before the word that does not fit; a word that is longer alone is cut in its middle.

    Returns what fits and what is left. An accent is never parted from its letter.
    """
    if len(text) <= length:
        return text, ""
    at = text.rfind(" ", 0, length + 1)
    if at <= 0:
        at = length
        while at > 1 and unicodedata.combining(text[at]):
            at -= 1
    return text[:at].rstrip(), text[at:].strip()

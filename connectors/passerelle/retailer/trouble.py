"""Troubles on request: what goes wrong with files in real life, each by name.

`TROUBLES` is the one table: what a file looks like, what a receiver must do, and in which feed it shows
unless another is asked for. A trouble takes the sheet of its day and returns the sheets to drop instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import NamedTuple

from .chance import dice
from .codes import UNKNOWN_COLOUR
from .house import House
from .layout import Node, Record
from .model import Feed, Flux, Key, Mode, feed_of
from .sheet import Sheet

__all__ = ["TROUBLES", "Card", "Incident", "Trouble", "double_encode", "undo_double_encoding"]

_SPOILED = 3
"""How many records a trouble of single records spoils, if the file has that many."""


class Trouble(StrEnum):
    """The names of the troubles; see `TROUBLES` for what each is."""

    CUT_SHORT = "cut_short"
    REPEATED_SEQUENCE = "repeated_sequence"
    SAME_FILE_AGAIN = "same_file_again"
    MISSING_SEQUENCE = "missing_sequence"
    RECORD_WITHOUT_SKU = "record_without_sku"
    UNKNOWN_COLOUR = "unknown_colour"
    DOUBLE_ENCODED = "double_encoded"
    STOCK_THIRD_GONE = "stock_third_gone"
    WRONG_COUNT = "wrong_count"
    BAD_PRICE = "bad_price"
    NO_MARKER = "no_marker"


class Scene(NamedTuple):
    """What a trouble may draw on: the house, the number of the day, a die of its own."""

    house: House
    number: int
    die: Random


class Card(NamedTuple):
    """A trouble in one row of the table."""

    looks: str
    receiver: str
    shows_in: str
    strike: Callable[[Sheet, Scene], Sequence[Sheet]]


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble that strikes one feed."""

    trouble: Trouble
    feed: Feed

    @classmethod
    def parse(cls, text: str | Trouble | Incident) -> Incident:
        """Read `cut_short` (in its usual feed) or `cut_short:STOCK_TOUS`; ValueError names what there is."""
        if isinstance(text, Incident):
            return text
        name, _, feed = text.partition(":")
        try:
            trouble = Trouble(name)
        except ValueError:
            raise ValueError(f"no trouble is named {name!r}; there are {', '.join(Trouble)}") from None
        return cls(trouble, feed_of(feed or TROUBLES[trouble].shows_in))

    def strike(self, sheet: Sheet, house: House, number: int) -> Sequence[Sheet]:
        """Return what is dropped instead of the sheet of that day; the last one is the odd one."""
        die = dice(house.seed, "trouble", self.trouble, self.feed.name, number)
        *sound, odd = TROUBLES[self.trouble].strike(sheet, Scene(house, number, die))
        return (*sound, replace(odd, troubles=(*sheet.troubles, self.trouble)))


def double_encode(text: str, charset: str) -> str:
    """Return text whose UTF-8 bytes were read as `charset`: é becomes Ã© in ISO-8859-1.

    Both ISO-8859-1 and ISO-8859-2 give every byte a character, so nothing is lost.
    """
    return text.encode("utf-8").decode(charset)


def undo_double_encoding(text: str, charset: str) -> str:
    """Return what `double_encode` was given."""
    return text.encode(charset).decode("utf-8")


def _cut_short(sheet: Sheet, _scene: Scene) -> Sequence[Sheet]:
    return (replace(sheet, cut=True),)


def _repeated_sequence(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    tomorrow = scene.house.day(scene.number + 1).sheet(sheet.feed, mode=sheet.mode)
    again = replace(tomorrow, sequence=sheet.sequence)
    return (sheet, again)


def _same_file_again(sheet: Sheet, _scene: Scene) -> Sequence[Sheet]:
    return (sheet, replace(sheet, named_on=sheet.named_on + timedelta(days=1)))


def _missing_sequence(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    return (scene.house.day(scene.number + 1).sheet(sheet.feed),)


def _wrong_count(sheet: Sheet, _scene: Scene) -> Sequence[Sheet]:
    return (replace(sheet, declared=len(sheet.records) + 7),)


def _no_marker(sheet: Sheet, _scene: Scene) -> Sequence[Sheet]:
    return (replace(sheet, marked=False),)


def _stock_third_gone(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    _only(sheet, Trouble.STOCK_THIRD_GONE, Flux.STOCK)
    full = scene.house.day(scene.number).sheet(sheet.feed, mode=Mode.FULL)
    gone = set(scene.die.sample(range(len(full.records)), len(full.records) // 3))
    left = tuple(record for index, record in enumerate(full.records) if index not in gone)
    affected = tuple(full.records[index].key for index in sorted(gone))
    return (replace(full, records=left, affected=affected),)


def _record_without_sku(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    """Alternate between an empty SKU element and none at all."""
    if sheet.feed.flux not in {Flux.STOCK, Flux.TARIFS} and sheet.feed.name != "ARTICLES_FR":
        raise ValueError(f"{sheet.feed.name} has no SKU to leave out; choose STOCK, TARIFS or ARTICLES_FR")
    spoil = (_set_first("SKU", ""), _drop_first("SKU"))
    return (_spoil(sheet, scene.die, lambda record, turn: spoil[turn % 2](record.fields)),)


def _unknown_colour(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    if sheet.feed.name != "ARTICLES_FR":
        raise ValueError(f"{sheet.feed.name} holds no colours; only ARTICLES_FR does")
    spoil = _set_first("COLORIS", UNKNOWN_COLOUR)
    return (_spoil(sheet, scene.die, lambda record, _turn: spoil(record.fields)),)


def _bad_price(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    """The letter O for a zero, two decimal separators, nothing."""
    _only(sheet, Trouble.BAD_PRICE, Flux.TARIFS)
    spoil = [_set_first("PRIX", text) for text in ("39,9O", "1.29,90,0", "")]
    return (_spoil(sheet, scene.die, lambda record, turn: spoil[turn % 3](record.fields)),)


def _double_encoded(sheet: Sheet, scene: Scene) -> Sequence[Sheet]:
    """Spoil half of the labels that have anything but ASCII."""
    marked = [index for index, record in enumerate(sheet.records) if not _label(record).isascii()]
    if not marked:
        raise ValueError(f"no label of {sheet.name} has an accent to encode twice; choose CATEG or ARTICLES")
    chosen = set(scene.die.sample(marked, (len(marked) + 1) // 2))

    def spoil(record: Record, _turn: int) -> tuple[Node, ...]:
        return _set_first("LIBELLE", double_encode(_label(record), sheet.feed.charset))(record.fields)

    return (_spoil_at(sheet, chosen, spoil),)


TROUBLES: Mapping[Trouble, Card] = {
    Trouble.CUT_SHORT: Card(
        "ends in the middle of a record, yet the marker is there",
        "refuse the whole file; nothing of it is applied",
        "STOCK_TOUS",
        _cut_short,
    ),
    Trouble.REPEATED_SEQUENCE: Card(
        "a second file with the same sequence number and other content, named a day later",
        "take the first, hold or refuse the second and say so",
        "STOCK_TOUS",
        _repeated_sequence,
    ),
    Trouble.SAME_FILE_AGAIN: Card(
        "the same bytes again, under a name dated a day later",
        "recognise it by its content and do nothing twice",
        "STOCK_TOUS",
        _same_file_again,
    ),
    Trouble.MISSING_SEQUENCE: Card(
        "the file of the day never comes; the next one in line does",
        "see the gap, hold deltas until the missing one or a full file comes",
        "STOCK_TOUS",
        _missing_sequence,
    ),
    Trouble.RECORD_WITHOUT_SKU: Card(
        "up to three records whose SKU is empty or left out, by turns",
        "put these records into quarantine with file, line and path; apply the others",
        "STOCK_TOUS",
        _record_without_sku,
    ),
    Trouble.UNKNOWN_COLOUR: Card(
        f"up to three styles with the colour {UNKNOWN_COLOUR} that no code table knows",
        "put these styles into quarantine, name the code; apply the others",
        "ARTICLES_FR",
        _unknown_colour,
    ),
    Trouble.DOUBLE_ENCODED: Card(
        "half of the accented labels are UTF-8 read once too often (Ã©); the file is valid in its charset",
        "repair by the declared round trip and report the count, or reject if not told to repair",
        "ARTICLES_FR",
        _double_encoded,
    ),
    Trouble.STOCK_THIRD_GONE: Card(
        "a full stock file without a third of its lines; header and trailer agree with what is there",
        "stop before any write: far fewer records than in the last full file",
        "STOCK_TOUS",
        _stock_third_gone,
    ),
    Trouble.WRONG_COUNT: Card(
        "the trailer counts seven records more than there are",
        "refuse the whole file; nothing of it is applied",
        "STOCK_TOUS",
        _wrong_count,
    ),
    Trouble.BAD_PRICE: Card(
        "up to three prices that are none: a letter O, two separators, empty",
        "put these records into quarantine; never send a guessed price",
        "TARIFS_FR",
        _bad_price,
    ),
    Trouble.NO_MARKER: Card(
        "the file lies there whole, its marker does not come",
        "leave it alone, and report it when it has waited too long",
        "STOCK_TOUS",
        _no_marker,
    ),
}


def _only(sheet: Sheet, trouble: Trouble, flux: Flux) -> None:
    if sheet.feed.flux is not flux:
        raise ValueError(f"{trouble} strikes {flux} files, not {sheet.feed.name}")


def _label(record: Record) -> str:
    for name, content in record.fields:
        if name == "LIBELLE" and isinstance(content, str):
            return content
    return ""


def _spoil(sheet: Sheet, die: Random, change: Callable[[Record, int], tuple[Node, ...]]) -> Sheet:
    count = min(_SPOILED, len(sheet.records))
    return _spoil_at(sheet, set(die.sample(range(len(sheet.records)), count)), change)


def _spoil_at(sheet: Sheet, chosen: set[int], change: Callable[[Record, int], tuple[Node, ...]]) -> Sheet:
    records = list(sheet.records)
    affected: list[Key] = []
    for turn, index in enumerate(sorted(chosen)):
        record = records[index]
        affected.append(record.key)
        records[index] = record._replace(fields=change(record, turn))
    return replace(sheet, records=tuple(records), affected=(*sheet.affected, *affected))


def _set_first(name: str, text: str) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    return lambda nodes: _edit_first(nodes, name, (Node(name, text),))


def _drop_first(name: str) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    return lambda nodes: _edit_first(nodes, name, ())


def _edit_first(nodes: tuple[Node, ...], name: str, instead: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the elements with the first one of that name, at any depth, put otherwise."""
    for index, node in enumerate(nodes):
        if node.name == name:
            return (*nodes[:index], *instead, *nodes[index + 1 :])
        if not isinstance(node.content, str):
            inner = _edit_first(node.content, name, instead)
            if inner is not node.content:
                return (*nodes[:index], Node(node.name, inner), *nodes[index + 1 :])
    return nodes

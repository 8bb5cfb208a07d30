"""Movements: pieces added or taken away, each counted once whatever becomes of an answer or a run (ADR 16).

The entry itself notes which movements it took, in a custom field that the same request writes: quantity and
note change together or not at all. A movement whose note is there was taken, so it is never sent again; one
whose note is not there was not, so it may be. No clock, no ledger and no guess is needed to tell.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ...errors import Refused
from ...records import StockLevel
from ...sync.protocols import Change
from .settings import Movements

__all__ = ["REMEMBERED", "Noted", "Notes", "is_movement", "noted_on", "rebased"]

Json = dict[str, Any]

#: Movements that an entry remembers: more than a run that is killed can have sent without the ledger
#: knowing (250 answers not yet noted, and what is in flight).
REMEMBERED = 400
_MOVES = frozenset({"addQuantity", "removeQuantity"})
#: Entries whose last answer is kept, for the next movement of the same entry.
_ENTRIES = 1_000


class Noted(NamedTuple):
    """What an entry said last: its version, and the notes of the movements that it took, newest last."""

    version: int
    notes: str


class Notes:
    """The notes of entries: which field they stand in, and what the last answers said."""

    def __init__(self, settings: Movements) -> None:
        self.field = settings.field
        #: How a plan names the field.
        self.said_as = f"custom.{settings.field}"
        self._type = settings.type
        self._last: OrderedDict[str, Noted] = OrderedDict()

    def taken(self, record: StockLevel, live: Json) -> bool:
        """Whether the entry took this movement already.

        Raises:
            Refused: it took another quantity under this name.
        """
        note = note_of(record)
        name = _name(note)
        for held in reversed(noted_on(live, self.field).split()):
            if held == note:
                return True
            if _name(held) == name:
                raise Refused(
                    f"movement {record.movement} of {record.sku} was counted as {held.partition(':')[2]}, "
                    f"now it says {record.quantity}",
                    code="movement_changed",
                    advice="Have the difference sent as a movement of its own: what counted stays counted",
                )
        return False

    def with_type(self, record: StockLevel) -> StockLevel:
        """The movement with the type that an entry gets which has none."""
        return replace(record, custom_type=self._type) if record.custom_type is UNSET else record

    def with_note(self, record: StockLevel, live: Json | None) -> StockLevel:
        """The movement with the field that notes it; an entry without custom fields gets the type too."""
        notes = "" if live is None else noted_on(live, self.field)
        said = {} if isinstance(record.custom, UnsetType) else record.custom
        untyped = live is None or "custom" not in live
        return replace(
            record,
            custom_type=self._type if untyped and record.custom_type is UNSET else record.custom_type,
            custom={**said, self.field: appended(notes, note_of(record))},
        )

    def last(self, target_id: str) -> Noted | None:
        """What the entry answered last, if it is remembered."""
        return self._last.get(target_id)

    def remember(self, resource: Json) -> None:
        """Keep what an answer says of the entry; the oldest are forgotten."""
        self._last[resource["id"]] = Noted(resource["version"], noted_on(resource, self.field))
        self._last.move_to_end(resource["id"])
        if len(self._last) > _ENTRIES:
            self._last.popitem(last=False)


def is_movement(change: Change) -> bool:
    """Whether a change adds or takes away pieces."""
    return any(action["action"] in _MOVES for action in change.actions)


def note_of(record: StockLevel) -> str:
    """The note of a movement: a digest of its name, and its quantity.

    Raises:
        Refused: it has no name, so it could not be told from another one.
    """
    if isinstance(record.movement, UnsetType) or not record.movement:
        raise Refused(
            f"the movement of {record.quantity} pieces of {record.sku} has no name of its own",
            code="movement_unnamed",
            advice="Map `movement` to the number of its document and line, and name the same places in `key`",
        )
    return f"{blake2b(record.movement.encode(), digest_size=6).hexdigest()}:{record.quantity}"


def _name(note: str) -> str:
    return note.partition(":")[0]


def noted_on(live: Json, field: str) -> str:
    """The notes that a live entry holds."""
    notes: str = live.get("custom", {}).get("fields", {}).get(field, "")
    return notes


def appended(notes: str, note: str) -> str:
    """The notes with a further one; the oldest make room."""
    return " ".join([*notes.split(), note][-REMEMBERED:])


def rebased(change: Change, last: Noted, field: str) -> Change | None:
    """The same movement on what another one made of the entry meanwhile; None when it was taken already.

    Movements may be added in any order, so no reading is needed in between.
    """
    actions = list(_one_by_one(change.actions))
    (note,) = (action["value"].split()[-1] for action in actions if action.get("name") == field)
    if note in last.notes.split():
        return None
    for place, action in enumerate(actions):
        if action.get("name") == field:
            actions[place] = {**action, "value": appended(last.notes, note)}
    return replace(change, version=last.version, actions=tuple(actions))


def _one_by_one(actions: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    """The actions; one that sets a type and all its fields as one a field, for an entry that has the type."""
    for action in actions:
        if action["action"] == "setCustomType" and "fields" in action:
            for name, value in action["fields"].items():
                yield {"action": "setCustomField", "name": name, "value": value}
        else:
            yield dict(action)

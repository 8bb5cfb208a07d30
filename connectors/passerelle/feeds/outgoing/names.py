"""Names of what leaves: of files by the feed's pattern, of requests by the key that is taken once."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ...errors import ConfigError
from ...ledger import OutboxFile
from ...mapping import OutgoingMapping
from ...records import Order, OrderRequest
from ..wiring import name_pattern

__all__ = ["FileNames", "attempt_name", "key_of", "record_key"]

_ZONE = ZoneInfo("Europe/Paris")


class FileNames:
    """Names the files of an outgoing feed by its pattern; days and hours are those of Paris.

    Raises ConfigError for a pattern without a number (two files would have one name), or with a part that
    nobody can fill.
    """

    def __init__(self, mapping: OutgoingMapping) -> None:
        self._pattern = name_pattern(mapping.spec.files)
        parts = set(self._pattern.parts)
        unknown = sorted(parts - {"sequence", "date", "time"})
        if "sequence" not in parts or unknown:
            raise ConfigError(
                f"feed {mapping.feed}: the name {self._pattern.text!r} "
                + (f"has {', '.join(unknown)}, which nobody fills" if unknown else "has no {sequence}"),
                advice="Write names with {sequence:5}, {date:AAAAMMJJ} and {time:hhmmss}",
            )

    def name(self, sequence: int, now: datetime) -> str:
        """The name of one file."""
        local = now.astimezone(_ZONE)
        known: dict[str, int | date | time] = {
            "sequence": sequence,
            "date": local.date(),
            "time": local.time(),
        }
        return self._pattern.format(**{part: known[part] for part in self._pattern.parts})


def record_key(record: Order | OrderRequest) -> str:
    """The key of a record, made of business facts: an order and its revision, or a request of an order."""
    if isinstance(record, Order):
        return f"{record.order_number}-{record.revision}"
    return f"{record.order_number}/{record.key}"


def attempt_name(key: str, sequence: int | None) -> str:
    """The name under which a record is stored; a second attempt has its number behind the same key."""
    return key if sequence is None else f"{key}#{sequence}"


def key_of(file: OutboxFile) -> str:
    """The key of a stored record, the same at every attempt."""
    return file.name.removesuffix(f"#{file.sequence}")

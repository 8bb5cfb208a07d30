"""Written: what a mapping that goes out makes of canonical records in a JSON file."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import msgspec

from ..errors import ConfigError
from ..mapping import OutgoingMapping
from ..mapping.outgoing import OUTGOING

__all__ = ["WRITTEN_AT", "written_lines"]

#: The same sample gives the same file on any day.
WRITTEN_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
_SEQUENCE = 1


def written_lines(mapping: OutgoingMapping, path: Path) -> list[str]:
    """Write the records of a file (a JSON list of them) and give the lines; number 1, at `WRITTEN_AT`.

    Raises:
        ConfigError: the file holds no records of the mapping's entity.
        DataError: one of them lacks something or does not fit.
    """
    record = OUTGOING[mapping.entity]
    try:
        records = msgspec.json.decode(path.read_bytes(), type=list[record])  # type: ignore[valid-type]  # chosen by the mapping
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path} holds no list of {mapping.entity} records: {error}") from error
    stream = BytesIO()
    mapping.write(records, stream, sequence=_SEQUENCE, written_at=WRITTEN_AT)
    return stream.getvalue().decode(mapping.spec.format.charset).splitlines()

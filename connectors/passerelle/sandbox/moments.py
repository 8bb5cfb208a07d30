"""Points in time as the API writes them: UTC, milliseconds, a `Z`."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["moment_text", "now_text"]


def moment_text(moment: datetime) -> str:
    """Write a zoned moment; texts compare as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def now_text() -> str:
    """Write the present moment."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

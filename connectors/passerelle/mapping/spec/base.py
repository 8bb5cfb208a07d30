"""What every part of a spec is made of: frozen models without unknown names, shares, durations, lists."""

from __future__ import annotations

import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Duration", "Names", "Share", "Spec", "Zone", "several"]

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_DURATION = re.compile(r"(\d+) ?(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_ALL = 100


class Spec(BaseModel):
    """A part of a mapping file; a name it does not know is a flaw."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


def _share(value: Any) -> float:
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if found is None or float(found[1]) > _ALL:
        raise ValueError("write a share such as 20%")
    return float(found[1]) / _ALL


def _seconds(value: Any) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a duration such as 30s, 5min or 2h")
    return float(int(found[1]) * _SECONDS[found[2]])


def several(value: Any) -> Any:
    """Take one value as a list of one."""
    return tuple(value) if isinstance(value, list) else (value,)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("write a zone such as Europe/Paris") from error
    return value


_ShareText = Annotated[str, Field(pattern=f"^{_SHARE.pattern}$")]
_DurationText = Annotated[str, Field(pattern=f"^{_DURATION.pattern}$")]
#: A fraction of one, written `20%`.
Share = Annotated[float, BeforeValidator(_share, json_schema_input_type=_ShareText)]
#: Seconds, written `30s`, `5min`, `2h` or `1d`.
Duration = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=_DurationText)]
Names = Annotated[tuple[str, ...], BeforeValidator(several)]
#: A zone as the IANA names it, `Europe/Paris`.
Zone = Annotated[str, AfterValidator(_zone)]

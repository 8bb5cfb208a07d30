"""Visits: how often and when a partner's server may be asked."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict

from .base import Duration, Spec, Zone, several

__all__ = ["VisitsSpec", "Window"]

_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_WINDOW = re.compile(rf"(?:(?:{_DAYS}) )?(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")


def _window(text: str) -> str:
    if _WINDOW.fullmatch(text) is None or text[-11:-6] == text[-5:]:
        raise ValueError("write hours such as 22:00-05:30, or sunday 02:00-06:00")
    return text


#: Hours of the day, on one day of the week or on all: `22:00-05:30`, `sunday 02:00-06:00`.
Window = Annotated[str, AfterValidator(_window)]
_Windows = Annotated[tuple[Window, ...], BeforeValidator(several)]


class VisitsSpec(Spec):
    """When the partner may be visited; a run at another time leaves the server alone and says when next."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    every: Duration | None = None
    """At most one visit in this time, whatever the schedule of the runs."""
    calm: _Windows = ()
    """Hours in which the partner wants no visits: `22:00-05:30`."""
    maintenance: _Windows = ()
    """Hours in which the server is being worked on: `sunday 02:00-06:00`."""
    zone: Zone = "Europe/Paris"
    """The time zone of these hours."""
    spread: Duration = 0.0
    """After closed hours each feed waits for a part of this time of its own: not all come at once."""

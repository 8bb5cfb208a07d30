"""A file that waits for something that is expected: no fault, and nothing for a person to decide."""

from __future__ import annotations

from ...errors import PasserelleError

__all__ = ["Held"]


class Held(PasserelleError):
    """This file stays where it is for now, and those behind it wait with it; the run is a success."""

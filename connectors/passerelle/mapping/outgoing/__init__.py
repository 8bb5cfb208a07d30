"""The way back: canonical records to the files that partners expect, compiled from the same kind of YAML."""

from .compiling import OutgoingCompiler
from .mapping import OutgoingMapping, Written
from .places import places_of
from .records import OUTGOING, Sheet, Totals, register_outgoing

__all__ = [
    "OUTGOING",
    "OutgoingCompiler",
    "OutgoingMapping",
    "Sheet",
    "Totals",
    "Written",
    "places_of",
    "register_outgoing",
]

"""The way back: canonical records to the files that partners expect, compiled from the same kind of YAML."""

from .compiling import OutgoingCompiler
from .mapping import OutgoingMapping, Written
from .records import OUTGOING, Sheet, Totals, register_outgoing

__all__ = [
    "OUTGOING",
    "OutgoingCompiler",
    "OutgoingMapping",
    "Sheet",
    "Totals",
    "Written",
    "register_outgoing",
]

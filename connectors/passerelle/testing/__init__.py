"""Is my connector a good one? A strict target in memory, and a dial for failure that wraps any sink."""

from .flaky import Crash, Flaky, Trouble
from .shelf import Kept, Shelf

__all__ = ["Crash", "Flaky", "Kept", "Shelf", "Trouble"]

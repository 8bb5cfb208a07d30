"""The garbage collector, calmed for the length of a run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["calm_collector"]

#: A batch of rows is many thousands of objects that die together; the default (700) looks at them all
#: again and again (facts: performance 2.4 and 8.3.5).
_CALM = (50_000, 20, 100)


@contextmanager
def calm_collector() -> Iterator[None]:
    """Collect seldom inside the block; what was set before comes back afterwards."""
    before = gc.get_threshold()
    gc.set_threshold(*_CALM)
    try:
        yield
    finally:
        gc.set_threshold(*before)

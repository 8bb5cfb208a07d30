"""Progress of runs in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from ..sync import Progress as Step
from ..sync import Watch
from .words import Language, say

__all__ = ["watched"]


@contextmanager
def watched(console: Console, lang: Language) -> Iterator[Watch]:
    """Show what a run is doing while it runs: one line a file, phase by phase."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    lines: dict[str, TaskID] = {}
    # A log file wants no moving bars: there, each run is told by its report.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:

        def watch(step: Step) -> None:
            label = f"{step.feed} · {say(step.phase, lang)} · {step.file}"
            line = f"{step.feed} {step.file}"
            if line not in lines:
                lines[line] = bars.add_task(label, total=step.total)
            bars.update(lines[line], description=label, completed=step.done, total=step.total)

        yield watch

"""`make fuzz`: many mutated files for every reader (or the one that is named), and a table of what came."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from .cases import CASES, Case
from .firing import Tally, fire
from .packing import PACKED, PackedCase

#: Megabytes that no reader may need, whatever the file.
MEMORY = 300
KEPT = Path("build/fuzz")
ALL: tuple[Case | PackedCase, ...] = (*CASES, *PACKED)


def main() -> int:
    """Fire at every case in a process of its own; 1 when a file broke a rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", choices=[case.name for case in ALL])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.json:
        (case,) = (case for case in ALL if case.name == asked.case)
        sys.stdout.buffer.write(msgspec.json.encode(fire(case, asked.files, first=asked.first, keep=KEPT)))
        return 0
    console = Console(width=120)
    tallies = [
        _apart(case.name, asked.files, asked.first, console)
        for case in ALL
        if asked.case in (None, case.name)
    ]
    table = Table(
        "reader", "files", "refused", "records", "mapped", "quarantined", "slowest s", "peak MB", "broken"
    )
    for tally in tallies:
        table.add_row(
            tally.case,
            *(
                f"{count:,}"
                for count in (tally.files, tally.refused, tally.rows, tally.mapped, tally.quarantined)
            ),
            f"{tally.slowest:.2f}",
            f"{tally.peak_mb:.0f}",
            f"[red]{len(tally.broken)}[/]" if tally.broken else "0",
        )
    console.print(table)
    for tally in tallies:
        for line in tally.broken[:20]:
            console.print(line, markup=False, highlight=False)
    sound = not any(tally.broken or tally.peak_mb > MEMORY for tally in tallies)
    console.print("Every rule holds." if sound else f"Rules are broken; the files are in {KEPT}.")
    return 0 if sound else 1


def _apart(name: str, files: int, first: int, console: Console) -> Tally:
    with console.status(f"{name}: {files:,} files"):
        command = [sys.executable, "-m", "tests.fuzz", name, "--json", f"--files={files}", f"--first={first}"]
        done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode != 0:
        return Tally(
            name, broken=[f"{name}: the process died with {done.returncode}: {done.stderr[-500:]!r}"]
        )
    return msgspec.json.decode(done.stdout, type=Tally)


if __name__ == "__main__":
    sys.exit(main())

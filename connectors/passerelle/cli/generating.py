"""`passerelle generate`: the files of the invented fashion house, and the troubles they may have."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..errors import ConfigError
from ..retailer import TROUBLES, Step, generate

__all__ = ["generate_files"]


def generate_files(
    target: Path, *, seed: int, styles: int, stores: int, step: Step, troubles: list[str], as_json: bool
) -> None:
    """Write the files and list them; `list` as a trouble lists the troubles instead."""
    console = Console(stderr=as_json)
    if "list" in troubles:
        table = Table("trouble", "what the file looks like", "what a receiver must do")
        for trouble, card in TROUBLES.items():
            table.add_row(str(trouble), card.looks, card.receiver)
        console.print(table)
        return
    try:
        manifest = generate(target, seed=seed, styles=styles, stores=stores, step=step, troubles=troubles)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if as_json:
        files = [
            {"name": entry.name, "records": entry.records, "size": entry.size, "sha256": entry.sha256}
            for entry in manifest.files
        ]
        sys.stdout.write(msgspec.json.encode(files).decode() + "\n")
        return
    table = Table("file", "records", "bytes", "troubles")
    for entry in manifest.files:
        table.add_row(entry.name, f"{entry.records:,}", f"{entry.size:,}", ", ".join(entry.troubles))
    console.print(table)
    console.print(f"{len(manifest.files)} files below {escape(str(target))}")

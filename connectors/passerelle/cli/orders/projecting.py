"""`passerelle orders project`: the shop is told what the ledger knows, and a person how that went."""

from __future__ import annotations

import sys

from rich.console import Console

from ...feeds import Workspace, project_orders
from ...sync import EXIT_CODES
from ..tables import report_view
from ..watching import watched
from ..words import Language

__all__ = ["show_projected"]


async def show_projected(*, dry_run: bool, as_json: bool, lang: Language) -> int:
    """Show the orders, print the report, and return its exit code."""
    console = Console(stderr=as_json)
    with watched(console, lang) as watch:
        report = await project_orders(Workspace.load(), dry_run=dry_run, progress=watch)
    if as_json:
        sys.stdout.write(report.to_json().decode() + "\n")
    else:
        console.print(report_view(report, lang))
    return EXIT_CODES[report.outcome]

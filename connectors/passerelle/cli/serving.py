"""`passerelle up`: Prefect on this machine, with the invented shop and ERP when asked for."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path

from ..feeds import Rehearsal, Settings
from ..retailer import generate
from .up import UpOptions, run

__all__ = ["serve"]


def serve(*, port: int, web_port: int | None = None, schedules: bool | None, demo_home: Path | None) -> int:
    """Serve until Ctrl-C; return the exit code."""
    with ExitStack() as stack:
        if demo_home is not None:
            rehearsal = stack.enter_context(Rehearsal(demo_home, mappings=Path("mappings")))
            asyncio.run(rehearsal.set_up_project())
            if not (demo_home / "ledger.db").exists():
                generate(rehearsal.erp_root, step="full")
            os.environ.update(rehearsal.environment)
        home = Settings.load().home
        return run(
            UpOptions(home=home, project=Path.cwd(), port=port, web_port=web_port, schedules=schedules)
        )

"""`passerelle sandbox`: an invented shop and ERP that stay up, and how to reach them."""

from __future__ import annotations

import asyncio
import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from ..feeds import Rehearsal
from ..retailer import generate
from .environment import write_environment

__all__ = ["keep_sandbox"]


def keep_sandbox(home: Path, *, seed: int, styles: int, stores: int) -> None:
    """Start both, write the ERP's full files into a new home, print the addresses, wait for Ctrl-C."""
    console = Console()
    fresh = not (home / "erp").exists()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Rehearsal(home, mappings=Path("mappings")) as rehearsal:
        asyncio.run(rehearsal.set_up_project())
        if fresh:
            generate(rehearsal.erp_root, seed=seed, styles=styles, stores=stores, step="full")
        env = home / "demo.env"
        write_environment(env, rehearsal.environment)
        console.print(f"Shop  {rehearsal.sandbox.url}/{rehearsal.sandbox.project}")
        console.print(f"Import API {rehearsal.sandbox.import_url}/{rehearsal.sandbox.project}")
        console.print(f"ERP   sftp://{rehearsal.sftp.user}@{rehearsal.sftp.host}:{rehearsal.sftp.port}")
        console.print(f"Use   passerelle --env {escape(str(env))} run all", style="bold")
        console.print("Ctrl-C stops both.")
        stop.wait()

"""`passerelle worker`: helps with plans that are carried out in parts, and takes up runs that died."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from .showing import Json, Lang, chosen_language, errors_shown

if TYPE_CHECKING:
    import threading

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()


@app.command()
def worker(
    feed: Annotated[
        list[str] | None, typer.Option("--feed", help="Help only with this feed; may be repeated.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when there is nothing to do.")] = False,
    take_up: Annotated[
        bool,
        typer.Option("--take-up/--no-take-up", help="Carry a divided feed anew whose run died."),
    ] = True,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Help with large feeds that run in parts (`passerelle run FEED --parts 16`), on any machine.

    It needs the ledger (PostgreSQL, or SQLite on the same machine), the shop and the same mappings. SIGTERM
    puts down what is under way. Exit codes: 0 ended as asked, 1 it could not work.
    """
    import asyncio
    import threading

    import msgspec
    from rich.console import Console

    from ..feeds import Workspace
    from ..feeds.parts_worker import Told, work
    from .words import say

    with errors_shown():
        workspace, chosen = Workspace.load(), chosen_language(lang)
        for name in feed or ():
            workspace.incoming(name)
        console, stop = Console(stderr=True), threading.Event()

        def tell(told: Told) -> None:
            console.print(say(f"worker_{told.what}", chosen, **told._asdict()), markup=False, highlight=False)

        if not once:
            console.print(say("worker_ready", chosen), highlight=False)
        with _stopped_by_signals(stop):
            worked = asyncio.run(
                work(
                    workspace,
                    feeds=tuple(feed or ()),
                    once=once,
                    take_up=take_up,
                    stopping=stop.is_set,
                    told=tell,
                )
            )
        if as_json:
            sys.stdout.write(msgspec.json.encode(worked).decode() + "\n")
        else:
            counts = {"parts": worked.parts, "runs": len(worked.runs), "alone": len(worked.left_alone)}
            console.print(say("worker_done", chosen, **counts), highlight=False)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let the signals that end a process ask for the end; a second one ends it at once."""
    import signal

    def ask(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

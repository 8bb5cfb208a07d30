"""The board as people see it in a terminal."""

from __future__ import annotations

import datetime as dt
import sys

import msgspec
from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..feeds import Workspace
from ..operations.board import Board, board, board_as_json
from ..operations.freshness import FeedFreshness, FeedState
from ..operations.freshness_words import STATE_WORDS, number_in, span_in
from .words import Language

__all__ = ["board_view", "show_board"]

_COLOURS: dict[FeedState, str] = {
    "late": "bold red",
    "stuck": "bold magenta",
    "due": "yellow",
    "fresh": "green",
    "new": "dim",
    "unwatched": "dim",
}
_WORDS: dict[str, tuple[str, str]] = {
    "feed": ("feed", "flux"),
    "state": ("state", "état"),
    "arrived": ("last arrival", "dernière arrivée"),
    "refused": ("refused", "refusés"),
    "waiting": ("waiting", "en attente"),
    "ago": ("{span} ago", "il y a {span}"),
    "never": ("never", "jamais"),
    "all_well": ("Nothing is late.", "Rien n'est en retard."),
    "late": ("Late: {count}.", "En retard : {count}."),
    "plans": (
        "Plans that wait for a decision: {numbers} (passerelle plans).",
        "Plans qui attendent une décision : {numbers} (passerelle plans).",
    ),
    "peak": ("Peak mode until {until}: {reason}", "Mode de pointe jusqu'au {until} : {reason}"),
}


def show_board(*, lang: Language, as_json: bool) -> int:
    """Print the board, or one JSON document; the exit code says whether something is late."""
    workspace = Workspace.load()
    with workspace.ledger() as ledger:
        read = board(ledger, workspace.mappings, dt.datetime.now(dt.UTC))
    if as_json:
        sys.stdout.write(msgspec.json.encode(board_as_json(read, lang)).decode() + "\n")
    else:
        Console().print(board_view(read, lang), highlight=False)
    return 1 if read.late else 0


def board_view(read: Board, lang: Language) -> RenderableType:
    """Everything of the board that fits on a screen: what is late in full, the others a line each."""
    parts: list[RenderableType] = [_late(one, lang) for one in read.late]
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, word in enumerate(("feed", "state", "arrived", "refused", "waiting")):
        table.add_column(_say(word, lang), justify="right" if place > _TEXTS else "left")
    for one in read.feeds:
        ago = _say("never", lang)
        if one.arrived_at is not None:
            ago = _say("ago", lang, span=span_in(read.as_of - one.arrived_at, lang))
        counts = [
            number_in(count, lang) if count else "·"
            for count in (read.refused.get(one.feed, 0), read.waiting.get(one.feed, 0))
        ]
        table.add_row(Text(one.feed), _state(one, lang), ago, *counts)
    parts.append(table)
    if read.peak is not None:
        until = f"{read.peak.until.astimezone():%Y-%m-%d %H:%M}"
        parts.append(Text(_say("peak", lang, until=until, reason=read.peak.reason), style="yellow"))
    if read.plans:
        numbers = ", ".join(str(plan.id) for plan in read.plans)
        parts.append(Text(_say("plans", lang, numbers=numbers), style="yellow"))
    late = len(read.late)
    closing = _say("late", lang, count=late) if late else _say("all_well", lang)
    parts.append(Text(closing, style="bold red" if late else "green"))
    return Group(*parts)


_TEXTS = 2


def _late(one: FeedFreshness, lang: Language) -> RenderableType:
    body = Text()
    body.append(one.effect(lang), style="bold")
    body.append(f"\n{one.why(lang)}")
    title = Text.assemble(_state(one, lang), f" {one.name_in(lang)} ({one.feed})")
    return Panel(body, title=title, title_align="left", border_style=_COLOURS[one.state], expand=False)


def _state(one: FeedFreshness, lang: Language) -> Text:
    return Text(STATE_WORDS[one.state][1 if lang == "fr" else 0], style=_COLOURS[one.state])


def _say(word: str, lang: Language, **values: object) -> str:
    return _WORDS[word][1 if lang == "fr" else 0].format(**values)

"""`passerelle probe`: what a partner's server lets us do in the folders of a feed."""

from __future__ import annotations

import sys

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..feeds import Workspace
from ..feeds.wiring import feed_folders
from ..files import Finding, probe
from .words import Language, say

__all__ = ["probe_feed"]


def probe_feed(feed: str, *, make_folder: bool, lang: Language, as_json: bool) -> None:
    """Try every folder of a feed and print the findings; exit code 1 when a folder cannot even be listed."""
    workspace = Workspace.load()
    mapping = workspace.mappings.get(feed) or workspace.incoming(feed)
    files = mapping.spec.files
    found: dict[str, list[Finding]] = {}
    with workspace.folder(files.partner) as root:
        for place in feed_folders(files):
            folder = root.child(place.path)
            found[folder.label] = probe(folder, folders=make_folder)
    if as_json:
        body = {label: [finding._asdict() for finding in findings] for label, findings in found.items()}
        sys.stdout.write(msgspec.json.encode(body).decode() + "\n")
    else:
        console = Console()
        for label, findings in found.items():
            console.print(_table(label, findings, lang))
    if any(findings[0].works is False for findings in found.values()):
        raise typer.Exit(1)


def _table(label: str, findings: list[Finding], lang: Language) -> Table:
    table = Table(title=Text(label), title_justify="left", header_style="bold")
    for column in ("may_we", "answer", "note"):
        table.add_column(say(column, lang), no_wrap=column != "note")
    for finding in findings:
        word, colour = {True: ("yes", "green"), False: ("no", "red"), None: ("untried", "dim")}[finding.works]
        table.add_row(
            say(finding.capability, lang), Text(say(word, lang), style=colour), Text(finding.detail)
        )
    return table

"""`passerelle doctor`: what the shop's project lacks for the feeds, before a run finds out."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..commercetools import Finding, examine
from ..feeds import Workspace
from ..feeds.wants import wants_of
from .running import feeds_named
from .words import Language, say

__all__ = ["examine_project"]

_COLOURS = {"good": "green", "missing": "red", "unknown": "yellow"}
#: Names shown of a long list; the JSON holds all.
_SHOWN = 12


async def examine_project(name: str, *, lang: Language, as_json: bool) -> int:
    """Check a feed, a group or all of them, print what was found; 1 when something is missing, else 0."""
    workspace = Workspace.load()
    wants = [
        wants_of(mapping)
        for feed in feeds_named(workspace, name)
        if (mapping := workspace.mapping(feed)) is not None
    ]
    async with workspace.client() as client:
        findings = await examine(client, wants)
        project, calls = client.config.project_key, client.usage.calls
    if as_json:
        body = {"project": project, "calls": calls, "findings": [one._asdict() for one in findings]}
        sys.stdout.write(msgspec.json.encode(body).decode() + "\n")
    else:
        Console().print(_table(project, findings, lang))
    return int(any(finding.state == "missing" for finding in findings))


def _table(project: str, findings: list[Finding], lang: Language) -> Table:
    table = Table(title=say("doctor_title", lang, project=project), title_justify="left", header_style="bold")
    for column in ("check", "answer", "found", "wanted_by", "advice"):
        table.add_column(say(column, lang), overflow="fold", no_wrap=column in {"check", "answer"})
    for finding in findings:
        table.add_row(
            say(finding.check, lang),
            Text(say(finding.state, lang), style=_COLOURS[finding.state]),
            Text(_listed(finding.subject)),
            Text(_listed(finding.feeds)),
            Text(_advice(finding, lang)),
        )
    return table


def _listed(names: tuple[str, ...]) -> str:
    more = f" … +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _advice(finding: Finding, lang: Language) -> str:
    if finding.state == "good":
        return ""
    if finding.state == "missing":
        return say(f"advice_{finding.check}", lang)
    return say(
        f"unknown_{finding.check}"
        if finding.check in {"identity", "scopes", "importing"}
        else "unknown_other",
        lang,
    )

"""`passerelle doctor`: what this machine and the shop lack for the feeds, before a run finds out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..commercetools import Finding, examine
from ..errors import ConfigError, Retriable
from ..feeds import Workspace
from ..feeds.wants import wants_of
from ..mapping import Mapping
from ..operations.checkup import Checkup, State, check_installation, check_inventory_modes
from .doctor_words import DOCTOR_WORDS
from .running import feeds_named
from .words import Language, say

__all__ = ["examine_project"]

_COLOURS = {"good": "green", "missing": "red", "unknown": "yellow"}
#: Names shown of a long list; the JSON holds all.
_SHOWN = 12


async def examine_project(name: str, *, lang: Language, as_json: bool) -> int:
    """Check a feed, a group or all of them, print what was found; 1 when something is missing, else 0."""
    workspace = Workspace.load()
    feeds = feeds_named(workspace, name)
    found: list[Finding | Checkup] = [*await check_installation(workspace, feeds)]
    asked: tuple[str, int] = ("—", 0)
    try:
        shop, asked = await _examine_shop(workspace, feeds)
        found += shop
    except ConfigError as error:
        # Without a shop one can still look at mappings; with wrong settings of one nothing works.
        state: State = "unknown" if workspace.settings.commercetools is None else "missing"
        found.append(Checkup("shop", state, (error.message,)))
    except Retriable as error:
        found.append(Checkup("shop", "missing", (error.message,)))
    project, calls = asked
    if as_json:
        body = {"project": project, "calls": calls, "findings": [one._asdict() for one in found]}
        sys.stdout.write(msgspec.json.encode(body).decode() + "\n")
    else:
        Console().print(_table(project, found, lang))
    return int(any(finding.state == "missing" for finding in found))


async def _examine_shop(
    workspace: Workspace, feeds: list[str]
) -> tuple[list[Finding | Checkup], tuple[str, int]]:
    """Look at the shop's project; gives the findings, and its key with the calls that it took."""
    mappings = [mapping for feed in feeds if (mapping := workspace.mapping(feed)) is not None]
    async with workspace.client() as client:
        found: list[Finding | Checkup] = [*await examine(client, [wants_of(one) for one in mappings])]
        if found[0].state == "good":
            incoming = [one for one in mappings if isinstance(one, Mapping)]
            found.append(await check_inventory_modes(client, incoming))
        return found, (client.config.project_key, client.usage.calls)


def _table(project: str, findings: Sequence[Finding | Checkup], lang: Language) -> Table:
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


def _advice(finding: Finding | Checkup, lang: Language) -> str:
    if finding.state == "good":
        return ""
    if finding.state == "missing":
        return say(f"advice_{finding.check}", lang)
    return say(
        f"unknown_{finding.check}" if f"unknown_{finding.check}" in DOCTOR_WORDS else "unknown_other",
        lang,
    )

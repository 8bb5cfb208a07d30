"""`passerelle run` and `plan`: feeds one after the other, with progress, a report each, one exit code."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console

from ..errors import ConfigError
from ..feeds import RunOptions, Workspace, run_feed
from ..feeds.parts_fit import undivided_because
from ..sync import EXIT_CODES, Outcome, RunReport, worst
from .tables import report_view, runs_table
from .watching import watched
from .words import Language

__all__ = ["feeds_named", "run_feeds"]

#: Groups in the order in which their data depends on each other.
GROUPS = ("category", "product", "price", "stock", "order")


def feeds_named(workspace: Workspace, name: str) -> list[str]:
    """Turn the name of a feed, of a group or `all` into feeds, in the order in which to run them."""
    groups = workspace.feeds()
    wanted = name.removesuffix("s") if name.removesuffix("s") in groups else name
    if name == "all":
        return [feed for group in GROUPS for feed in groups[group]]
    if wanted in groups and name not in workspace.mappings:
        return list(groups[wanted])
    if name in workspace.mappings:
        return [name]
    known = ", ".join(feed for group in GROUPS for feed in groups[group])
    raise ConfigError(
        f"There is no feed {name!r}", advice=f"Feeds: {known}. Groups: {', '.join(GROUPS)}, all"
    )


def _as_it_fits(workspace: Workspace, feed: str, options: RunOptions, *, among: int) -> RunOptions:
    """Ask for parts where they fit, when several feeds are meant; of one feed they are asked as they are."""
    if among > 1 and undivided_because(workspace.mappings[feed]):
        return options.model_copy(update={"parts": None})
    return options


async def run_feeds(name: str, options: RunOptions, *, lang: Language, as_json: bool) -> int:
    """Run them, print what happened, and return the exit code of the worst outcome."""
    workspace = Workspace.load()
    feeds = feeds_named(workspace, name)
    for_all = {feed: _as_it_fits(workspace, feed, options, among=len(feeds)) for feed in feeds}
    console = Console(stderr=as_json)
    reports: list[RunReport] = []
    for feed in feeds:
        with watched(console, lang) as watch:
            reports.append(await run_feed(workspace, feed, for_all[feed], progress=watch))
        if not as_json:
            console.print(report_view(reports[-1], lang))
    if as_json:
        bodies = [msgspec.Raw(report.to_json()) for report in reports]
        sys.stdout.write(msgspec.json.encode(bodies[0] if len(feeds) == 1 else bodies).decode() + "\n")
    elif len(reports) > 1:
        console.print(runs_table(reports, lang))
    outcome: Outcome = "succeeded"
    for report in reports:
        outcome = worst(outcome, report.outcome)
    return EXIT_CODES[outcome]

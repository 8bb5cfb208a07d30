"""`passerelle demo`: a retailer's whole loop on this machine, on real protocols, told as it happens."""

from __future__ import annotations

import asyncio
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..errors import ConfigError
from ..feeds import Rehearsal, RunOptions, Workspace, run_feed
from ..feeds.reconciling.comparing import reconciled
from ..retailer import Step, generate
from ..retailer.answering import OtherSide, Temper
from ..sync import EXIT_CODES, Outcome, RunReport, worst
from .environment import write_environment
from .running import feeds_named
from .tables import report_view, runs_table
from .watching import watched
from .words import Language

__all__ = ["play_demo"]

ORDERS = 25
#: Late now and then, said twice, back to front, but nothing untrue.
_TEMPER = Temper(delays=0.2, duplicates=0.1, reordered=0.2, refusals=0.05, shortened=0.1)
_HEARD = {
    "order-receipts": "files received",
    "order-acks": "answered",
    "order-messages": "worked on",
    "shipments": "shipped",
    "store-messages": "in stores",
    "carrier-events": "on their way",
}
#: The custom field in which checkout says that a customer wants to cancel (mappings/erp/orders-out.yaml).
_CUSTOMERS_WISHES: dict[str, Any] = {
    "key": "customers-wishes",
    "name": {"fr-FR": "Souhaits du client"},
    "resourceTypeIds": ["order"],
    "fieldDefinitions": [
        {
            "name": "cancelRequest",
            "label": {"fr-FR": "Annulation demandée"},
            "required": False,
            "type": {"name": "String"},
        }
    ],
}
_ZONE = ZoneInfo("Europe/Paris")
_DELTAS: tuple[Step, ...] = ("delta1", "delta2")
#: A folder without this file was not made by the demo, and is not emptied by it.
MARK = "passerelle-demo"


class _Demo:
    """The demo's parts, and the worst outcome so far."""

    def __init__(self, console: Console, rehearsal: Rehearsal, lang: Language) -> None:
        self.console = console
        self.rehearsal = rehearsal
        self.workspace: Workspace = rehearsal.workspace
        self.lang = lang
        self.outcome: Outcome = "succeeded"
        self.differs = ""
        """What the last comparison of shop, ledger and ERP found, in short."""

    async def carry(self, group: str, *, title: str = "") -> list[RunReport]:
        """Run the feeds of a group and show one line each."""
        reports = []
        for feed in feeds_named(self.workspace, group):
            with watched(self.console, self.lang) as watch:
                report = await run_feed(self.workspace, feed, RunOptions(), progress=watch)
            reports.append(report)
            self.outcome = worst(self.outcome, report.outcome)
        if title:
            self.console.print(runs_table(reports, self.lang, title))
        for report in reports:
            if report.outcome in {"failed", "stopped_by_guard"}:
                self.console.print(report_view(report, self.lang))
        return reports

    def writes(self) -> int:
        """Write calls at the shop since the last reset."""
        return int(self.rehearsal.sandbox.stats()["writes"])


async def play_demo(home: Path, *, seed: int, styles: int, stores: int, lang: Language) -> int:
    """Play it from an empty folder; return the exit code of the worst outcome."""
    console = Console()
    await asyncio.to_thread(_clear, home)
    mappings = Path("mappings")
    with Rehearsal(home, mappings=mappings) as rehearsal:
        demo = _Demo(console, rehearsal, lang)
        console.print(_setting(rehearsal))
        with console.status("Setting up the shop's product type, channels and taxes"):
            done = await rehearsal.set_up_project()
        console.print(
            f"Shop: {len(done)} resources set up (product type, {stores} stores and a warehouse, taxes)"
        )
        await _full_load(demo, seed=seed, styles=styles, stores=stores)
        await _again(demo, seed=seed, styles=styles, stores=stores)
        await _deltas(demo, seed=seed, styles=styles, stores=stores)
        await _orders(demo, seed=seed)
        write_environment(home / "demo.env", rehearsal.environment)
    console.print(_where_next(home, demo.outcome, demo.differs))
    return EXIT_CODES[demo.outcome]


def _clear(home: Path) -> None:
    if home.exists():
        if not (home / MARK).exists() and any(home.iterdir()):
            raise ConfigError(
                f"{home} holds something that is not a demo", advice="Name another folder with --home"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARK).touch()


def _setting(rehearsal: Rehearsal) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("ERP", f"sftp://{rehearsal.sftp.user}@{rehearsal.sftp.host}:{rehearsal.sftp.port}")
    grid.add_row("Shop", f"{rehearsal.sandbox.url}/{rehearsal.sandbox.project}")
    grid.add_row("Ledger", str(rehearsal.home / "ledger.db"))
    return Panel(grid, title="A fashion house, its ERP and its shop, on this machine", expand=False)


async def _generate(demo: _Demo, step: Step, *, seed: int, styles: int, stores: int) -> None:
    with demo.console.status(f"The ERP writes its files ({step})"):
        manifest = generate(demo.rehearsal.erp_root, seed=seed, styles=styles, stores=stores, step=step)
    records = sum(entry.records for entry in manifest.files)
    size = sum(entry.size for entry in manifest.files) / 1e6
    demo.console.print(f"ERP: {len(manifest.files)} files, {records:,} records, {size:.1f} MB ({step})")


async def _full_load(demo: _Demo, *, seed: int, styles: int, stores: int) -> None:
    await _generate(demo, "full", seed=seed, styles=styles, stores=stores)
    reports: list[RunReport] = []
    for group in ("category", "product", "price", "stock"):
        reports += await demo.carry(group)
    demo.console.print(runs_table(reports, demo.lang, "1. The full files"))


async def _again(demo: _Demo, *, seed: int, styles: int, stores: int) -> None:
    await _generate(demo, "full", seed=seed, styles=styles, stores=stores)
    demo.rehearsal.sandbox.reset_stats()
    for group in ("category", "product", "price", "stock"):
        await demo.carry(group)
    demo.console.print(f"2. The same files again: {demo.writes()} write calls at the shop")


async def _deltas(demo: _Demo, *, seed: int, styles: int, stores: int) -> None:
    demo.rehearsal.sandbox.reset_stats()
    for step in _DELTAS:
        await _generate(demo, step, seed=seed, styles=styles, stores=stores)
    reports: list[RunReport] = []
    for group in ("category", "product", "price", "stock"):
        reports += await demo.carry(group)
    demo.console.print(runs_table(reports, demo.lang, "3. Two deltas"))
    changed = sum(report.created + report.updated for report in reports)
    demo.console.print(f"   {demo.writes()} write calls at the shop for {changed} changed records")


async def _orders(demo: _Demo, *, seed: int) -> None:
    _listen(demo)
    numbers = demo.rehearsal.sandbox.shop(ORDERS, seed=seed)
    demo.console.print(f"4. Customers place {len(numbers)} orders: {numbers[0]} … {numbers[-1]}")
    steps: list[tuple[str, str]] = []
    export = (await demo.carry("orders-out"))[0]
    steps.append(("exported", f"{export.created} in {', '.join(file.name for file in export.files)}"))
    side = OtherSide(demo.rehearsal.erp_root, seed=seed, temper=_TEMPER, begin=_wall_clock())
    side.turn()
    steps.append(("taken by the ERP", f"{len(side.held)}, {len(side.alarms)} twice"))
    cancelled = await _cancel_one(demo, side)
    turns = side.until_quiet()
    steps.append(("cancelled by its customer", _answered(side, cancelled)))
    steps.append(("lived through", f"{turns} hours of the ERP, its stores and its carrier, in small"))
    for feed, what in _HEARD.items():
        report = (await demo.carry(feed))[0]
        steps.append((what, f"{report.created} messages, {len(report.rejects)} that contradict others"))
    steps.append(("compared", await _compared(demo, side)))
    table = Table.grid(padding=(0, 2))
    for name, what in steps:
        table.add_row(f"   {name}", what)
    demo.console.print(table)


async def _compared(demo: _Demo, side: OtherSide) -> str:
    """Have the ERP list what it holds, reconcile the day, and say in one line what differs."""
    side.state()
    day = datetime.now(_ZONE).date()
    async with reconciled(demo.workspace, day, zone=_ZONE.key) as done:
        codes = done.sheet.codes()
    told = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in codes.items())
    demo.differs = told
    return told or "shop, ledger and ERP agree on every order of today"


def _listen(demo: _Demo) -> None:
    """Have the shop keep messages, and the feed of orders read them: a customer may change their mind."""
    sandbox = demo.rehearsal.sandbox
    sandbox.control("POST", f"/{sandbox.project}/messages", {"enabled": True})
    mapping = demo.workspace.outgoing("orders-out")
    target = mapping.spec.target
    heard = {**target, "commercetools": {**target.get("commercetools", {}), "messages": True}}
    mapping.spec = mapping.spec.model_copy(update={"target": heard})


async def _cancel_one(demo: _Demo, side: OtherSide) -> str:
    """A customer cancels an order that the ERP has and has not sent; the ERP is asked. Gives its number."""
    number = next(number for number, held in side.held.items() if held.fate.shipped)
    # All orders are answered by now; what has not left is cancelled by this ERP when it is asked.
    side.temper = side.temper._replace(refusals=0.0)
    sandbox = demo.rehearsal.sandbox
    async with demo.workspace.client() as client:
        await client.create("types", _CUSTOMERS_WISHES)
    # A click is no cancellation: the order stays open in the shop until the ERP has answered.
    wish = {"type": {"typeId": "type", "key": _CUSTOMERS_WISHES["key"]}, "fields": {"cancelRequest": "AN-1"}}
    asked = {"path": "orders", "key": number, "actions": [{"action": "setCustomType", **wish}]}
    sandbox.control("POST", f"/{sandbox.project}/edit", asked)
    await demo.carry("orders-out")
    await demo.carry("order-requests")
    return number


def _answered(side: OtherSide, number: str) -> str:
    """Say what the ERP was asked about an order and what it answered."""
    answers = [
        "the ERP cancelled it" if asked.granted else f"the ERP refused ({asked.reason})"
        for asked in side.asked.values()
        if asked.request.number == number
    ]
    return f"{number}: {', '.join(answers) or 'the ERP was not asked'}"


def _wall_clock() -> datetime:
    """Tell the time as the ERP's files write it: the house's own, without a zone."""
    return datetime.now(_ZONE).replace(tzinfo=None, microsecond=0)


def _where_next(home: Path, outcome: Outcome, differs: str) -> Panel:
    env = home / "demo.env"
    # As it was called, so that a line can be copied: `.venv/bin/passerelle`.
    me = sys.argv[0] if Path(sys.argv[0]).name == "passerelle" else "passerelle"
    text = Text()
    text.append(f"{_in_short(outcome, differs)}\n")
    text.append("Where to look next\n", style="bold")
    for command, what in (
        (f"{me} --env {env} status", "every feed: last run, files, quarantine"),
        (f"{me} --env {env} status stock", "one feed in detail"),
        (f"{me} --env {env} order NUMBER", "the whole life of one of these orders"),
        (f"{me} --env {env} reconcile", "today's orders in shop, ledger and ERP, each difference by name"),
        (f"{me} sandbox", "keep shop and ERP running, to try things on"),
        (f"{me} generate /tmp/erp --trouble stock_third_gone", "the ERP's files with trouble in them"),
        (f"{me} up --demo", "the Prefect UI with all flows, on this shop"),
        ("mappings/erp/stock.yaml", "how a feed is described"),
    ):
        text.append(f"  {command}", style="cyan")
        text.append(f"\n      {what}\n")
    return Panel(text, expand=False, style="green" if outcome == "succeeded" else "yellow")


def _in_short(outcome: Outcome, differs: str) -> str:
    """Say in one sentence how it ended: agreement is said of what was compared, and differences are named."""
    if outcome != "succeeded":
        return f"Outcome: {outcome}."
    if differs:
        return f"Every feed succeeded; shop and ERP agree but for these orders: {differs}."
    return "The shop agrees with the ERP."

"""The measured run: a full file from folder to ledger; the shop would agree with every record.

The shop's side is a sink that agrees: what is measured is files → formats → mapping → ledger → sync, with
download, hash, archive, sequence, guard and settling, as in any run. Of what is `known` the sink refuses to
be asked, so that "nothing changed" cannot mean "compared with the shop after all".
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from pydantic import SecretStr

from passerelle.errors import Fatal
from passerelle.feeds.incoming.run import IncomingRun
from passerelle.feeds.options import RunOptions
from passerelle.feeds.settings import Settings
from passerelle.feeds.workspace import Workspace
from passerelle.formats.xml.flat_scanner import FlatScanner
from passerelle.sync import Applied, Change, Job, Live, RunReport

from .children import report_costs


class AgreeingSink:
    """A shop that holds every record already."""

    hierarchical = False
    concurrency = 1

    def __init__(self, entity: str, record_type: type[msgspec.Struct], *, must_know: bool) -> None:
        self.entity = entity
        self.record_type = record_type
        self._must_know = must_know

    def key(self, record: Any) -> str:
        """What names a record in the shop."""
        return f"{record.sku}/{record.supply_channel}" if self.entity == "stock" else str(record.key)

    def parents(self, record: Any) -> Sequence[str]:  # noqa: ARG002 - the Protocol's signature
        """None."""
        return ()

    async def prepare(self) -> None:
        """Nothing."""

    async def read_live(self, records: Sequence[Any]) -> Mapping[str, Live]:
        """Say that all is there."""
        if self._must_know:
            raise Fatal(f"the shop was asked for {len(records)} records although nothing changed")
        return {self.key(record): Live("id", 1, {}) for record in records}

    def plan(self, record: Any, live: Live | None) -> Change | None:  # noqa: ARG002 - as above
        """Agree."""
        return None

    async def apply(self, change: Change) -> Applied:
        """Never reached."""
        raise Fatal(f"a write of {change.key} although nothing changed")


async def run(home: Path, feed: str, mappings: Path, ledger_url: str, *, must_know: bool) -> RunReport:
    """Carry what waits in the folder of a feed below `home/erp`."""
    workspace = Workspace(
        Settings(home=home, folder=home / "erp", mappings=mappings, ledger=SecretStr(ledger_url))
    )
    mapping = workspace.incoming(feed)
    with workspace.ledger() as ledger, workspace.folder() as root:
        started = ledger.runs.start(feed, mode="auto")
        report = RunReport(feed=feed, entity=mapping.entity, run_id=started.id)
        job: Job[Any] = Job(
            feed=feed,
            run_id=started.id,
            system="bench",
            mapping=mapping,
            sink=AgreeingSink(mapping.entity, mapping.record_type, must_know=must_know),
            ledger=ledger,
            batch=100 if mapping.entity == "product" else 1000,
        )
        await IncomingRun(workspace, job, RunOptions(), report).carry(root)
        ledger.runs.finish(started.id, report.outcome, {}, report.message)
    return report


def main() -> None:
    """Measure one run; fail unless it did what its name says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("feed")
    parser.add_argument("expected", choices=["new", "known", "changed"])
    parser.add_argument("--mappings", type=Path, default=Path("mappings"))
    parser.add_argument("--ledger", default="")
    parser.add_argument("--parser", action="store_true", help="leave all to lxml, nothing to the scanner")
    wanted = parser.parse_args()
    if wanted.parser:
        FlatScanner.suits = lambda *_: False  # type: ignore[method-assign]  # the lane is not a setting

    def work() -> dict[str, float]:
        report = asyncio.run(
            run(
                wanted.home, wanted.feed, wanted.mappings, wanted.ledger, must_know=wanted.expected == "known"
            )
        )
        share = report.mapped / max(report.received, 1)
        least, most = {"new": (1, 1), "known": (0, 0), "changed": (0.005, 0.02)}[wanted.expected]
        if report.outcome != "succeeded" or report.unchanged != report.received or not least <= share <= most:
            raise SystemExit(f"{report.outcome}: {report.message} {report.files} {report.mapped} mapped")
        return {"records": report.received, "mapped": report.mapped}

    report_costs(work)


if __name__ == "__main__":
    main()

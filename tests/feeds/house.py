"""A house with stock files: a folder of this machine for the ERP, a real ledger, a shelf for the shop."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from passerelle.feeds import RunOptions, RunReport, Settings, Workspace
from passerelle.feeds.incoming.replay import Replay
from passerelle.feeds.incoming.run import IncomingRun
from passerelle.ledger import Ledger
from passerelle.mapping import Mapping
from passerelle.sync import Job, Sink, Thresholds
from passerelle.testing import Shelf
from tests.sync.desk import MAPPINGS, mapping_of, open_ledger, stock_shelf

Line = dict[str, str]


def stock_xml(
    lines: Iterable[Line], *, sequence: int, mode: str, day: str = "20261101", count: int | None = None
) -> bytes:
    """Write a stock file as the ERP does; `count` is what its trailer claims."""
    body = [
        "  <LIGNE>" + "".join(f"<{name}>{text}</{name}>" for name, text in line.items()) + "</LIGNE>"
        for line in lines
    ]
    parts = [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        "<FICHIER>",
        (
            f"  <ENTETE><MODE>{mode}</MODE><SEQUENCE>{sequence:05d}</SEQUENCE>"
            f"<DATE>{day}</DATE><HEURE>021500</HEURE></ENTETE>"
        ),
        *body,
        f"  <PIED><NB_LIGNES>{len(body) if count is None else count:06d}</NB_LIGNES></PIED>",
        "</FICHIER>",
        "",
    ]
    return "\r\n".join(parts).encode("iso-8859-1")


class House:
    """One feed of one house; `batch` is small, so that a small file has many batches."""

    def __init__(
        self, home: Path, *, mapping: Mapping | None = None, batch: int = 3, **settings: Any
    ) -> None:
        self.home = home
        self.erp = home / "erp"
        self.mapping = mapping or mapping_of("stock")
        self.inbox = self.erp / self.mapping.spec.files.folder
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.workspace = Workspace(
            Settings(home=home / "ours", folder=self.erp, mappings=MAPPINGS.parent, **settings)
        )
        self.workspace.home.mkdir(exist_ok=True)
        self.shelf: Shelf[Any] = stock_shelf()
        self.batch = batch
        self.thresholds = Thresholds()
        #: The time of the runs, also of one at work; none is the machine's.
        self.now: datetime | None = None

    def drop(
        self,
        sequence: int,
        lines: Sequence[Line],
        *,
        mode: str = "D",
        day: str = "20261101",
        count: int | None = None,
        content: bytes | None = None,
    ) -> str:
        """The ERP drops a file with its marker."""
        name = f"STOCK_TOUS_{mode}_{sequence:05d}_{day}.xml"
        return self.put(name, content or stock_xml(lines, sequence=sequence, mode=mode, day=day, count=count))

    def put(self, name: str, content: bytes) -> str:
        """Put a file with its marker, when the feed has any."""
        (self.inbox / name).write_bytes(content)
        if self.mapping.spec.files.ready.marker:
            (self.inbox / name).with_suffix(".ok").touch()
        return name

    def twin(self, home: Path) -> House:
        """The same house once more: its files, its ledger, its shop, as they are now."""
        shutil.copytree(self.home, home)
        twin = House(home, mapping=self.mapping, batch=self.batch)
        twin.shelf = copy.deepcopy(self.shelf)
        return twin

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger."""
        with open_ledger(self.workspace.home / "ledger.db") as ledger:
            yield ledger

    async def run(self, sink: Sink[Any] | None = None, **options: Any) -> RunReport:
        """Run the feed as `run_feed` does, on the shelf."""
        asked = RunOptions(**options)
        partner = self.mapping.spec.files.partner
        with self.ledger() as ledger, self.workspace.folder(partner) as root:
            run = ledger.runs.start(self.mapping.feed, mode=asked.mode)
            report = RunReport(
                feed=self.mapping.feed, entity=self.mapping.entity, run_id=run.id, dry_run=asked.dry_run
            )
            job: Job[Any] = Job(
                feed=self.mapping.feed,
                run_id=run.id,
                system="shelf",
                mapping=self.mapping,
                sink=sink or self.shelf,
                ledger=ledger,
                thresholds=self.thresholds,
                dry_run=asked.dry_run,
                skus=frozenset(asked.skus),
                override_guard=asked.override_guard,
                batch=self.batch,
            )
            if asked.replay:
                await Replay(self.workspace, job, asked, report).carry(root)
            else:
                incoming = IncomingRun(
                    self.workspace, job, asked, report, now=lambda: self.now or datetime.now(UTC)
                )
                await incoming.carry(root)
            ledger.plans.drop(run.id)
            ledger.runs.finish(run.id, report.outcome, {}, report.message)
        return report

    # What is where.

    @property
    def quantities(self) -> dict[str, int]:
        """What the shop holds, by SKU (and depot when it is not the warehouse)."""
        return {
            key.removesuffix("/depot-001"): body["quantity"] for key, body in self.shelf.contents().items()
        }

    def folders(self) -> dict[str, list[str]]:
        """Every file on the ERP's side, by folder below the feed's own."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.inbox.rglob("*")):
            if path.is_file():
                found.setdefault(path.parent.relative_to(self.inbox).as_posix(), []).append(path.name)
        return found

    def memory(self) -> dict[str, Any]:
        """Everything that the ledger holds of the feed, without ids of runs and times."""
        feed = self.mapping.feed
        with self.ledger() as ledger:
            known = {
                key: found[1:]
                for key, found in ledger.fingerprints.lookup(feed, list(self._keys(ledger))).items()
            }
            bound = ledger.bindings.get("shelf", "stock", list(known))
            return {
                "known": known,
                "absent": [list(ledger.presence.long_absent(feed, fulls)) for fulls in (1, 2, 3)],
                "files": sorted((one.name, one.state) for one in ledger.files.last(feed, 100)),
                "sequence": ledger.sequences.last(feed),
                "quarantine": sorted(
                    (entry.record_key or "", entry.code) for entry in ledger.quarantine.entries(feed)
                ),
                "bound": {key: (one.target_id, one.version) for key, one in bound.items()},
            }

    def _keys(self, ledger: Ledger) -> Iterator[str]:
        """Every key the ledger knows: those absent from nothing at all are all of them."""
        nothing_seen = ledger.presence.new_seen(self.mapping.feed)
        yield from ledger.presence.absent(self.mapping.feed, nothing_seen)

    def state(self) -> dict[str, Any]:
        """Shop, ledger and folders: what two runs must agree in to have done the same."""
        return {
            "shop": self.shelf.contents(),
            "written": self.shelf.versions(),
            "ledger": self.memory(),
            "folders": self.folders(),
        }


def states(report: RunReport) -> list[tuple[str, str]]:
    """What became of each file, by its sequence."""
    return [(file.name.split("_")[3] if "_" in file.name else file.name, file.state) for file in report.files]


def as_json(report: RunReport) -> Any:
    """The report as a machine reads it."""
    return msgspec.json.decode(report.to_json())

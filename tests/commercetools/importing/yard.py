"""A yard for imports: a sandbox whose clock sleeping moves, a client, a ledger, records to load."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from passerelle.commercetools import (
    Client,
    CommercetoolsConfig,
    ImportDoor,
    PooledTransport,
    RetryPolicy,
)
from passerelle.errors import Position
from passerelle.ledger import Ledger
from passerelle.sandbox import Sandbox
from passerelle.sync import (
    Job,
    RunReport,
    Seen,
    Sink,
    apply_plan,
    encode_record,
    settle,
    strong_fingerprint,
    take_up,
)
from passerelle.sync.bulk.door import Via
from passerelle.sync.candidates import Candidate
from passerelle.sync.comparing import Comparer
from tests.contract.recorder import Recorder
from tests.sync.desk import mapping_of, open_ledger

__all__ = ["Yard", "opened"]

R = TypeVar("R", bound=msgspec.Struct)

PROJECT = "demo"
FEED = {"category": "categories", "product": "products", "price": "prices", "stock": "stock"}


@dataclass
class Yard:
    """What a test loads with; `slept` lists the pauses, which took no time."""

    sandbox: Sandbox
    client: Client
    recorder: Recorder
    ledger: Ledger
    slept: list[float] = field(default_factory=list)

    def job(self, sink: Sink[R], *, via: Via = "import", operations: int = 150_000, **more: Any) -> Job[R]:
        """A job of a feed, as a run puts it together, and its run in the ledger."""
        feed = FEED[sink.entity]
        return Job(
            feed=feed,
            run_id=self.ledger.runs.start(feed, mode="auto").id,
            system="commercetools",
            mapping=mapping_of("stock"),  # any: what is loaded was mapped already
            sink=sink,
            ledger=self.ledger,
            bulk=ImportDoor(self.client, sink.entity, owner=feed, operations=operations),
            via=via,
            **more,
        )

    async def plan(self, job: Job[R], records: Sequence[R]) -> RunReport:
        """Plan records, as a file that holds them is planned."""
        report = RunReport(feed=job.feed, entity=job.sink.entity, run_id=job.run_id)
        candidates: dict[str, Candidate[R]] = {}
        for seq, record in enumerate(records, start=1):
            encoded = encode_record(record)
            strong, key = strong_fingerprint(encoded), job.sink.key(record)
            candidates[key] = Candidate(seq, Position("FILE", seq), key, strong, strong, encoded, record)
        report.received = report.pending = len(candidates)
        await Comparer(job, report, Seen(full=True, known=0), base=0).plan(candidates)
        return report

    async def load(self, job: Job[R], records: Sequence[R]) -> RunReport:
        """Plan and apply, with what a run does before and after."""
        before = RunReport(feed=job.feed, entity=job.sink.entity, run_id=job.run_id)
        await settle(job, before)
        await take_up(job, before)
        report = await self.plan(job, records)
        report.notes += before.notes
        await self.apply(job, report)
        return report

    async def apply(self, job: Job[R], report: RunReport) -> None:
        """Apply what was planned; the counts must add up."""
        total = self.ledger.plans.totals(job.run_id).items
        await apply_plan(job, report, file="FILE", total=total)
        self.ledger.plans.drop(job.run_id)
        assert report.received + report.resumed == counted(report), report

    def pace(self, **how: Any) -> None:
        """How fast the Import API works."""
        self.sandbox.control("POST", f"/{PROJECT}/imports/pace", how)

    def outcomes(self, *outcomes: dict[str, Any]) -> None:
        """What becomes of the next operations."""
        self.sandbox.control("POST", f"/{PROJECT}/imports/outcomes", list(outcomes))

    def sent(self, method: str, part: str) -> list[str]:
        """Paths of the calls with this method whose path holds this part."""
        return [one.path for one in self.recorder.calls() if one.method == method and part in one.path]

    def claims(self, feed: str) -> list[str]:
        """The records that are claimed."""
        return [claim.key for page in self.ledger.claims.pages(feed) for claim in page]


def counted(report: RunReport) -> int:
    """All records of a report, wherever they are."""
    return (
        report.pending + report.created + report.updated + report.unchanged + report.parked
        + report.quarantined + report.failed + report.superseded + report.gone
    )  # fmt: skip


@asynccontextmanager
async def opened(
    folder: Path, *, sandbox: Sandbox | None = None, project: str = PROJECT, **settings: Any
) -> AsyncIterator[Yard]:
    """Open a yard: an empty project, of a sandbox of its own or of a given one, and an empty ledger."""
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(folder / "ledger.db"))
        sandbox = sandbox or stack.enter_context(Sandbox(in_process=True))
        shop = sandbox
        config = CommercetoolsConfig(
            project_key=project,
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
            auth_url=sandbox.url,
            api_url=sandbox.url,
            import_url=sandbox.import_url,
            **settings,
        )
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            seconds = float(seconds)  # tenacity has a float of its own
            slept.append(seconds)
            shop.pass_time(seconds=seconds)

        recorder = Recorder()
        network = recorder.wrap(PooledTransport(connections=config.concurrency))
        policy = RetryPolicy(sleep=sleep)
        async with Client(config, transport=network, retry=policy) as client:
            yield Yard(sandbox, client, recorder, ledger, slept)

"""A job of one feed at the shop: the parts that every way of carrying it shares."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..commercetools import Client
from ..ledger import Ledger
from ..mapping import Mapping
from ..sync import Job, RunReport, Watch
from ..sync.bulk_door import BulkDoor, Via
from .options import RunOptions
from .order_journal import journal
from .shop import record_journey
from .sinks import SYSTEM, sink_for
from .wiring import thresholds
from .workspace import Workspace

__all__ = ["job_for", "siblings"]

#: Records read together; a product is large and brings its variants.
_BATCH = 1000
_BATCH_OF_PRODUCTS = 124


def siblings(workspace: Workspace, mapping: Mapping) -> list[str]:
    """Name the other feeds of the same kind of record; asked only when somebody seems to have edited one."""
    return [
        name
        for name, other in workspace.mappings.items()
        if isinstance(other, Mapping) and other.entity == mapping.entity and name != mapping.feed
    ]


def job_for(
    workspace: Workspace,
    mapping: Mapping,
    client: Client,
    ledger: Ledger,
    report: RunReport,
    options: RunOptions,
    watch: Watch,
    *,
    bulk: BulkDoor | None = None,
    via: Via = "http",
) -> Job[Any]:
    """Put the parts of a run together; raises ConfigError for what the shop has no place for.

    Without a bulk door every record goes by itself.
    """
    return Job(
        feed=mapping.feed,
        run_id=report.run_id,
        system=SYSTEM,
        mapping=mapping,
        sink=sink_for(mapping, client),
        ledger=ledger,
        thresholds=thresholds(mapping.spec.guard),
        dry_run=options.dry_run,
        skus=frozenset(options.skus),
        override_guard=options.override_guard,
        watch=watch,
        bulk=bulk,
        via=via,
        batch=_BATCH_OF_PRODUCTS if mapping.entity == "product" else _BATCH,
        on_taken=journal(ledger, report),
        waits=timedelta(seconds=mapping.spec.waits),
        journey=record_journey(report),
        siblings=lambda: siblings(workspace, mapping),
        verify_sample=0 if options.verify == "all" else options.verify,
        verify_all=options.verify == "all",
    )

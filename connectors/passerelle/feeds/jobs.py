"""A job of one feed at the shop: the parts that every way of carrying it shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ..commercetools import Client
from ..ledger import Ledger
from ..mapping import Mapping, OutgoingMapping
from ..sync import Job, RunReport, Sink, Watch
from ..sync.bulk.door import BulkDoor, Via
from ..sync.job import Sharing
from .allowances import allowed_now
from .following import followed
from .options import RunOptions
from .orders.desk import OrderMessageSink
from .orders.foreseeing import OrderForesight
from .orders.showing import Showings
from .orders.speaking import speaker_for
from .peak import in_peak, peak_now
from .shop import record_journey
from .sinks import SYSTEM, edit_sink, import_sink, sink_for
from .stock.wiring import lawful_sink
from .workspace import Workspace

__all__ = ["job_for", "siblings"]

#: Records read together; two batches that changed are one reading of the shop. A product is large and brings
#: its variants: two batches of them are one page of the API.
_BATCH = 1000
_BATCH_OF_PRODUCTS = 248


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
    sharing: Sharing | None = None,
) -> Job[Any]:
    """Put the parts of a run together; raises ConfigError for what the shop has no place for.

    Without a bulk door every record goes by itself, without `sharing` this process sends them all.
    """
    peak = peak_now(ledger)
    mapping = in_peak(mapping, peak)
    batch = _BATCH_OF_PRODUCTS if mapping.entity == "product" else _BATCH
    if peak is not None:
        batch = (peak.profile.stock if mapping.entity == "stock" else peak.lane(mapping)).batch or batch
    sink, on_taken = _sink(workspace, mapping, client, ledger, report, options)
    return Job(
        feed=mapping.feed,
        run_id=report.run_id,
        system=SYSTEM,
        mapping=mapping,
        sink=sink,
        ledger=ledger,
        thresholds=allowed_now(ledger, mapping),
        dry_run=options.dry_run,
        skus=frozenset(options.skus),
        override_guard=options.override_guard,
        watch=followed(watch),
        bulk=bulk,
        via=via,
        sharing=sharing,
        batch=batch,
        on_taken=on_taken,
        waits=timedelta(seconds=mapping.spec.waits),
        journey=record_journey(report),
        siblings=lambda: siblings(workspace, mapping),
        verify_sample=0 if options.verify == "all" else options.verify,
        verify_all=options.verify == "all",
    )


def _sink(
    workspace: Workspace,
    mapping: Mapping,
    client: Client,
    ledger: Ledger,
    report: RunReport,
    options: RunOptions,
) -> tuple[Sink[Any], Callable[[Sequence[Any]], None] | None]:
    """Give the sink of a feed's records, and who hears of those that it took.

    What is said about orders goes into the ledger; the shop is told afterwards (orders.projecting).
    """
    if mapping.spec.stock is not None:
        lawful = lawful_sink(workspace, mapping, client, ledger, report)
        return lawful, lawful.law.taken
    if mapping.entity == "order_import":
        imports = import_sink(mapping, client, ledger, report)
        return imports, imports.note
    if mapping.entity == "order_edit":
        return edit_sink(workspace, mapping, client, ledger, report), None
    exports = [
        name
        for name, other in workspace.mappings.items()
        if isinstance(other, OutgoingMapping) and other.entity == "order"
    ] if mapping.entity == "order_file_ack" else []  # fmt: skip
    speaker = speaker_for(mapping.entity, ledger, exports)
    if speaker is None:
        return sink_for(mapping, client), None
    foresight = OrderForesight(ledger, client, Showings(workspace, client)) if options.dry_run else None
    desk = OrderMessageSink(ledger, speaker, report, foresight=foresight)
    return desk, desk.note

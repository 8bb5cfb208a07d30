"""A job without shop and ledger: a plan, and what a sample asks of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import msgspec

from passerelle.ledger import PlanItem
from passerelle.sync import Change, Job

__all__ = ["job_of"]


def job_of(
    changes: Sequence[Change], record_type: type[msgspec.Struct], plans: Callable[[Iterable[Any]], Any]
) -> Job[Any]:
    """Give a job whose plan holds these changes."""
    items = [
        PlanItem(
            seq,
            change.key,
            b"",
            b"",
            change.kind,
            msgspec.json.encode({"key": change.key}),
            msgspec.json.encode(change),
        )
        for seq, change in enumerate(changes, 1)
    ]
    parts: dict[str, Any] = {
        "mapping": SimpleNamespace(),
        "sink": SimpleNamespace(record_type=record_type),
        "ledger": SimpleNamespace(plans=plans(items)),
    }
    return Job(feed="stock", run_id="r", system="shelf", **parts)

"""What must change, may it, did it? Plan, guard, apply, verify, report. Nothing here knows a system.

Names are loaded when they are asked for: a system that needs only the Protocols does not load the ledger.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .applying import Taken, apply_plan
    from .fingerprints import encode_record, raw_fingerprints, strong_fingerprint
    from .guard import Breach, PriceMove, Seen, Thresholds, inspect
    from .job import Job, Watch
    from .planning import Planner
    from .protocols import Applied, Change, FieldChange, Live, Sink
    from .report import (
        EXIT_CODES,
        ChangeRow,
        FileReport,
        Outcome,
        Progress,
        RejectRow,
        RunReport,
        worst,
    )
    from .verifying import verify_sample

_HOMES = {
    "Applied": "protocols",
    "Breach": "guard",
    "Change": "protocols",
    "ChangeRow": "report",
    "EXIT_CODES": "report",
    "FieldChange": "protocols",
    "FileReport": "report",
    "Job": "job",
    "Live": "protocols",
    "Outcome": "report",
    "Planner": "planning",
    "PriceMove": "guard",
    "Progress": "report",
    "RejectRow": "report",
    "RunReport": "report",
    "Seen": "guard",
    "Sink": "protocols",
    "Taken": "applying",
    "Thresholds": "guard",
    "Watch": "job",
    "apply_plan": "applying",
    "encode_record": "fingerprints",
    "inspect": "guard",
    "raw_fingerprints": "fingerprints",
    "strong_fingerprint": "fingerprints",
    "verify_sample": "verifying",
    "worst": "report",
}

__all__ = [
    "EXIT_CODES",
    "Applied",
    "Breach",
    "Change",
    "ChangeRow",
    "FieldChange",
    "FileReport",
    "Job",
    "Live",
    "Outcome",
    "Planner",
    "PriceMove",
    "Progress",
    "RejectRow",
    "RunReport",
    "Seen",
    "Sink",
    "Taken",
    "Thresholds",
    "Watch",
    "apply_plan",
    "encode_record",
    "inspect",
    "raw_fingerprints",
    "strong_fingerprint",
    "verify_sample",
    "worst",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{home}", __name__), name)

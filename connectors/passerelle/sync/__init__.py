"""What must change, may it, did it? Plan, guard, apply, verify, report. Nothing here knows a system.

Names are loaded when they are asked for: a system that needs only the Protocols does not load the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazily import lazily

if TYPE_CHECKING:
    from .applying import Taken, apply_plan
    from .bulk.choice import foresee
    from .bulk.claims import settle
    from .fingerprints import encode_record, raw_fingerprints, strong_fingerprint
    from .guard import Breach, PriceMove, Seen, Thresholds, inspect
    from .job import Job, Watch
    from .plan_summary import PlanRow, PlanSummary, plan_rows, summarize
    from .planning import Planner
    from .protocols import Applied, Change, FieldChange, Live, Readable, Removal, Removing, Sink
    from .removing import remove
    from .report import (
        EXIT_CODES,
        ChangeRow,
        FileReport,
        ForeignRow,
        Outcome,
        Progress,
        RejectRow,
        RunReport,
        worst,
    )
    from .stored_plans import apply_stored, decide, store_plan, summary_of
    from .telling import Telling, tell_remarks
    from .undo import plan_undo
    from .verifying import verify_sample
    from .waiting import take_up, tell_waiting

__all__ = [
    "EXIT_CODES",
    "Applied",
    "Breach",
    "Change",
    "ChangeRow",
    "FieldChange",
    "FileReport",
    "ForeignRow",
    "Job",
    "Live",
    "Outcome",
    "PlanRow",
    "PlanSummary",
    "Planner",
    "PriceMove",
    "Progress",
    "Readable",
    "RejectRow",
    "Removal",
    "Removing",
    "RunReport",
    "Seen",
    "Sink",
    "Taken",
    "Telling",
    "Thresholds",
    "Watch",
    "apply_plan",
    "apply_stored",
    "decide",
    "encode_record",
    "foresee",
    "inspect",
    "plan_rows",
    "plan_undo",
    "raw_fingerprints",
    "remove",
    "settle",
    "store_plan",
    "strong_fingerprint",
    "summarize",
    "summary_of",
    "take_up",
    "tell_remarks",
    "tell_waiting",
    "verify_sample",
    "worst",
]

__getattr__ = lazily(__name__)

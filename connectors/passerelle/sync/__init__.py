"""What must change, may it, did it? Plan, guard, apply, verify, report. Nothing here knows a system."""

from .applying import apply_plan
from .fingerprints import encode_record, raw_fingerprint, strong_fingerprint
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
    "Thresholds",
    "Watch",
    "apply_plan",
    "encode_record",
    "inspect",
    "raw_fingerprint",
    "strong_fingerprint",
    "verify_sample",
    "worst",
]

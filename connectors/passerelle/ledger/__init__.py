"""What do we already know? Files, fingerprints, bindings, plans, quarantine, orders: SQLite or PostgreSQL."""

from .before import BeforeImage, BeforeImages
from .bindings import Binding, Bindings
from .call_shares import CallShare, CallShares
from .claims import Claim, Claims
from .database import LedgerBusy, LedgerUnavailable
from .decisions import Decisions, Origin, PlanState, StoredPlan
from .files import FileRecord, Files, FileState
from .fingerprints import Fingerprints, Known, mark_seen
from .foreign_edits import ForeignDecision, ForeignEdit, ForeignEdits, Sighting
from .leases import Lease, LeaseHeld, LeaseLost, Leases
from .opening import Ledger
from .orders import Added, NewOrder, OrderCursor, OrderEntry, OrderEvent, Orders, UnknownOrder
from .outbox import AlreadyExported, Content, Outbox, OutboxFile, OutboxState, Unanswered
from .owners import Owner
from .parked import Parked, ParkedRecord, Waiting
from .plans import PlanItem, Plans, PlanTotals
from .quarantine import Quarantine, Quarantined, QuarantineEntry
from .runs import Outcome, Run, Runs
from .sequences import Numbering, Sequences, Verdict, VerdictKind
from .steps import SecondAnswer, Step, StepOutOfOrder, StepState
from .wanted import Wanted, WantedRecord

__all__ = [
    "Added",
    "AlreadyExported",
    "BeforeImage",
    "BeforeImages",
    "Binding",
    "Bindings",
    "CallShare",
    "CallShares",
    "Claim",
    "Claims",
    "Content",
    "Decisions",
    "FileRecord",
    "FileState",
    "Files",
    "Fingerprints",
    "ForeignDecision",
    "ForeignEdit",
    "ForeignEdits",
    "Known",
    "Lease",
    "LeaseHeld",
    "LeaseLost",
    "Leases",
    "Ledger",
    "LedgerBusy",
    "LedgerUnavailable",
    "NewOrder",
    "Numbering",
    "OrderCursor",
    "OrderEntry",
    "OrderEvent",
    "Orders",
    "Origin",
    "Outbox",
    "OutboxFile",
    "OutboxState",
    "Outcome",
    "Owner",
    "Parked",
    "ParkedRecord",
    "PlanItem",
    "PlanState",
    "PlanTotals",
    "Plans",
    "Quarantine",
    "QuarantineEntry",
    "Quarantined",
    "Run",
    "Runs",
    "SecondAnswer",
    "Sequences",
    "Sighting",
    "Step",
    "StepOutOfOrder",
    "StepState",
    "StoredPlan",
    "Unanswered",
    "UnknownOrder",
    "Verdict",
    "VerdictKind",
    "Waiting",
    "Wanted",
    "WantedRecord",
    "mark_seen",
]

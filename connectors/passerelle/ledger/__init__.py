"""What do we already know? Files, fingerprints, bindings, plans, quarantine, orders: SQLite or PostgreSQL."""

from .agreed import Agreed, AgreedPage
from .alert_messages import AlertMessage, AlertMessages
from .alerts import Alert, AlertChanges, Alerts, Finding, Severity, Told
from .allowances import Allowance, Allowances
from .audit import Audit, AuditEntry, person
from .backfills import OVER, Backfill, BackfillBatch, Backfills, BackfillState, Wish
from .before import BeforeImage, BeforeImages
from .bindings import Binding, Bindings
from .bitmap import mark_seen
from .call_shares import CallShare, CallShares
from .claims import Claim, Claims
from .database import LedgerBusy, LedgerGone, LedgerUnavailable
from .decisions import Decisions, Origin, PlanState, StoredPlan
from .files import FileRecord, Files, FileState
from .fingerprints import Fingerprints, Known
from .foreign_edits import ForeignDecision, ForeignEdit, ForeignEdits, Sighting
from .leases import Lease, LeaseHeld, LeaseLost, Leases
from .opening import Ledger
from .orders.awaiting import Overdue
from .orders.book import Contradicted, Noted, OrderBook
from .orders.deriving import Exported, LifeRules
from .orders.dirt import DirtyOrder, OrderDirt
from .orders.edits import EditClaim, KeptEdit, OrderEdits
from .orders.events import OrderEvent
from .orders.intake import Added, NewOrder
from .orders.life import CarryingFile, HeardIn, OrderLife, PastRevision, StillWaiting
from .orders.lists import OrderChoice, OrderCount, OrderLists, OrderRow
from .orders.messages import Heard, OrderMessages, StoredMessage
from .orders.pictures import Foreseen, OrderPictures, Picture
from .orders.placed import MetOrder, PlacedClaim, PlacedElsewhere, PlacedOrders
from .orders.reckoning import OrderReckoning, ReckonedOrder, SentAgain
from .orders.register import OrderCursor, OrderEntry, Orders, UnknownOrder
from .orders.request_rows import OpenRequest, RequestState
from .orders.requests import RequestOutOfOrder, Requests, UnknownRequest
from .orders.steps import SecondAnswer, Step, StepOutOfOrder, StepState
from .orders.sweeps import OrderSweep, OrderSweeps, SweepKind
from .orders.timeline import LifeFact, LifeStep, StepStatus, timeline
from .orders.units import OrderUnits, Piece, Touched
from .outbox import AlreadyExported, Content, Outbox, OutboxFile, OutboxState, RequestsTaken, Unanswered
from .owners import Owner
from .parked import Parked, ParkedRecord, Waiting
from .parts import Parts, PartsState
from .parts_held import Division, HeldPart
from .peak import Peak, PeakPeriod
from .plans import PlanItem, Plans, PlanTotals
from .presence import Absence, Presence
from .quarantine import Quarantine, Quarantined, QuarantineEntry
from .runs import Outcome, Run, Runs
from .sequences import Numbering, Sequences, Verdict, VerdictKind
from .stock_claims import HeldClaim, LawState, StockClaims
from .wanted import Wanted, WantedRecord

__all__ = [
    "OVER",
    "Absence",
    "Added",
    "Agreed",
    "AgreedPage",
    "Alert",
    "AlertChanges",
    "AlertMessage",
    "AlertMessages",
    "Alerts",
    "Allowance",
    "Allowances",
    "AlreadyExported",
    "Audit",
    "AuditEntry",
    "Backfill",
    "BackfillBatch",
    "BackfillState",
    "Backfills",
    "BeforeImage",
    "BeforeImages",
    "Binding",
    "Bindings",
    "CallShare",
    "CallShares",
    "CarryingFile",
    "Claim",
    "Claims",
    "Content",
    "Contradicted",
    "Decisions",
    "DirtyOrder",
    "Division",
    "EditClaim",
    "Exported",
    "FileRecord",
    "FileState",
    "Files",
    "Finding",
    "Fingerprints",
    "ForeignDecision",
    "ForeignEdit",
    "ForeignEdits",
    "Foreseen",
    "Heard",
    "HeardIn",
    "HeldClaim",
    "HeldPart",
    "KeptEdit",
    "Known",
    "LawState",
    "Lease",
    "LeaseHeld",
    "LeaseLost",
    "Leases",
    "Ledger",
    "LedgerBusy",
    "LedgerGone",
    "LedgerUnavailable",
    "LifeFact",
    "LifeRules",
    "LifeStep",
    "MetOrder",
    "NewOrder",
    "Noted",
    "Numbering",
    "OpenRequest",
    "OrderBook",
    "OrderChoice",
    "OrderCount",
    "OrderCursor",
    "OrderDirt",
    "OrderEdits",
    "OrderEntry",
    "OrderEvent",
    "OrderLife",
    "OrderLists",
    "OrderMessages",
    "OrderPictures",
    "OrderReckoning",
    "OrderRow",
    "OrderSweep",
    "OrderSweeps",
    "OrderUnits",
    "Orders",
    "Origin",
    "Outbox",
    "OutboxFile",
    "OutboxState",
    "Outcome",
    "Overdue",
    "Owner",
    "Parked",
    "ParkedRecord",
    "Parts",
    "PartsState",
    "PastRevision",
    "Peak",
    "PeakPeriod",
    "Picture",
    "Piece",
    "PlacedClaim",
    "PlacedElsewhere",
    "PlacedOrders",
    "PlanItem",
    "PlanState",
    "PlanTotals",
    "Plans",
    "Presence",
    "Quarantine",
    "QuarantineEntry",
    "Quarantined",
    "ReckonedOrder",
    "RequestOutOfOrder",
    "RequestState",
    "Requests",
    "RequestsTaken",
    "Run",
    "Runs",
    "SecondAnswer",
    "SentAgain",
    "Sequences",
    "Severity",
    "Sighting",
    "Step",
    "StepOutOfOrder",
    "StepState",
    "StepStatus",
    "StillWaiting",
    "StockClaims",
    "StoredMessage",
    "StoredPlan",
    "SweepKind",
    "Told",
    "Touched",
    "Unanswered",
    "UnknownOrder",
    "UnknownRequest",
    "Verdict",
    "VerdictKind",
    "Waiting",
    "Wanted",
    "WantedRecord",
    "Wish",
    "mark_seen",
    "person",
    "timeline",
]

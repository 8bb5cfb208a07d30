"""Fulfilment: where every piece of every order is, worked out from what was said about it. Pure, no I/O."""

from .addresses import Cut, CutAddress, cut_address, cut_text
from .amounts import piece_amounts, shares, spread_discount
from .awaiting import awaited
from .deriving import derive
from .gates import GateRules, GateVerdict, gate
from .messages import from_ack, from_shipment, message_key
from .rules import FulfilmentRules
from .states import Awaited, Contradiction, OrderState, Request, RequestKind, Unit, UnitState
from .steps import STEPS, OrderStep, step
from .timers import Timers
from .viewing import view

__all__ = [
    "STEPS",
    "Awaited",
    "Contradiction",
    "Cut",
    "CutAddress",
    "FulfilmentRules",
    "GateRules",
    "GateVerdict",
    "OrderState",
    "OrderStep",
    "Request",
    "RequestKind",
    "Timers",
    "Unit",
    "UnitState",
    "awaited",
    "cut_address",
    "cut_text",
    "derive",
    "from_ack",
    "from_shipment",
    "gate",
    "message_key",
    "piece_amounts",
    "shares",
    "spread_discount",
    "step",
    "view",
]

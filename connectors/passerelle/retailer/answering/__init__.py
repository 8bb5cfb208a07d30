"""The other side of orders: an ERP, stores, a carrier and a payment desk that answer, well or badly."""

from .asked import Asked
from .other_side import Alarm, Held, OtherSide
from .stories import Fate
from .temper import CALM, ROUGH, Temper

__all__ = ["CALM", "ROUGH", "Alarm", "Asked", "Fate", "Held", "OtherSide", "Temper"]

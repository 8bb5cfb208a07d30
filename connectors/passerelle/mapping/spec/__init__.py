"""The spec of a feed: the YAML of one mapping as frozen models, nothing unknown in it."""

from .base import Spec
from .controls import ControlsSpec, GuardSpec, PriceMoveSpec, RepairSpec
from .feed import CodesSpec, MappingSpec, OutgoingSpec
from .fields import FieldSpec, MoneySpec, StepSpec
from .files import FilesSpec, ReadySpec
from .formats import FormatSpec, XmlSpec

__all__ = [
    "CodesSpec",
    "ControlsSpec",
    "FieldSpec",
    "FilesSpec",
    "FormatSpec",
    "GuardSpec",
    "MappingSpec",
    "MoneySpec",
    "OutgoingSpec",
    "PriceMoveSpec",
    "ReadySpec",
    "RepairSpec",
    "Spec",
    "StepSpec",
    "XmlSpec",
]

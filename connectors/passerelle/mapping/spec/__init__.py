"""The spec of a feed: the YAML of one mapping as frozen models, nothing unknown in it."""

from .base import Spec
from .columns import ColumnSpec, RepeatSpec
from .controls import ControlsSpec, GuardSpec, PriceMoveSpec, RepairSpec
from .feed import CodesSpec, MappingSpec, OutgoingSpec
from .fields import FieldSpec, MoneySpec, StepSpec
from .files import FilesSpec, ReadySpec
from .formats import FormatSpec, XmlSpec
from .text_formats import (
    CsvSpec,
    FixedSpec,
    HeaderRecordSpec,
    JsonSpec,
    LinesSpec,
    MarkedRecordSpec,
    NdjsonSpec,
    RecordTypeSpec,
    TypeSpec,
)

__all__ = [
    "CodesSpec",
    "ColumnSpec",
    "ControlsSpec",
    "CsvSpec",
    "FieldSpec",
    "FilesSpec",
    "FixedSpec",
    "FormatSpec",
    "GuardSpec",
    "HeaderRecordSpec",
    "JsonSpec",
    "LinesSpec",
    "MappingSpec",
    "MarkedRecordSpec",
    "MoneySpec",
    "NdjsonSpec",
    "OutgoingSpec",
    "PriceMoveSpec",
    "ReadySpec",
    "RecordTypeSpec",
    "RepairSpec",
    "RepeatSpec",
    "Spec",
    "StepSpec",
    "TypeSpec",
    "XmlSpec",
]

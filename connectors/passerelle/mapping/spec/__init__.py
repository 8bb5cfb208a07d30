"""The spec of a feed: the YAML of one mapping as frozen models, nothing unknown in it."""

from .answers import AcknowledgeSpec, NamesSpec, RejectsSpec
from .assembly import (
    AssemblySpec,
    ComputeSpec,
    FoldSpec,
    GroupSpec,
    InputSpec,
    JoinSpec,
    PairSpec,
    SplitSpec,
)
from .base import Spec
from .codes import CodesSpec
from .columns import ColumnSpec, RepeatSpec
from .conditions import ConditionSpec
from .controls import ControlsSpec, GuardSpec, PriceMoveSpec, RepairSpec
from .expects import ExpectsSpec
from .feed import DeletesSpec, MappingSpec
from .fields import FieldSpec, MoneySpec, StepSpec
from .files import AfterwardsSpec, ContentOrderSpec, FilesSpec, SchemaSpec, SequenceSpec
from .formats import FormatSpec, XmlSpec
from .hooks import HooksSpec
from .outgoing import OutFieldSpec, OutgoingSpec, OutItemSpec, PositionSpec
from .owners import ForeignEditsSpec, ForeignPolicy
from .readiness import LockSpec, ReadySpec
from .stock import BufferSpec, SnapshotSpec, StockSpec
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
from .unpacking import UnpackSpec
from .visits import VisitsSpec

__all__ = [
    "AcknowledgeSpec",
    "AfterwardsSpec",
    "AssemblySpec",
    "BufferSpec",
    "CodesSpec",
    "ColumnSpec",
    "ComputeSpec",
    "ConditionSpec",
    "ContentOrderSpec",
    "ControlsSpec",
    "CsvSpec",
    "DeletesSpec",
    "ExpectsSpec",
    "FieldSpec",
    "FilesSpec",
    "FixedSpec",
    "FoldSpec",
    "ForeignEditsSpec",
    "ForeignPolicy",
    "FormatSpec",
    "GroupSpec",
    "GuardSpec",
    "HeaderRecordSpec",
    "HooksSpec",
    "InputSpec",
    "JoinSpec",
    "JsonSpec",
    "LinesSpec",
    "LockSpec",
    "MappingSpec",
    "MarkedRecordSpec",
    "MoneySpec",
    "NamesSpec",
    "NdjsonSpec",
    "OutFieldSpec",
    "OutItemSpec",
    "OutgoingSpec",
    "PairSpec",
    "PositionSpec",
    "PriceMoveSpec",
    "ReadySpec",
    "RecordTypeSpec",
    "RejectsSpec",
    "RepairSpec",
    "RepeatSpec",
    "SchemaSpec",
    "SequenceSpec",
    "SnapshotSpec",
    "Spec",
    "SplitSpec",
    "StepSpec",
    "StockSpec",
    "TypeSpec",
    "UnpackSpec",
    "VisitsSpec",
    "XmlSpec",
]

"""What a row means: YAML specs compiled once, named functions, code tables; raw rows to canonical records."""

from .assembly import Sources
from .codes import CodeTable
from .functions import READING, WRITING, Convert, Function, reading, writing
from .loading import load_feed, load_feeds, load_incoming, load_mapping
from .mapping import Mapping, is_deleted
from .outgoing import OutgoingMapping, Written
from .repair import repair_text
from .spec import (
    ControlsSpec,
    ExpectsSpec,
    FilesSpec,
    ForeignPolicy,
    GuardSpec,
    MappingSpec,
    OutgoingSpec,
    ReadySpec,
)
from .unreadable import Unreadable
from .yaml_source import Flaw, Place

__all__ = [
    "READING",
    "WRITING",
    "CodeTable",
    "ControlsSpec",
    "Convert",
    "ExpectsSpec",
    "FilesSpec",
    "Flaw",
    "ForeignPolicy",
    "Function",
    "GuardSpec",
    "Mapping",
    "MappingSpec",
    "OutgoingMapping",
    "OutgoingSpec",
    "Place",
    "ReadySpec",
    "Sources",
    "Unreadable",
    "Written",
    "is_deleted",
    "load_feed",
    "load_feeds",
    "load_incoming",
    "load_mapping",
    "reading",
    "repair_text",
    "writing",
]

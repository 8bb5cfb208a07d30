"""What a row means: YAML specs compiled once, named functions, code tables; raw rows to canonical records."""

from .assembly import Sources
from .codes import CodeTable
from .functions import HOOKS, READING, WRITING, Convert, Function, Hook, hook, reading, writing
from .hooks import Hooks
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
    "HOOKS",
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
    "Hook",
    "Hooks",
    "Mapping",
    "MappingSpec",
    "OutgoingMapping",
    "OutgoingSpec",
    "Place",
    "ReadySpec",
    "Sources",
    "Unreadable",
    "Written",
    "hook",
    "is_deleted",
    "load_feed",
    "load_feeds",
    "load_incoming",
    "load_mapping",
    "reading",
    "repair_text",
    "writing",
]

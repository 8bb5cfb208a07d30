"""What a row means: YAML specs compiled once, named functions, code tables; raw rows to canonical records."""

from .codes import CodeTable
from .functions import READING, WRITING, Function
from .loading import load_feeds, load_incoming, load_mapping
from .mapping import Mapping
from .outgoing import OutgoingMapping, Written
from .repair import repair_text
from .spec import ControlsSpec, FilesSpec, GuardSpec, MappingSpec, OutgoingSpec, ReadySpec
from .yaml_source import Flaw, Place

__all__ = [
    "READING",
    "WRITING",
    "CodeTable",
    "ControlsSpec",
    "FilesSpec",
    "Flaw",
    "Function",
    "GuardSpec",
    "Mapping",
    "MappingSpec",
    "OutgoingMapping",
    "OutgoingSpec",
    "Place",
    "ReadySpec",
    "Written",
    "load_feeds",
    "load_incoming",
    "load_mapping",
    "repair_text",
]

"""Compiling: from a feed's spec to its fields, with every flaw noted where it stands."""

from .context import Context
from .reached import all_sources, full_paths, raw_paths
from .record import Compiler

__all__ = ["Compiler", "Context", "all_sources", "full_paths", "raw_paths"]

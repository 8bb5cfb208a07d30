"""Assembly: rows of one or several files become one raw row for each record, before anything reads them."""

from .compiling import Assembly, Input, compile_assembly
from .counts import AssemblyCounts, InputCounts
from .reader import AssembledReader, InputFile, Sources

__all__ = [
    "AssembledReader",
    "Assembly",
    "AssemblyCounts",
    "Input",
    "InputCounts",
    "InputFile",
    "Sources",
    "compile_assembly",
]

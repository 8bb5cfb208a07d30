"""Tools for the person who writes a mapping: check, try, test, coverage, explain, infer, drift."""

from .cases import run_cases, write_expected
from .checking import check
from .comparing import compare
from .coverage import coverage
from .explaining import explain
from .infer import infer
from .reference import reference
from .schema import json_schema
from .trying import try_file

__all__ = [
    "check",
    "compare",
    "coverage",
    "explain",
    "infer",
    "json_schema",
    "reference",
    "run_cases",
    "try_file",
    "write_expected",
]

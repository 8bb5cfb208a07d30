"""YAML text: values and comments written as a person would, lines in the order of the trade."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["flow", "scalar"]

#: What needs no quotes, in a flow of braces and brackets too.
_PLAIN = re.compile(r"[A-Za-z_/.$][\w ./@$-]*(?<! )")
_WORDS = frozenset({"true", "false", "null", "~"})


def scalar(value: Any) -> str:
    """Write one value; a text is quoted where YAML or a reader could take it for something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    plain = plain and text.lower() not in ("yes", "no", "on", "off", "y", "n")
    return text if plain else json.dumps(text, ensure_ascii=False)


def flow(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(name)}: {flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)

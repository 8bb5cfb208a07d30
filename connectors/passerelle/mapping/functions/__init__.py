"""The named functions of mappings: each makes one conversion from typed parameters, incoming or outgoing.

A function is registered under its name for one direction; some names exist in both, and then the outgoing
one writes what the incoming one reads. There are no expressions: what is missing here gets a name here, or
in a package of your own.
"""

from . import checks, codes, dates, keys, lists, markup, numbers, text, writing_texts
from .codes import Choice
from .hooks import HOOKS, Hook, hook
from .registry import READING, WRITING, Convert, Function, reading, writing

__all__ = [
    "HOOKS",
    "READING",
    "WRITING",
    "Choice",
    "Convert",
    "Function",
    "Hook",
    "checks",
    "codes",
    "dates",
    "hook",
    "keys",
    "lists",
    "markup",
    "numbers",
    "reading",
    "text",
    "writing",
    "writing_texts",
]

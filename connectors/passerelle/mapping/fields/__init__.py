"""Compiled fields: each reads its value carefully, with every fault in its place, or emits its fast lines.

The careful reading is what the mapping means; the fast one is the same for records without surprises, and
gives up (`Careful`, or any error of a wrong type) on everything else.
"""

from .base import Field, Gaps
from .choice import Alternative, Conditional, FirstOf
from .each import Each, Record
from .leaf import Constant, Leaf
from .money import MoneyField, Rounds
from .scope import FAULTY, Scope
from .spread import KnownPair, Localized, Pairs
from .texts import EachText, Gathered, Lines

__all__ = [
    "FAULTY",
    "Alternative",
    "Conditional",
    "Constant",
    "Each",
    "EachText",
    "Field",
    "FirstOf",
    "Gaps",
    "Gathered",
    "KnownPair",
    "Leaf",
    "Lines",
    "Localized",
    "MoneyField",
    "Pairs",
    "Record",
    "Rounds",
    "Scope",
]

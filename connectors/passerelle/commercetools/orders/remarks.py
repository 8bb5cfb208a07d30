"""Remarks: what a projection met in the shop and left alone, for people."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Remark"]


class Remark(NamedTuple):
    """Something of the shop that does not say what we know, and that is not ours to change."""

    code: str
    text: str
    advice: str = ""

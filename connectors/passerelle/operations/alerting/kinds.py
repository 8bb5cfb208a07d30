"""Kinds of alerts, the gravest first, each with its page of the runbook."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

__all__ = ["KINDS", "Kind", "page_of", "rank_of"]

Kind: TypeAlias = Literal[
    "guard_stop",
    "late_file",
    "sequence_gap",
    "file_refused",
    "run_failed",
    "worker_gone",
    "late_sweep",
    "overdue_step",
    "budget_exhausted",
    "queue_unhealthy",
    "reject_rate",
    "drift",
    "foreign_fight",
]

#: In the order in which they are told.
KINDS: tuple[Kind, ...] = get_args(Kind)


def page_of(kind: str) -> str:
    """Name the page of the runbook, as a file below docs/runbook."""
    return f"{kind.replace('_', '-')}.md"


def rank_of(kind: str) -> int:
    """Tell the place of a kind among all; one of another version comes last."""
    return KINDS.index(kind) if kind in KINDS else len(KINDS)

"""Rules: each looks at the facts and tells what is wrong by one of them; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from ...ledger import Finding
from .facts import Facts
from .feed_rules import (
    STUCK,
    drifts,
    files_refused,
    foreign_fights,
    guard_stops,
    late_files,
    reject_rates,
    sequence_gaps,
)
from .kinds import Kind
from .settings import AlertSettings
from .work_rules import (
    budgets_exhausted,
    late_sweeps,
    overdue_steps,
    queues_unhealthy,
    runs_failed,
    workers_gone,
)

__all__ = ["RULES", "Rule", "find"]

#: Kinds that say why a file that came did not reach the shop.
_EXPLAINS = frozenset({"guard_stop", "sequence_gap", "file_refused", "run_failed", "worker_gone"})
Rule: TypeAlias = Callable[[Facts, AlertSettings], Iterator[Finding]]

RULES: Mapping[Kind, Rule] = {
    "guard_stop": guard_stops,
    "late_file": late_files,
    "sequence_gap": sequence_gaps,
    "file_refused": files_refused,
    "run_failed": runs_failed,
    "worker_gone": workers_gone,
    "late_sweep": late_sweeps,
    "overdue_step": overdue_steps,
    "budget_exhausted": budgets_exhausted,
    "queue_unhealthy": queues_unhealthy,
    "reject_rate": reject_rates,
    "drift": drifts,
    "foreign_fight": foreign_fights,
}


def find(facts: Facts, settings: AlertSettings, kinds: Iterable[Kind]) -> list[Finding]:
    """Ask the rules of these kinds; that a file is stuck is told only where nothing says why."""
    found: list[Finding] = []
    for kind in kinds:
        found += RULES[kind](facts, settings)
    explained = {one.feed for one in found if one.kind in _EXPLAINS}
    return [one for one in found if one.subject != STUCK or one.feed not in explained]

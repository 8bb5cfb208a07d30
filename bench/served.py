"""What a PostgreSQL server has used, for workloads that charge its CPU to us."""

from __future__ import annotations

import psutil

__all__ = ["served_cpu"]


def served_cpu(postmaster: psutil.Process) -> float:
    """Sum up the CPU seconds of a server: its processes, and those that ended."""
    times = postmaster.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in postmaster.children():
        try:
            spent = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
    return float(total)

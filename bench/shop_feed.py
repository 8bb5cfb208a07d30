"""The measured run against a shop: one feed of the workspace that the environment names, as any run is.

The costs tell, beside the report's counts, how the changes were sent: how many between the first and the last
group of answers, in how many seconds, with how much CPU. Connections are open by then, nothing is read yet.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from passerelle.feeds import Progress, Workspace, run_feed

from .children import report_costs

_COUNTS = ("received", "created", "updated", "unchanged", "verified", "calls")


class _Sending:
    """Notes when the groups of answers came."""

    def __init__(self) -> None:
        self._moments: list[tuple[int, float, float]] = []

    def __call__(self, progress: Progress) -> None:
        """Take a word on where the run stands."""
        if progress.phase == "apply":
            self._moments.append((progress.done, time.perf_counter(), time.process_time()))

    def told(self) -> dict[str, float]:
        """Changes sent, wall seconds and CPU seconds between the first group of answers and the last."""
        if len(self._moments) < 2:
            return {}
        first, last = self._moments[0], self._moments[-1]
        return dict(
            zip(
                ("sent", "sent_wall", "sent_cpu"),
                (b - a for a, b in zip(first, last, strict=True)),
                strict=True,
            )
        )


def main() -> None:
    """Measure one run; fail unless it created, updated and agreed as often as it should."""
    parser = argparse.ArgumentParser()
    parser.add_argument("feed")
    parser.add_argument("expected", nargs="*", help="updated=100: what the report must say")
    wanted = parser.parse_args()
    sending = _Sending()

    def work() -> dict[str, float]:
        report = asyncio.run(run_feed(Workspace.load(), wanted.feed, progress=sending))
        said = {name: getattr(report, name) for name in _COUNTS}
        expected = {name: int(count) for name, _, count in (one.partition("=") for one in wanted.expected)}
        if report.outcome != "succeeded" or any(said[name] != count for name, count in expected.items()):
            raise SystemExit(
                f"{report.outcome}: {report.message} {said}, expected {expected} {report.rejects}"
            )
        return {**said, **sending.told()}

    report_costs(work)


if __name__ == "__main__":
    main()

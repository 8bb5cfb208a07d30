"""Runs in processes forked from a warm one, as those of `passerelle up`: as flows, or without Prefect."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from flows.warm import WarmProcesses, run_engine
from passerelle.feeds import Workspace, run_feed

__all__ = ["measured"]


def measured(variables: Mapping[str, str], result: str, feed: str) -> None:
    """Run an engine, or a feed without Prefect, and write down what this process has cost."""
    began = time.perf_counter()
    try:
        if feed:
            os.environ.update(variables)
            report = asyncio.run(run_feed(Workspace.load(), feed))
            if report.outcome != "succeeded":
                raise SystemExit(f"{report.outcome}: {report.message}")
        else:
            run_engine(variables)
    finally:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cost = {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.perf_counter() - began}
        Path(result).write_text(json.dumps(cost), encoding="ascii")


def main() -> int:
    """Run each flow run of the command line, or feeds; print a line of JSON with the costs of each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feeds", action="store_true", help="the names are those of feeds")
    parser.add_argument("names", nargs="+")
    chosen = parser.parse_args()
    warm = WarmProcesses(("flows.stock",))
    # The first fork waits until everything is imported: that is paid once, when the service starts.
    warm.start(os.getpid).join()
    result = Path(os.environ["PASSERELLE_HOME"]) / "cost.json"
    for name in chosen.names:
        variables = {**os.environ} if chosen.feeds else {**os.environ, "PREFECT__FLOW_RUN_ID": name}
        process = warm.start(measured, variables, str(result), name if chosen.feeds else "")
        process.join()
        if process.exitcode:
            return process.exitcode
        sys.stdout.write(result.read_text(encoding="ascii") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

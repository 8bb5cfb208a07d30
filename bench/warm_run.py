"""Flow runs as the runner of `passerelle up` starts them: forked from a warm process, one after the other."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from flows.warm import WarmProcesses, run_engine

__all__ = ["measured"]


def measured(variables: Mapping[str, str], result: str) -> None:
    """Run an engine, and write down what this process has cost when it is over."""
    began = time.perf_counter()
    try:
        run_engine(variables)
    finally:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cost = {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.perf_counter() - began}
        Path(result).write_text(json.dumps(cost), encoding="ascii")


def main() -> int:
    """Run each flow run of the command line; print a line of JSON with the costs of each."""
    warm = WarmProcesses(("flows.stock",))
    # The first fork waits until everything is imported: that is paid once, when the service starts.
    warm.start(os.getpid).join()
    result = Path(os.environ["PASSERELLE_HOME"]) / "cost.json"
    for run in sys.argv[1:]:
        variables = {**os.environ, "PREFECT__FLOW_RUN_ID": run}
        process = warm.start(measured, variables, str(result))
        process.join()
        if process.exitcode:
            return process.exitcode
        sys.stdout.write(result.read_text(encoding="ascii") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

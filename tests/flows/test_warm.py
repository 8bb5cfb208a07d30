from __future__ import annotations

import json
import subprocess
import sys

from flows.deployments import read_declared
from flows.warm import PRELOADED

from .conftest import PROJECT

#: Imports what a warm process imports, and tells its threads and the sockets that it holds.
IMPORTS = """
import importlib, json, sys, threading
import psutil
for name in sys.argv[1:]:
    importlib.import_module(name)
told = {"threads": threading.active_count(), "sockets": len(psutil.Process().net_connections("all"))}
print(json.dumps(told))
"""


def test_what_is_imported_beforehand_starts_no_thread_and_opens_no_socket() -> None:
    """Only so a process can be forked: a thread would be missing in the child, its locks held for ever."""
    modules = {entry.entrypoint.rpartition(".")[0] for entry in read_declared(PROJECT / "prefect.yaml")}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *PRELOADED, *sorted(modules)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"threads": 1, "sockets": 0}

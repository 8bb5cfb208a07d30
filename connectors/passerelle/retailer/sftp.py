"""An SFTP server on this machine for as long as a `with` block lasts."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ..errors import ConfigError, Fatal

__all__ = ["PASSWORD_VARIABLE", "SftpServer"]

PASSWORD_VARIABLE = "PASSERELLE_SFTP_PASSWORD"  # noqa: S105 the name of the variable, not its value
"""How the password reaches the server process: by environment, so that no process list shows it."""


class SftpServer:
    """The retailer's SFTP server in a process of its own; stops with the block, or when this process dies.

    Inside the block `host`, `port` and `host_key` (`ssh-ed25519 AAAA…`) say where it is and how to know
    it; the key is kept in `state` (beside the root unless given), so the next start has the same one.
    Needs the `sandbox` extra. ConfigError when it cannot start.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        root: Path,
        *,
        state: Path | None = None,
        user: str = "passerelle",
        password: str = "sesame-ouvre-toi",  # noqa: S107 an invented password of a server on the loopback
        authorized_keys: Path | None = None,
        port: int = 0,
        start_timeout: float = 60.0,
    ) -> None:
        self.root = root
        self.state = state if state is not None else root.with_name(f"{root.name}.sftp")
        self.user = user
        self.password = password
        self.port = port
        self.host_key = ""
        self._authorized_keys = authorized_keys
        self._start_timeout = start_timeout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def known_hosts_line(self) -> str:
        """Return the line that makes a known_hosts file trust this server."""
        return f"[{self.host}]:{self.port} {self.host_key}"

    @property
    def pid(self) -> int | None:
        """Return the server's process id while it runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        if self._process is not None:
            raise Fatal("The SFTP server runs already", advice="Stop it first")
        self.root.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "passerelle.retailer.sftp_server"]
        command += ["--root", str(self.root), "--state", str(self.state), "--port", str(self.port)]
        command += ["--user", self.user, "--parent", str(os.getpid())]
        if self._authorized_keys is not None:
            command += ["--authorized-keys", str(self._authorized_keys)]
        with self._log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 our own module, by this interpreter
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, PASSWORD_VARIABLE: self.password},
            )
        self._process = process
        try:
            said = json.loads(self._first_line(process.stdout))
        except BaseException:
            self.stop()
            raise
        self.port, self.host_key = said["port"], said["host_key"]

    def stop(self) -> None:
        """Stop it and wait until it is gone; stopping twice is no error."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            if process.stdout is not None:
                process.stdout.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.state / "sftp.log"

    def _first_line(self, stdout: IO[bytes] | None) -> bytes:
        """Return the line that the server prints when it listens."""
        if stdout is None:
            raise Fatal("The SFTP server was started without a pipe to hear it")
        deadline = time.monotonic() + self._start_timeout
        heard = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not heard.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ConfigError(f"The SFTP server did not listen within {self._start_timeout} s")
                chunk = os.read(stdout.fileno(), 4096)
                if not chunk:
                    said = self._log.read_text(errors="replace").strip()
                    raise ConfigError(
                        f"The SFTP server did not start: {said}",
                        advice="Install passerelle[sandbox], and see that the port is free",
                    )
                heard += chunk
        return heard

"""Servers for the tests of `files`: asyncssh in its own process, OpenSSH where it is installed."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import SecretStr

from passerelle.files import SftpConfig
from tests.waiting import until

USER, PASSWORD = "erp", "marée-haute"
SCRIPT = Path(__file__).with_name("sftp_server.py")
SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else None)
NEEDS_SSHD = (
    "needs OpenSSH's sshd in /usr/sbin or on the PATH: apt-get install openssh-server (no service needed)"
)


def hold_port() -> socket.socket:
    """Bind a port and never listen: no other program gets it while its server is not there, nor is let in.

    A server that reuses addresses, as servers do, can bind it all the same: on Linux. Elsewhere the port is
    let go, and is only likely to stay free.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def port_of(held: socket.socket) -> int:
    """Say which port is held; lets it go where two cannot bind it."""
    port: int = held.getsockname()[1]
    if sys.platform != "linux":
        held.close()
    return port


class SftpServer:
    """A running server: its folder, how to reach it, and a switch."""

    def __init__(self, root: Path, keys: Path, *options: str) -> None:
        self.root = root
        self.keys = keys
        self.options = options
        self._held = hold_port()
        self.port = port_of(self._held)
        try:
            self.start()
        except BaseException:
            self._held.close()
            raise

    def start(self) -> None:
        """Start (again, on the same port with the same host key)."""
        command = [sys.executable, str(SCRIPT), str(self.root), str(self.keys / "host"), *self.options]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True, cwd=self.keys
        )
        if self.process.stdout is None:
            raise RuntimeError("no pipe")
        told = self.process.stdout.readline()
        if told != f"{self.port}\n":
            self.kill()
            raise RuntimeError(
                f"the server ended with {self.process.returncode} before it listened on {self.port}; "
                "why is in what was captured of stderr"
            )

    def kill(self) -> None:
        """Stop at once, as a crash does."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def close(self) -> None:
        """Stop for good."""
        self.kill()
        self._held.close()

    @property
    def host_key(self) -> str:
        """Tell the key that this server shows."""
        return (self.keys / "host.pub").read_text().strip()

    def config(self, **changes: Any) -> SftpConfig:
        """Make the settings that reach this server, changed as asked."""
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": USER,
            "password": SecretStr(PASSWORD),
            "host_keys": self.host_key,
            "timeout": 20,
            "retry_wait": 0,
        }
        return SftpConfig(**(settings | changes))


def new_key(path: Path, passphrase: str | None = None) -> None:
    """Write a private key and its public half."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(path), passphrase=passphrase)
    path.chmod(0o600)
    key.write_public_key(str(path.with_name(path.name + ".pub")))


StartServer = Callable[..., SftpServer]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host key, a client key, and a stranger's key."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("host", "client", "stranger"):
        new_key(folder / name)
    new_key(folder / "locked", "sésame")
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[SftpServer]:
    """One well-behaved asyncssh server; each test uses a folder of its own."""
    running = SftpServer(tmp_path_factory.mktemp("server"), keys)
    yield running
    running.close()


@pytest.fixture
def start_server(tmp_path: Path, keys: Path) -> Iterator[StartServer]:
    """Start asyncssh servers with bad manners as asked; all are stopped at the end."""
    running: list[SftpServer] = []

    def start(*options: str) -> SftpServer:
        root = tmp_path / f"server-{len(running)}"
        root.mkdir()
        server = SftpServer(root, keys, *options)
        running.append(server)
        return server

    yield start
    for server in running:
        server.close()


class Sshd:
    """OpenSSH's sshd in the foreground, for the user who runs the tests, by key."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.keys = keys
        self._held = hold_port()
        self.port = port_of(self._held)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # sshd's own empty folder for separated privileges
        settings = folder / "sshd_config"
        settings.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\n"
            f'HostKey "{keys / "host"}"\nPidFile "{folder / "pid"}"\n'
            f'AuthorizedKeysFile "{keys / "client.pub"}"\nPasswordAuthentication no\nPermitRootLogin yes\n'
            "UsePAM no\nStrictModes no\nSubsystem sftp internal-sftp\n"
        )
        self._log = folder / "sshd.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([SSHD or "sshd", "-D", "-e", "-f", str(settings)], stderr=log)
        try:
            until(lambda: self._listens() or self.process.poll() is not None)
            assert self._listens(), f"sshd did not start: {self._log.read_text(errors='replace')}"
        except BaseException:
            self.close()
            raise

    def _listens(self) -> bool:
        said = self._log.read_text(errors="replace")
        return f"Server listening on 127.0.0.1 port {self.port}." in said

    def close(self) -> None:
        """Stop for good."""
        self.process.terminate()
        self.process.wait()
        self._held.close()

    def config(self, **changes: Any) -> SftpConfig:
        """Make the settings that reach this server, changed as asked."""
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": getpass.getuser(),
            "private_key": self.keys / "client",
            "host_keys": (self.keys / "host.pub").read_text().strip(),
            "timeout": 20,
            "retry_wait": 0,
        }
        return SftpConfig(**(settings | changes))


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[Sshd]:
    """OpenSSH's own server, skipped where it is not installed."""
    if SSHD is None:
        pytest.skip(NEEDS_SSHD)
    server = Sshd(tmp_path_factory.mktemp("sshd"), keys)
    yield server
    server.close()

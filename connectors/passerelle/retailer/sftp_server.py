"""The retailer's SFTP server, a process of its own: `python -m passerelle.retailer.sftp_server --root DIR`.

Prints one line of JSON, `{"port": …, "host_key": "ssh-ed25519 …"}`, when it listens on 127.0.0.1. Clients
see the root and nothing above it. The password comes from the environment (PASSERELLE_SFTP_PASSWORD), so
that no process list shows it. For development: it holds one user and no quota.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import os
import signal
import sys
from pathlib import Path

import asyncssh

from .sftp import PASSWORD_VARIABLE

__all__ = ["main"]

_PARENT_CHECK = 0.5
"""Seconds between two looks whether the parent process still lives."""


class _Doorkeeper(asyncssh.SSHServer):
    """Lets one user in, by password or by an authorised key."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return bool(self._password)

    def validate_password(self, username: str, password: str) -> bool:
        right_user = hmac.compare_digest(username.encode(), self._user.encode())
        return hmac.compare_digest(password.encode(), self._password.encode()) and right_user


class _ServedFolders(asyncssh.SFTPServer):
    """The root and what is below it; links are not made here, they could point outside."""

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        del oldpath, newpath
        raise asyncssh.SFTPOpUnsupported("No links on this server")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        del oldpath, newpath
        raise asyncssh.SFTPOpUnsupported("No links on this server")


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop (SIGTERM, SIGINT) or until the parent process is gone."""
    options = _options(arguments)
    asyncio.run(_serve(options, os.environ.pop(PASSWORD_VARIABLE, "")))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="passerelle.retailer.sftp_server", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the folder to serve, seen as /")
    parser.add_argument("--state", type=Path, help="where the host key is kept (beside the root)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--user", default="passerelle")
    parser.add_argument("--authorized-keys", type=Path, help="public keys that may log in, one a line")
    parser.add_argument("--parent", type=int, help="stop when this process is no longer the parent")
    options = parser.parse_args(arguments)
    if not os.environ.get(PASSWORD_VARIABLE) and options.authorized_keys is None:
        parser.error(f"nobody could log in: set {PASSWORD_VARIABLE} or give --authorized-keys")
    if not options.root.is_dir():
        parser.error(f"there is no folder {options.root}")
    if options.state is None:
        options.state = options.root.with_name(f"{options.root.name}.sftp")
    return options


async def _serve(options: argparse.Namespace, password: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host_key = _host_key(options.state)
    root = os.fsencode(options.root.resolve())
    server = await asyncssh.listen(
        "127.0.0.1",
        options.port,
        server_factory=lambda: _Doorkeeper(options.user, password),
        server_host_keys=[host_key],
        authorized_client_keys=str(options.authorized_keys) if options.authorized_keys else None,
        sftp_factory=lambda channel: _ServedFolders(channel, chroot=root),
        allow_scp=False,
        agent_forwarding=False,
        line_editor=False,
    )
    async with server:
        public = host_key.export_public_key("openssh").decode().split()
        sys.stdout.write(json.dumps({"port": server.get_port(), "host_key": " ".join(public[:2])}) + "\n")
        sys.stdout.flush()
        await _until_told(stop, options.parent)


async def _until_told(stop: asyncio.Event, parent: int | None) -> None:
    while not stop.is_set() and (parent is None or os.getppid() == parent):
        try:
            await asyncio.wait_for(stop.wait(), _PARENT_CHECK if parent is not None else None)
        except TimeoutError:
            continue


def _host_key(state: Path) -> asyncssh.SSHKey:
    """Return the host key kept in the state folder, made on first use and readable by its owner only."""
    path = state / "host_key"
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True)
        key = asyncssh.generate_private_key("ssh-ed25519", comment="passerelle retailer")
        temporary = path.with_name(f"host_key.{os.getpid()}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(key.export_private_key("openssh"))
        temporary.replace(path)
    return asyncssh.read_private_key(str(path))


if __name__ == "__main__":
    sys.exit(main())

"""An SFTP server in a process of its own, with a dial for bad manners. Prints its port when it listens."""

from __future__ import annotations

import argparse
import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh

USER, PASSWORD = "erp", "marée-haute"


class Server(asyncssh.SFTPServer):
    """asyncssh's own server, or one that behaves as some partners' do."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], options: argparse.Namespace) -> None:
        super().__init__(chan, chroot=os.fsencode(options.root))
        self.options = options
        self.written = 0

    def _forbid(self) -> None:
        if self.options.read_only:
            raise asyncssh.SFTPPermissionDenied("lecture seule")

    def _lie(self, state: os.stat_result) -> asyncssh.SFTPAttrs:
        attrs = asyncssh.SFTPAttrs.from_local(state)
        if stat.S_ISREG(state.st_mode):
            attrs.size = (attrs.size or 0) + self.options.lie
        return attrs

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """State a size."""
        return self._lie(os.stat(self.map_path(path)))  # noqa: PTH116 paths are bytes here

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """State a size."""
        return self._lie(os.lstat(self.map_path(path)))

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """State a size."""
        file_obj.flush()  # type: ignore[attr-defined] # asyncssh hands its own file object back as object
        return self._lie(os.fstat(file_obj.fileno()))  # type: ignore[attr-defined] # as above

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List with the sizes that are stated."""
        told = 0
        async for entry in super().scandir(path):
            told += 1
            if told == self.options.die_in_listing:
                os._exit(1)
            if entry.attrs.permissions is not None and stat.S_ISREG(entry.attrs.permissions):
                entry.attrs.size = (entry.attrs.size or 0) + self.options.lie
            yield entry

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open, unless the account may only read."""
        if pflags & asyncssh.FXF_WRITE:
            self._forbid()
        return super().open(path, pflags, attrs)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Answer with at most one piece."""
        data = super().read(file_obj, offset, min(size, self.options.piece))
        if not isinstance(data, bytes):
            data = await data
        return data

    def write(self, file_obj: object, offset: int, data: bytes) -> object:  # type: ignore[override] # it may wait
        """Write, until the disk is full."""
        self.written += len(data)
        if self.options.disk and self.written > self.options.disk:
            raise asyncssh.SFTPFailure("disque plein")
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> object:  # type: ignore[override] # it may wait
        """Rename; some servers replace what is there."""
        self._forbid()
        if self.options.overwriting:
            os.replace(self.map_path(oldpath), self.map_path(newpath))  # noqa: PTH105 paths are bytes here
            return None
        return super().rename(oldpath, newpath)

    def remove(self, path: bytes) -> object:  # type: ignore[override] # it may wait
        """Remove."""
        self._forbid()
        return super().remove(path)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> object:  # type: ignore[override] # it may wait
        """Make a folder."""
        self._forbid()
        return super().mkdir(path, attrs)


class Access(asyncssh.SSHServer):
    """One account with a password."""

    def password_auth_supported(self) -> bool:
        """Take passwords."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Know one account."""
        return (username, password) == (USER, PASSWORD)


async def serve(options: argparse.Namespace) -> None:
    """Serve until killed."""
    listener = await asyncssh.listen(
        "127.0.0.1",
        options.port,
        server_factory=Access,
        server_host_keys=[str(options.host_key)],
        sftp_factory=lambda chan: Server(chan, options),
        authorized_client_keys=str(options.authorized_keys) if options.authorized_keys else None,
    )
    print(listener.get_port(), flush=True)  # noqa: T201 the port is what the parent waits for
    await listener.wait_closed()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("host_key", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--authorized-keys", type=Path)
    parser.add_argument("--lie", type=int, default=0, help="bytes added to every size that is stated")
    parser.add_argument("--piece", type=int, default=1 << 22, help="largest answer to a read")
    parser.add_argument("--disk", type=int, default=0, help="bytes a session may write")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--die-in-listing", type=int, default=0, help="die at this entry of a listing")
    parser.add_argument("--overwriting", action="store_true", help="rename replaces what is there")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()

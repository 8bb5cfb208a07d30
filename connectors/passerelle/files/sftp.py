"""A folder on a partner's SFTP server."""

from __future__ import annotations

import errno
import io
import posixpath
import stat
import time
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO, Self

from .folders import Progress, RemoteFile, check_name, check_target
from .sftp_config import SftpConfig
from .sftp_connection import SftpConnection
from .sftp_session import SftpSession

__all__ = ["SftpConfig", "SftpFolder"]


class SftpFolder:
    """A folder on an SFTP server, relative to the log-in folder unless `path` begins with `/`.

    The connection is opened by the first call. A broken one is opened again for steps that may be
    repeated: list, stat, read into a file, write with `replace`, rename, remove, make a folder.
    """

    def __init__(
        self,
        config: SftpConfig,
        path: str = "",
        *,
        sleep: Callable[[float], None] = time.sleep,
        connection: SftpConnection | None = None,
    ) -> None:
        self.config = config
        self.path = path
        self._connection = connection or SftpConnection(config, sleep)
        self._owner = connection is None

    @property
    def label(self) -> str:
        """Say in messages which folder this is."""
        return f"{self.config.label}/{self.path.lstrip('/')}"

    def list(self) -> list[RemoteFile]:
        """List the regular files, in no particular order."""
        entries = self._connection.run(self.path, lambda session: session.entries(_wire(self.path or ".")))
        return [
            RemoteFile(
                entry.name.decode("utf-8", "surrogateescape"), entry.size or 0, float(entry.modified or 0)
            )
            for entry in entries
            if entry.permissions is None or stat.S_ISREG(entry.permissions)
        ]

    def stat(self, name: str) -> RemoteFile | None:
        """Look at one file; None when it is not there."""
        path = self._path(check_name(name))
        try:
            found = self._connection.run(path, lambda session: session.stat(_wire(path)))
        except FileNotFoundError:
            return None
        return RemoteFile(name, found.st_size or 0, float(found.st_mtime or 0))

    def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
        """Copy a file's content into `target` to its true end and return the number of bytes."""
        path = self._path(check_name(name))
        start = target.tell() if target.seekable() else None

        def act(session: SftpSession) -> int:
            done = 0
            if start is not None:
                target.seek(start)
                target.truncate()

            def write(piece: bytes) -> None:
                nonlocal done
                target.write(piece)
                done += len(piece)
                if progress is not None:
                    progress(done)

            return session.download(_wire(path), write, request_size=self._connection.request_size)

        return self._connection.run(path, act, repeatable=start is not None)

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:
        """Write a file and return the number of bytes; without `replace` a taken name is refused."""
        path = self._path(check_name(name))
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        start = source.tell() if source.seekable() else None

        def act(session: SftpSession) -> int:
            if start is not None:
                source.seek(start)
            return session.upload(
                _wire(path), source, request_size=self._connection.request_size, replace=replace
            )

        return self._connection.run(path, act, repeatable=replace and start is not None)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, which may lead into a sub-folder; never overwrites.

        The protocol leaves open whether a rename overwrites, so the new name is looked at first. On
        servers whose rename does overwrite, someone who takes the name in between loses to us.
        """
        source, target = self._path(check_name(old)), self._path(check_target(new))
        tried = False

        def act(session: SftpSession) -> None:
            nonlocal tried
            if session.exists(_wire(target)):
                if tried and not session.exists(_wire(source)):
                    return  # the answer to the first try was lost, not the rename
                raise _taken(target)
            tried = True
            try:
                session.rename(_wire(source), _wire(target))
            except OSError as error:
                if error.errno in {None, errno.EEXIST} and session.exists(_wire(target)):
                    raise _taken(target) from error  # OpenSSH says just "Failure"
                raise

        self._connection.run(source, act)

    def remove(self, name: str) -> None:
        """Delete one file."""
        path = self._path(check_name(name))
        tried = False

        def act(session: SftpSession) -> None:
            nonlocal tried
            again, tried = tried, True
            try:
                session.remove(_wire(path))
            except FileNotFoundError:
                if not again:
                    raise

        self._connection.run(path, act)

    def make_folder(self) -> None:
        """Create this folder (and those above it) unless it is there."""

        def act(session: SftpSession) -> None:
            for path in _lineage(self.path):
                if session.exists(_wire(path)):
                    continue
                try:
                    session.mkdir(_wire(path))
                except OSError:
                    if not session.exists(_wire(path)):  # nobody else made it meanwhile
                        raise

        self._connection.run(self.path, act)

    def child(self, path: str) -> SftpFolder:
        """Go to a sub-folder over the same connection; closing this folder closes that one."""
        return SftpFolder(self.config, self._path(check_target(path)), connection=self._connection)

    def close(self) -> None:
        """Give the connection back, unless it belongs to the folder that this is a child of."""
        if self._owner:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _path(self, name: str) -> str:
        return posixpath.join(self.path, name)


def _wire(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _lineage(path: str) -> list[str]:
    """All folders on the way to `path`, from the top."""
    found: list[str] = []
    while path not in {"", "/", "."}:
        found.insert(0, path)
        path = posixpath.dirname(path)
    return found


def _taken(path: str) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "The name is taken", path)

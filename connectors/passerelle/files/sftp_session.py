"""One SFTP session with requests in flight: whole files in bounded memory, every answer checked.

paramiko's own prefetch asks for the whole file at once, and its pipelined writes drop the server's
answers, so that a full disk goes unnoticed. Here a fixed number of requests is in flight, answers are
put in order, a server that answers in smaller pieces is followed, and each write is confirmed.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_DATA,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_PERMISSION_DENIED,
    SFTPError,
    int64,
)

__all__ = ["Entry", "SftpSession"]

#: Bytes asked for and not yet there. paramiko's channel takes 2 MiB; more only waits at the other end.
WINDOW = 2 << 20

# Later protocol versions say so in a number; version 3 has none, but some servers send it all the same.
_FILE_ALREADY_EXISTS = 11

# SSH_FILEXFER_ATTR_* of the SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02, section 5)
_SIZE, _OWNER, _PERMISSIONS, _TIMES, _EXTENDED = 1, 2, 4, 8, 0x80000000


class Entry(NamedTuple):
    """One line of a listing; what the server does not tell is None."""

    name: bytes
    size: int | None
    permissions: int | None
    modified: int | None


class _Answers:
    """Collects the server's answers to the requests of one transfer, in the order in which they arrive."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, int, Message]] = deque()

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        self.waiting.append((number, kind, message))


class SftpSession(paramiko.SFTPClient):
    """paramiko's client with transfers of its own; not for use by two threads at once."""

    if TYPE_CHECKING:  # paramiko's inner calls, which its stubs leave out

        def _async_request(self, fileobj: object, t: int, *args: object) -> int: ...
        def _request(self, t: int, *args: object) -> tuple[int, Message]: ...
        def _read_response(self, waitfor: int | None = None) -> tuple[int | None, Message | None]: ...

    def entries(self, path: bytes) -> list[Entry]:
        """List a folder with names as bytes: some servers keep Latin-1 names, which no text decoder takes."""
        kind, message = self._request(CMD_OPENDIR, path)
        if kind != CMD_HANDLE:
            raise SFTPError(f"expected a handle for the folder, received message {kind}")
        handle = message.get_binary()
        found: list[Entry] = []
        while True:
            try:
                kind, message = self._request(CMD_READDIR, handle)
            except EOFError:
                break
            if kind != CMD_NAME:
                raise SFTPError(f"expected names, received message {kind}")
            found.extend(_entry(message) for _ in range(message.get_int()))
        self._request(CMD_CLOSE, handle)
        return [entry for entry in found if entry.name not in {b".", b".."}]

    def download(self, path: bytes, write: Callable[[bytes], object], *, request_size: int) -> int:
        """Hand a file's content to `write`, in order, to its true end; returns the number of bytes.

        The size the server states only decides how far to read ahead: reading ends where the server says
        that the file ends. At most `WINDOW` bytes are in memory.
        """
        depth = max(2, WINDOW // request_size)
        answers = _Answers()
        asked: dict[int, tuple[int, int]] = {}
        parts: dict[int, bytes] = {}
        end: int | None = None
        written = ahead = 0
        with self.open(path, "r") as file:
            stated = file.stat().st_size or 0

            def ask(offset: int, length: int) -> None:
                number = self._async_request(answers, CMD_READ, file.handle, int64(offset), length)
                asked[number] = (offset, length)

            while end is None or written < end:
                while (
                    end is None
                    and len(asked) + len(parts) < depth
                    and (ahead < stated or not (asked or parts))
                ):
                    ask(ahead, request_size)
                    ahead += request_size
                if not asked:
                    raise SFTPError(f"the server left out bytes {written} to {end}")
                number, kind, message = self._next(answers)
                offset, length = asked.pop(number)
                data = message.get_binary() if kind == CMD_DATA else self._end_of_file(message)
                if not data:
                    end = offset if end is None else min(end, offset)
                    continue
                if len(data) < length:
                    ask(offset + len(data), length - len(data))
                    if offset + len(data) < stated:  # not the end: this server answers in smaller pieces
                        request_size = max(len(data), 4096)
                parts[offset] = data
                while (piece := parts.pop(written, None)) is not None:
                    write(piece)
                    written += len(piece)
        return written

    def upload(self, path: bytes, source: BinaryIO, *, request_size: int, replace: bool) -> int:
        """Write a file from `source`; returns the number of bytes, which the server has confirmed."""
        depth = max(2, WINDOW // request_size)
        answers = _Answers()
        in_flight = written = 0
        with self._create(path, replace=replace) as file:
            while chunk := source.read(request_size):
                self._async_request(answers, CMD_WRITE, file.handle, int64(written), chunk)
                written += len(chunk)
                in_flight += 1
                if in_flight >= depth:
                    self._convert_status(self._next(answers)[2])
                    in_flight -= 1
            for _ in range(in_flight):
                self._convert_status(self._next(answers)[2])
            stored = file.stat().st_size
        if stored is not None and stored != written:
            raise SFTPError(f"{written} bytes were sent, the server holds {stored}")
        return written

    def exists(self, path: bytes) -> bool:
        """Tell whether a name is taken, by a file or a folder."""
        try:
            self.stat(path)
        except FileNotFoundError:
            return False
        return True

    def _create(self, path: bytes, *, replace: bool) -> paramiko.SFTPFile:
        try:
            return self.open(path, "w" if replace else "wx")
        except OSError as error:
            # OpenSSH says just "Failure" when the name is taken
            if not replace and error.errno in {None, errno.EEXIST} and self.exists(path):
                raise FileExistsError(errno.EEXIST, "The name is taken") from error
            raise

    def _convert_status(self, msg: Message) -> None:
        """Raise what a status means; its text may be in any charset (`Accès refusé` in Latin-1)."""
        code, text = msg.get_int(), msg.get_binary().decode("utf-8", "replace")
        if code == SFTP_OK:
            return
        if code == SFTP_EOF:
            raise EOFError(text)
        if code == SFTP_NO_SUCH_FILE:
            raise FileNotFoundError(errno.ENOENT, text)
        if code == SFTP_PERMISSION_DENIED:
            raise PermissionError(errno.EACCES, text)
        if code == _FILE_ALREADY_EXISTS:
            raise FileExistsError(errno.EEXIST, text)
        raise OSError(text or f"status {code}")

    def _next(self, answers: _Answers) -> tuple[int, int, Message]:
        while not answers.waiting:
            self._read_response()
        return answers.waiting.popleft()

    def _end_of_file(self, status: Message) -> bytes:
        try:
            self._convert_status(status)
        except EOFError:
            return b""
        raise SFTPError("the server answered a read with neither data nor an error")


def _entry(message: Message) -> Entry:
    name = message.get_binary()
    message.get_binary()  # the line as `ls -l` would print it
    size = permissions = modified = None
    flags = message.get_int()
    if flags & _SIZE:
        size = message.get_int64()
    if flags & _OWNER:
        message.get_int()
        message.get_int()
    if flags & _PERMISSIONS:
        permissions = message.get_int()
    if flags & _TIMES:
        message.get_int()
        modified = message.get_int()
    if flags & _EXTENDED:
        for _ in range(message.get_int() * 2):
            message.get_binary()
    return Entry(name, size, permissions, modified)

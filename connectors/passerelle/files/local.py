"""A folder on this machine (or mounted on it)."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from .folders import Progress, RemoteFile, check_name, check_target

__all__ = ["LocalFolder"]

_CHUNK = 1 << 20
# Linux, fcntl.h and linux/fs.h: paths count from the current folder; fail when the new name is taken.
_AT_CWD, _NO_REPLACE = -100, 1


class LocalFolder:
    """A folder of the file system; what was written is on the disk before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def label(self) -> str:
        """Say in messages which folder this is."""
        return str(self.path)

    def list(self) -> list[RemoteFile]:
        """List the regular files, in no particular order."""
        found: list[RemoteFile] = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                try:
                    if entry.is_file(follow_symlinks=False):
                        state = entry.stat(follow_symlinks=False)
                        found.append(RemoteFile(entry.name, state.st_size, state.st_mtime))
                except FileNotFoundError:
                    continue  # taken away while we were looking: it is not there any more
        return found

    def stat(self, name: str) -> RemoteFile | None:
        """Look at one file; None when it is not there."""
        try:
            state = (self.path / check_name(name)).stat()
        except FileNotFoundError:
            return None
        return RemoteFile(name, state.st_size, state.st_mtime)

    def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
        """Copy a file's content into `target` to its true end and return the number of bytes."""
        done = 0
        with (self.path / check_name(name)).open("rb") as source:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done)
        return done

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:
        """Write a file and return the number of bytes; without `replace` a taken name is refused."""
        with (self.path / check_name(name)).open("wb" if replace else "xb") as target:
            if isinstance(content, bytes):
                target.write(content)
            else:
                shutil.copyfileobj(content, target, _CHUNK)
            size = target.tell()
            target.flush()
            os.fsync(target.fileno())
        return size

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, which may lead into a sub-folder; never overwrites.

        Where the system has it, this is one step that fails when the name is taken. Elsewhere it is a link
        and an unlink, where a crash in between leaves both names.
        """
        source, target = self.path / check_name(old), self.path / check_target(new)
        if not _rename_exclusively(source, target):
            target.hardlink_to(source)
            source.unlink()

    def remove(self, name: str) -> None:
        """Delete one file."""
        (self.path / check_name(name)).unlink()

    def make_folder(self) -> None:
        """Create this folder (and those above it) unless it is there."""
        self.path.mkdir(parents=True, exist_ok=True)

    def child(self, path: str) -> LocalFolder:
        """Go to a sub-folder."""
        return LocalFolder(self.path / check_target(path))

    def close(self) -> None:
        """Nothing to give back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def _rename_exclusively(source: Path, target: Path) -> bool:
    """Rename in one step that never overwrites; False when the system or the file system cannot."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(_AT_CWD, os.fsencode(source), _AT_CWD, os.fsencode(target), ctypes.c_uint(_NO_REPLACE)) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))

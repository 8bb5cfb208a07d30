"""A partner's folder, wherever it is: what it can do, and how names are kept from becoming paths."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO, NamedTuple, Protocol, Self

__all__ = ["UNSTATED", "Folder", "Progress", "RemoteFile", "check_name", "check_target", "safe_name"]

#: Called with the number of bytes carried so far.
Progress = Callable[[int], object]

_UNSAFE = re.compile(r"[^\w.\-]", re.ASCII)
_LONGEST_SAFE_NAME, _LONGEST_EXTENSION = 120, 8


#: The size of a file when its server does not say it.
UNSTATED = -1


class RemoteFile(NamedTuple):
    """A regular file as its folder lists it: size in bytes, date of change in seconds since 1970.

    `version` is the server's own mark of this very content, where it has one (an ETag).
    """

    name: str
    size: int
    modified: float
    version: str = ""

    def same_state(self, other: RemoteFile) -> bool:
        """Tell whether two looks saw the same content, whatever the file was called."""
        return self[1:] == other[1:]


class Folder(Protocol):
    """One folder of a partner. Names are names inside it, never paths.

    A file or folder that is missing is a `FileNotFoundError`, a missing right a `PermissionError`, a name
    that is taken a `FileExistsError`. A lost connection or a server's refusal without a reason is a
    `Retriable`, a wrong host key or login a `ConfigError`.
    """

    @property
    def label(self) -> str:
        """Say in messages which folder this is."""
        ...

    def list(self) -> list[RemoteFile]:
        """List the regular files, in no particular order."""
        ...

    def stat(self, name: str) -> RemoteFile | None:
        """Look at one file; None when it is not there."""
        ...

    def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
        """Copy a file's content into `target` to its true end and return the number of bytes.

        A lost connection is tried again from the start when `target` can seek and truncate.
        """
        ...

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:
        """Write a file and return the number of bytes; without `replace` a taken name is refused."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, which may lead into a sub-folder (`archive/X.xml`); never overwrites."""
        ...

    def remove(self, name: str) -> None:
        """Delete one file."""
        ...

    def make_folder(self) -> None:
        """Create this folder (and those above it) unless it is there."""
        ...

    def child(self, path: str) -> Folder:
        """Go to a sub-folder over the same connection; closing this folder closes that one."""
        ...

    def close(self) -> None:
        """Give the connection back; a closed folder opens a new one when it is used again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


def check_name(name: str) -> str:
    """Return `name` when it names a file inside a folder; raise ValueError when it could lead elsewhere."""
    if name in {"", ".", ".."} or "/" in name or "\\" in name or "\0" in name:
        raise ValueError(f"{name!r} is not a file name: expected one name without separators")
    return name


def check_target(path: str) -> str:
    """Return `path` when it is a name, or names joined by `/`, that stay below the folder."""
    for part in path.split("/"):
        check_name(part)
    return path


def safe_name(name: str) -> str:
    """Turn whatever a partner calls a file into a plain file name of ours, telling different names apart.

    Only ASCII letters, digits, `.`, `-` and `_` stay. A name that had to change gets a piece of its
    own hash, so that two names never become one.
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _UNSAFE.sub("_", plain).lstrip(".")
    if plain and plain == name and len(name) <= _LONGEST_SAFE_NAME:
        return plain
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    stem, extension = posixpath.splitext(plain[:_LONGEST_SAFE_NAME])
    if not stem or len(extension) > _LONGEST_EXTENSION:
        stem, extension = stem + extension, ""
    return f"{stem or 'file'}-{mark}{extension}"

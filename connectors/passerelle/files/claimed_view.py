"""A folder as its partner laid it: what one collector has claimed stands under its own name again."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import BinaryIO, Self

from .folders import Folder, Progress, RemoteFile

__all__ = ["ClaimedView"]


class ClaimedView:
    """The folder beneath, seen through `claimed`: own names and the names under which the files stand.

    So every rule of readiness finds a claimed file again as it found it first: with its marker, its checksum,
    its pieces, the other files of its batch. A file that came under the same name since is not seen.
    """

    def __init__(self, folder: Folder, claimed: Mapping[str, str]) -> None:
        self._folder = folder
        self._stands_as = claimed
        self._own = {stands_as: name for name, stands_as in claimed.items()}

    @property
    def label(self) -> str:
        """Say in messages which folder this is."""
        return self._folder.label

    def list(self) -> list[RemoteFile]:
        """List the regular files, in no particular order."""
        return [
            file._replace(name=self._own.get(file.name, file.name))
            for file in self._folder.list()
            if file.name not in self._stands_as
        ]

    def stat(self, name: str) -> RemoteFile | None:
        """Look at one file; None when it is not there."""
        found = self._folder.stat(self._stands_as.get(name, name))
        return None if found is None else found._replace(name=name)

    def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
        """Copy a file's content into `target`."""
        return self._folder.read_to(self._stands_as.get(name, name), target, progress=progress)

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:
        """Write a file of the folder beneath."""
        return self._folder.write(name, content, replace=replace)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""
        self._folder.rename(self._stands_as.get(old, old), new)

    def remove(self, name: str) -> None:
        """Delete one file."""
        self._folder.remove(self._stands_as.get(name, name))

    def make_folder(self) -> None:
        """Create the folder beneath."""
        self._folder.make_folder()

    def child(self, path: str) -> Folder:
        """Go to a sub-folder, where nothing is claimed."""
        return self._folder.child(path)

    def close(self) -> None:
        """Close the folder beneath."""
        self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

"""Delivering a file so that the partner sees it once and whole, whenever we or the line break."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, cast

from ..errors import ConfigError, Fatal
from .folders import Folder

__all__ = ["DeliveryState", "NameRules", "deliver", "lint_name"]


class NameRules(NamedTuple):
    """What a partner's server does with names; the reserved words are looked for anywhere, in any case.

    Several marketplaces pass over files whose name contains `progress`, `test` or `done`.
    """

    reserved: tuple[str, ...] = ("progress", "test", "done", "tmp", "filepart")
    allowed: str = r"[A-Za-z0-9._-]"
    longest: int = 100


class DeliveryState(enum.StrEnum):
    """How far a delivery has come; each state is stored before the act that it names."""

    PREPARED = "prepared"
    UPLOADING = "uploading"
    RENAMING = "renaming"
    MARKING = "marking"
    DELIVERED = "delivered"


def lint_name(name: str, rules: NameRules | None = None) -> list[str]:
    """Say everything that is wrong with a name for an outgoing file; empty when nothing is."""
    rules = rules or NameRules()
    faults = [
        f"contains {word!r}, which makes partners ignore the file"
        for word in rules.reserved
        if word.casefold() in name.casefold()
    ]
    if odd := sorted({letter for letter in name if not re.fullmatch(rules.allowed, letter)}):
        faults.append(f"contains {', '.join(map(repr, odd))}, allowed is {rules.allowed}")
    if not 0 < len(name) <= rules.longest:
        faults.append(f"has {len(name)} characters, allowed are 1 to {rules.longest}")
    if name.startswith("."):
        faults.append("begins with a dot, which hides the file")
    return faults


def deliver(
    folder: Folder,
    name: str,
    content: bytes,
    *,
    marker: str | None,
    step: Callable[[DeliveryState], object],
    state: DeliveryState = DeliveryState.PREPARED,
    partial: str = ".tmp",
    rules: NameRules | None = None,
) -> None:
    """Deliver `content` as `name`: upload under a temporary name, rename, put the marker last.

    `step` stores each state before its act; after a crash call again with the state stored last and the
    same content. `marker` is the marker's name, or None when the partner takes a file as soon as its name
    appears. Nothing is ever overwritten but our own temporary file.

    Raises ConfigError for a name that the partner would pass over, Fatal when the name is taken by other
    content, and what the folder raises. The partner must remove a file before its marker (or both at
    once): a marker that is gone while its file is there is put again.
    """
    if faults := lint_name(name, rules):
        raise ConfigError(f"File name {name!r} cannot be delivered: it {'; it '.join(faults)}")
    delivery = _Delivery(folder, name, content, marker, f"{name}{partial}")
    while state is not DeliveryState.DELIVERED:
        if state is DeliveryState.PREPARED:
            state = DeliveryState.UPLOADING
            step(state)
        following = delivery.act(state)
        step(following)
        state = following


class _Delivery:
    """The acts of one delivery; each looks first, because it may have been done already."""

    def __init__(self, folder: Folder, name: str, content: bytes, marker: str | None, partial: str) -> None:
        self.folder = folder
        self.name = name
        self.content = content
        self.marker = marker
        self.partial = partial

    @property
    def after_rename(self) -> DeliveryState:
        return DeliveryState.DELIVERED if self.marker is None else DeliveryState.MARKING

    def act(self, state: DeliveryState) -> DeliveryState:
        if state is DeliveryState.UPLOADING:
            return self.upload()
        return self.rename() if state is DeliveryState.RENAMING else self.mark()

    def upload(self) -> DeliveryState:
        if self._is_there():
            self._drop_partial()
            return self.after_rename
        self.folder.write(self.partial, self.content, replace=True)
        return DeliveryState.RENAMING

    def rename(self) -> DeliveryState:
        if self._is_there():
            self._drop_partial()
            return self.after_rename
        try:
            self.folder.rename(self.partial, self.name)
        except FileNotFoundError:
            # Our temporary file was whole before this state was stored. A partner without markers takes
            # the file as soon as it has its name, so it has been taken. One who waits for the marker
            # cannot have taken it: someone cleaned up the temporary file.
            return DeliveryState.UPLOADING if self.marker is not None else DeliveryState.DELIVERED
        except FileExistsError:
            if not self._is_there():
                return DeliveryState.RENAMING  # the name became free again: look once more
            self._drop_partial()
        return self.after_rename

    def mark(self) -> DeliveryState:
        if self.marker is not None and self.folder.stat(self.name) is not None:
            try:
                self.folder.write(self.marker, b"")
            except FileExistsError:
                return DeliveryState.DELIVERED  # put before the crash, not yet seen by the partner
        return DeliveryState.DELIVERED

    def _is_there(self) -> bool:
        """Tell whether the final name holds our content; raise Fatal when it holds something else."""
        found = self.folder.stat(self.name)
        if found is None:
            return False
        digest = hashlib.sha256()
        if found.size == len(self.content):
            try:
                self.folder.read_to(self.name, cast("BinaryIO", _Hashing(digest.update)))
            except FileNotFoundError:
                return False
        if digest.digest() != hashlib.sha256(self.content).digest():
            raise Fatal(
                f"{self.folder.label}: {self.name} exists with other content ({found.size} bytes, "
                f"ours has {len(self.content)})",
                advice="It was not overwritten. Ask the partner whose it is; ours needs a new sequence",
            )
        return True

    def _drop_partial(self) -> None:
        try:
            self.folder.remove(self.partial)
        except FileNotFoundError:
            return


class _Hashing:
    """A target that keeps nothing but the hash; it cannot rewind."""

    def __init__(self, update: Callable[[bytes], None]) -> None:
        self.update = update

    def write(self, piece: bytes) -> int:
        self.update(piece)
        return len(piece)

    def seekable(self) -> bool:
        return False

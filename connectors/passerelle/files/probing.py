"""What may we do in a partner's folder? Tried out with a small file of our own, which is taken away again."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from typing import Literal, NamedTuple

from ..errors import PasserelleError
from .folders import Folder

__all__ = ["Capability", "Finding", "probe"]

Capability = Literal[
    "list", "read", "write", "exact_size", "rename", "never_overwrites", "make_folder", "remove"
]

_CONTENT = b"Passerelle looks what it may do here. This file can be deleted.\r\n"


class Finding(NamedTuple):
    """One thing tried: True works, False does not (`detail` says how), None could not be tried."""

    capability: Capability
    works: bool | None
    detail: str


class _Probe:
    def __init__(self, folder: Folder, name: str) -> None:
        self.folder = folder
        self.name = name
        self.findings: list[Finding] = []
        self.left: set[str] = set()

    def attempt(self, capability: Capability, act: Callable[[], str]) -> bool:
        """Try one thing and note how it went; an error is an answer."""
        try:
            detail = act()
        except (OSError, PasserelleError) as error:
            self.findings.append(Finding(capability, works=False, detail=str(error)))
            return False
        self.findings.append(Finding(capability, works=True, detail=detail))
        return True

    def skip(self, *capabilities: Capability) -> None:
        self.findings += [Finding(one, None, "not tried: nothing could be written") for one in capabilities]

    def listed(self) -> str:
        return f"{len(self.folder.list())} files"

    def read(self) -> str:
        smallest = min(self.folder.list(), key=lambda file: file.size, default=None)
        if smallest is None:
            return "nothing there to read"
        target = io.BytesIO()
        return f"{smallest.name}: {self.folder.read_to(smallest.name, target)} bytes"

    def written(self) -> str:
        self.left.add(self.name)
        return f"{self.folder.write(self.name, _CONTENT)} bytes"

    def sized(self) -> str:
        found = self.folder.stat(self.name)
        if found is None or found.size != len(_CONTENT):
            raise FileNotFoundError(
                f"the server states {'nothing' if found is None else found.size} bytes of {len(_CONTENT)}"
            )
        return "the size stated is the size written"

    def renamed(self) -> str:
        other = f"{self.name}.renamed"
        self.left.add(other)
        self.folder.rename(self.name, other)
        self.left.discard(self.name)
        self.folder.rename(other, self.name)
        self.left.discard(other)
        self.left.add(self.name)
        return "there and back"

    def kept(self) -> str:
        other = f"{self.name}.other"
        self.left.add(other)
        self.folder.write(other, b"other")
        try:
            self.folder.rename(other, self.name)
        except FileExistsError:
            return "a rename onto a taken name is refused"
        raise FileExistsError("a rename replaced a file: keep the names of deliveries unique")

    def made(self) -> str:
        below = self.folder.child(f"{self.name}.folder")
        below.make_folder()
        return f"{below.label}: left there, empty, for nothing of ours deletes folders"

    def removed(self) -> str:
        for name in sorted(self.left):
            try:
                self.folder.remove(name)
            except FileNotFoundError:
                continue
        self.left.clear()
        return "what was written is gone again"


def probe(folder: Folder, *, folders: bool = False) -> list[Finding]:
    """Try what a folder lets us do; with `folders` also whether one can be made (it stays, empty).

    Never raises for what the server refuses: that is a finding. A server that cannot be reached fails the
    first one, and the rest is not tried.
    """
    trial = _Probe(folder, f"passerelle-probe-{secrets.token_hex(6)}.tmp")
    if not trial.attempt("list", trial.listed):
        return trial.findings
    trial.attempt("read", trial.read)
    if trial.attempt("write", trial.written):
        trial.attempt("exact_size", trial.sized)
        if trial.attempt("rename", trial.renamed):
            trial.attempt("never_overwrites", trial.kept)
        trial.attempt("remove", trial.removed)
    else:
        trial.skip("exact_size", "rename", "never_overwrites", "remove")
    if folders:
        trial.attempt("make_folder", trial.made)
    return trial.findings

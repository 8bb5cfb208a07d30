"""Readiness: how a partner says that a file is complete, and what stands in the way of taking it."""

from __future__ import annotations

from pydantic import ConfigDict, model_validator

from .base import Duration, Spec

__all__ = ["LockSpec", "ReadySpec"]


class LockSpec(Spec):
    """A file that the partner puts while working in the folder: nothing is taken while it is there."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    file: str
    """Name of the lock file, such as `.lock`."""
    at_most: Duration
    """A lock that is older was left behind: files are taken in spite of it, and the run says so."""


class ReadySpec(Spec):
    """When a file may be taken: exactly one of `marker`, `checksum`, `batch` and `stable_for`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    marker: str | None = None
    """A companion with this suffix stands beside the file: `.ok` for `X.ok` or `X.xml.ok`."""
    checksum: str | None = None
    """A companion with this suffix holds the file's MD5 or SHA-256, as `.sha256` does; it must agree."""
    batch: str | None = None
    """Name pattern of one marker for a set of files, such as `FIN_{date:AAAAMMJJ}.ok`.

    It lists a name a line, with the number of records, the size in bytes or a checksum beside it if the
    partner says them (`PRIX_1.xml;1200`). All of the set is applied, or none of it."""
    stable_for: Duration | None = None
    """No marker: size and date did not change over two looks that are so far apart."""
    older_than: Duration | None = None
    """With `stable_for`: the file's own date is at least so old."""
    ends_with: str | None = None
    """What a complete file ends with, such as `</FICHIER>`; without it the file is still growing."""
    lock: LockSpec | None = None
    """Nothing is taken while this file is in the folder."""

    @model_validator(mode="after")
    def _one(self) -> ReadySpec:
        said = (self.marker, self.checksum, self.batch, self.stable_for)
        if sum(word is not None for word in said) != 1:
            raise ValueError(
                "say one of marker: .ok, checksum: .sha256, batch: FIN_{date:AAAAMMJJ}.ok or stable_for: 30s"
            )
        if self.older_than is not None and self.stable_for is None:
            raise ValueError("older_than goes with stable_for: a marker says it all")
        return self

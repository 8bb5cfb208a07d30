"""The content of a file as its format reads it: as it came, or each member of what was packed."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ...files import PgpRules, UnpackRules, unpack
from ...mapping import FilesSpec

__all__ = ["Content", "contents"]


class Content(NamedTuple):
    """One document: its name for positions (`STORES.zip/001.xml`) and its bytes, to be read once, in turn."""

    name: str
    stream: BinaryIO


@contextmanager
def contents(
    path: Path, files: FilesSpec, *, name: str, workdir: Path, pgp: PgpRules | None = None
) -> Iterator[Iterator[Content]]:
    """Open a working copy, unpacking it while it is read; raises what `unpack` raises.

    Go through all of it before anything is applied: checksums and signatures are known at the end.
    """
    if files.unpack is None:
        with path.open("rb") as stream:
            yield iter((Content(name, stream),))
        return
    spec = files.unpack
    rules = UnpackRules(spec.as_, pgp=pgp, manifest=spec.manifest)
    archive = spec.as_[-1] in ("zip", "tar")
    with unpack(path, rules, name=name, workdir=workdir) as members:
        yield (
            Content(f"{name}/{member.name}" if archive else name, member.open())
            for member in members
            if fnmatch.fnmatchcase(member.name, spec.members)
        )

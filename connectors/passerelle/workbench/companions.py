"""Companions: what a mapping reads beside a sample: the parts of its name, and files of its other inputs."""

from __future__ import annotations

from collections.abc import Mapping as Parts
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..files import FileNamePattern
from ..mapping import FilesSpec, Mapping
from ..mapping.assembly import InputFile, Sources
from .opened import open_bytes

__all__ = ["is_main", "sources_beside"]


def is_main(files: FilesSpec, name: str) -> bool:
    """Say whether a file's name is one that the feed takes."""
    return FileNamePattern.parse(files.pattern, modes=files.modes).match(_plain(name)) is not None


def _parts(files: FilesSpec, name: str) -> Parts[str, str]:
    """Give the named parts of a file's name; none for a sample that is named otherwise."""
    found = FileNamePattern.parse(files.pattern, modes=files.modes).match(_plain(name))
    return {} if found is None else found.parts


def sources_beside(mapping: Mapping, path: Path) -> Sources:
    """Find what a mapping reads beside a sample: the parts of its name, and the files of other inputs.

    A file belongs to an input when its name fits the input's pattern, and says the same as the sample's
    name where both have a part (or where the mapping says that they do).
    """
    own = _parts(mapping.spec.files, path.name)
    inputs: dict[str, list[InputFile]] = {}
    for source in () if mapping.assembly is None else mapping.assembly.inputs:
        if source.spec.files is None:
            continue
        inputs[source.name] = []
        for file in sorted(path.parent.iterdir()):
            parts = _parts(source.spec.files, file.name)
            pattern = FileNamePattern.parse(source.spec.files.pattern, modes=source.spec.files.modes)
            fits = file.is_file() and file != path and pattern.match(_plain(file.name)) is not None
            shared = parts.keys() & own.keys() if source.spec.same is None else set(source.spec.same)
            if fits and all(parts.get(part) == own.get(part) for part in shared):
                inputs[source.name].append(InputFile(file.name, partial(open_bytes, file), parts))
    return Sources(inputs=inputs, again=partial(_again, path), parts=own)


def _again(path: Path) -> BinaryIO:
    return open_bytes(path)


def _plain(name: str) -> str:
    return name.removesuffix(".gz")

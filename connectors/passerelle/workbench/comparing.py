"""Comparing: two files of one feed, read alike, to see what drifted."""

from __future__ import annotations

from pathlib import Path

from ..mapping import Mapping
from .drift import Drifted, drift
from .infer import profile_sample
from .profile import Profile, profile
from .sample import Sample

__all__ = ["compare"]


def compare(old: Path, new: Path, mapping: Mapping | None = None) -> Drifted:
    """Compare two files by the mapping's format, or each by the format that it seems to be in.

    Raises:
        FileRefused: a file is not whole, or not of the mapping's format.
        ConfigError: a file cannot be read, or is in no known format.
    """
    return drift((old.name, _profile(old, mapping)), (new.name, _profile(new, mapping)), mapping)


def _profile(path: Path, mapping: Mapping | None) -> Profile:
    if mapping is None:
        return profile_sample(path)[1]
    with Sample(mapping, path, raw=True) as sample:
        return profile(sample.reader)

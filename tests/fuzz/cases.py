"""Cases: for each reader a mapping and the sound files that the mutations start from."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from passerelle.mapping import Mapping, load_incoming

__all__ = ["CASES", "Case"]

_HERE = Path(__file__).parent


class Case(NamedTuple):
    """One reader under fire: `feeds/<name>.yaml`, and every file `seeds/<name>.*`."""

    name: str

    def mapping(self) -> Mapping:
        """Load the mapping that names format and fields."""
        return load_incoming(_HERE / "feeds" / f"{self.name}.yaml")

    def seeds(self) -> tuple[bytes, ...]:
        """Read the sound files."""
        return tuple(path.read_bytes() for path in sorted((_HERE / "seeds").glob(f"{self.name}.*")))


CASES = tuple(Case(path.stem) for path in sorted((_HERE / "feeds").glob("*.yaml")))

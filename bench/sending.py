"""Sending an export: the content of a file under the next number, byte for byte but for the number."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["send"]

_HEAD = 1024


def send(path: Path, out: Path, sequence: int) -> None:
    """Put a copy with this sequence in its name and its header into a folder, then its marker."""
    kind, mode, number, day = path.stem.split("_")
    out.mkdir(parents=True, exist_ok=True)
    again = out / (f"{kind}_{mode}_{sequence:05d}_{day}{path.suffix}")
    old, new = (f"<Sequence>{text}</Sequence>".encode() for text in (number, f"{sequence:05d}"))
    with path.open("rb") as source, again.open("wb") as target:
        head = source.read(_HEAD)
        if old not in head:
            raise SystemExit(f"{path} has no {old.decode()} in its header")
        target.write(head.replace(old, new))
        shutil.copyfileobj(source, target, 1 << 20)
    again.with_suffix(".ok").touch()

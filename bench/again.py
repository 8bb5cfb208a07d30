"""The same export once more: a file's content under the next number, byte for byte but for the number."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["send_again"]

_HEAD = 1024


def send_again(path: Path, sequence: int) -> Path:
    """Write a file anew with another sequence in its name and its header, and its marker."""
    kind, mode, number, day = path.stem.split("_")
    again = path.with_name(f"{kind}_{mode}_{sequence:05d}_{day}{path.suffix}")
    old, new = (f"<Sequence>{text}</Sequence>".encode() for text in (number, f"{sequence:05d}"))
    with path.open("rb") as source, again.open("wb") as target:
        head = source.read(_HEAD)
        if old not in head:
            raise SystemExit(f"{path} has no {old.decode()} in its header")
        target.write(head.replace(old, new))
        shutil.copyfileobj(source, target, 1 << 20)
    again.with_suffix(".ok").touch()
    return again

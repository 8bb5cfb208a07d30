"""The state file: all documents as JSON, replaced whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import orjson

from ..errors import ConfigError
from .store import Doc

__all__ = ["load", "save"]

_FORMAT = 1


def load(path: Path) -> dict[str, dict[str, list[Doc]]]:
    """Documents by project and kind; nothing when there is no file yet.

    Raises:
        ConfigError: the file is no state of a sandbox.
    """
    if not path.exists():
        return {}
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read as the state of a sandbox: {error}",
            advice="Name another file, or remove it",
        ) from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ConfigError(
            f"{path} is not the state of a sandbox, format {_FORMAT}", advice="Name another file"
        )
    projects: dict[str, dict[str, list[Doc]]] = content["projects"]
    return projects


def save(path: Path, projects: dict[str, dict[str, list[Doc]]]) -> None:
    """Write beside the file, flush to the disk, then take its place: killed at any time, one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = orjson.dumps({"format": _FORMAT, "projects": projects})
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

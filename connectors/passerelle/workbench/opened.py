"""Opened: a file on the desk, unpacked when it is gzip."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import ConfigError

__all__ = ["open_bytes"]

_GZIP = b"\x1f\x8b"


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, unpacked when it is gzip.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            packed = stream.read(len(_GZIP)) == _GZIP
        return cast("BinaryIO", gzip.open(path)) if packed else path.open("rb")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error

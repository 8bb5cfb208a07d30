"""The two fingerprints of a record: of what the source wrote, and of what it means.

Equal raw fingerprints: nothing to map, nothing to ask. Equal strong ones: nothing to send, whatever else
moved in the file (ADR 0003). Neither is a secret; the raw one is fast (xxh3), the strong one collision
resistant (blake2b).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from ..formats import Row
from ..formats.batches import GivenRows

__all__ = ["encode_record", "is_what_was_said", "raw_fingerprints", "strong_fingerprint"]

_SIZE = 16

_encode = msgspec.json.Encoder(order="deterministic").encode


def raw_fingerprints(rows: Sequence[Row], mapping_version: bytes) -> list[bytes]:
    """Digest the raw values of each row together with the version of the mapping that reads them."""
    return GivenRows(rows).fingerprints(mapping_version)


def encode_record(record: msgspec.Struct) -> bytes:
    """Write a canonical record as JSON whose bytes depend on its value alone."""
    return _encode(record)


def strong_fingerprint(encoded: bytes, hooks: bytes = b"") -> bytes:
    """Digest the encoded canonical record (16 bytes); behind it stands which version of hooks it meets."""
    return blake2b(encoded, digest_size=_SIZE).digest() + hooks


def is_what_was_said(encoded: bytes, strong: bytes | None) -> bool:
    """Tell whether a strong fingerprint is of this record, whatever hooks it met."""
    return strong is not None and strong[:_SIZE] == strong_fingerprint(encoded)

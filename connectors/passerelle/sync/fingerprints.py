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

__all__ = ["encode_record", "raw_fingerprints", "strong_fingerprint"]

_encode = msgspec.json.Encoder(order="deterministic").encode


def raw_fingerprints(rows: Sequence[Row], mapping_version: bytes) -> list[bytes]:
    """Digest the raw values of each row together with the version of the mapping that reads them."""
    return GivenRows(rows).fingerprints(mapping_version)


def encode_record(record: msgspec.Struct) -> bytes:
    """Write a canonical record as JSON whose bytes depend on its value alone."""
    return _encode(record)


def strong_fingerprint(encoded: bytes) -> bytes:
    """Digest the encoded canonical record (16 bytes)."""
    return blake2b(encoded, digest_size=16).digest()

"""Lists of files that partners send along: names with counts, sizes or checksums, in any usual form."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from .folders import check_name

__all__ = ["Announced", "Proof", "read_listing"]

#: A list of names is short; what is longer is no list.
LISTING_LIMIT = 1 << 20

_BSD = re.compile(r"(?:MD5|SHA256) \((?P<name>.+)\) = (?P<digest>[0-9a-fA-F]{32,64})")
_SUMS = re.compile(r"(?P<digest>[0-9a-fA-F]{64}|[0-9a-fA-F]{32})(?: [ *](?P<name>.+))?")
_SEPARATORS = re.compile(r"\s*[;,|\t]\s*|\s+")
_NUMBER = re.compile(r"\d{1,18}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}|[0-9a-fA-F]{32}")


class Proof(NamedTuple):
    """What the partner says about a file beside the file: records, bytes, checksum; None when unsaid."""

    records: int | None = None
    digest: str | None = None

    @property
    def algorithm(self) -> str:
        """Name the checksum by its length."""
        return "md5" if self.digest is not None and len(self.digest) == 32 else "sha256"  # noqa: PLR2004 - MD5


class Announced(NamedTuple):
    """One file of a list."""

    name: str
    proof: Proof


def read_listing(content: bytes) -> list[Announced]:
    """Read a list of files, one a line.

    Known forms: `NAME`, `NAME;1200` (records), `NAME;1200;<md5 or sha256>` in any order after the name,
    with `;`, `,`, `|`, tabs or blanks between; `<checksum>  NAME` as `sha256sum` writes it;
    `SHA256 (NAME) = …`; a checksum alone (for the file beside it: the name is empty). Lines that begin
    with `#` and empty ones are passed over. Raises ValueError for anything else, also for a name that
    would lead out of the folder.
    """
    if len(content) > LISTING_LIMIT:
        raise ValueError(f"{len(content)} bytes are no list of names")
    text = unicodedata.normalize("NFC", _decoded(content))
    lines = (line.strip().removesuffix("\x1a") for line in text.splitlines())
    return [_announced(line) for line in lines if line and not line.startswith("#")]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252", "replace")


def _announced(line: str) -> Announced:
    sums = _BSD.fullmatch(line) or _SUMS.fullmatch(line)
    if sums is not None:
        name = (sums["name"] or "").strip().removeprefix("./")
        return Announced(check_name(name) if name else "", Proof(digest=sums["digest"].lower()))
    name, *facts = _SEPARATORS.split(line)
    records: int | None = None
    digest: str | None = None
    for fact in filter(None, facts):
        if _DIGEST.fullmatch(fact):
            digest = fact.lower()
        elif _NUMBER.fullmatch(fact) and records is None:
            records = int(fact)
        else:
            raise ValueError(f"{line!r} is no line of a list: expected a name, a count, a checksum")
    return Announced(check_name(name), Proof(records, digest))

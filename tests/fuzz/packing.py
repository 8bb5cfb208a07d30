"""Packed files under fire: mutated archives are unpacked or refused, and nothing is written outside."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from passerelle.errors import FileRefused
from passerelle.files.unpacking import Layer, UnpackRules, unpack

__all__ = ["PACKED", "PackedCase"]

_TEXT = b"SKU;DEPOT;QTE\r\n" + b"".join(b"%06d;101;%d\r\n" % (n, n % 50) for n in range(400))
_NAMES = (
    "STOCK_001.csv",
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\boot.ini",
    "a/../../b.csv",
    "\u202egpj.csv",
)
_BOMB = 300 << 20
_CHUNK = 1 << 16


class PackedCase(NamedTuple):
    """One way of packing."""

    name: str
    layers: tuple[Layer, ...]

    def seeds(self) -> tuple[bytes, ...]:
        """Make sound packed files, some of which are bombs or have names that lead elsewhere."""
        match self.layers:
            case ("gz",):
                return gzip.compress(_TEXT), gzip.compress(bytes(_BOMB // 10), 9)
            case ("zip",):
                return (
                    _zip(_NAMES, _TEXT),
                    _zip(("bomb.csv",), bytes(_BOMB // 10)),
                    _zip(("x.zip",), _zip(_NAMES, _TEXT)),
                )
            case _:
                return gzip.compress(_tar(_NAMES)), gzip.compress(_tar(("STOCK.csv",)))

    def read(self, content: bytes) -> tuple[int, bool, str | None]:
        """Unpack one file; give how many members came out, whether it was refused, and which rule broke."""
        members, refused = 0, False
        with TemporaryDirectory() as text:
            outer = Path(text)
            work = outer / "work"
            work.mkdir()
            packed = outer / "packed"
            packed.write_bytes(content)
            try:
                with unpack(packed, UnpackRules(self.layers), name="mutated", workdir=work) as inside:
                    for member in inside:
                        with member.open() as stream:
                            while stream.read(_CHUNK):
                                pass
                        members += 1
                        if "/" in member.plain or "\\" in member.plain or member.plain in (".", ".."):
                            return members, refused, f"the plain name {member.plain!r} leads elsewhere"
            except FileRefused:
                refused = True
            left = sorted(str(path.relative_to(outer)) for path in outer.rglob("*"))
        fault = None if left == ["packed", "work"] else f"left behind: {left}"
        return members, refused, fault


def _zip(names: tuple[str, ...], content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _tar(names: tuple[str, ...]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as packed:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(_TEXT)
            packed.addfile(member, io.BytesIO(_TEXT))
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        if len(names) > 1:
            packed.addfile(link)
    return target.getvalue()


PACKED: tuple[PackedCase, ...] = (
    PackedCase("packed-gz", ("gz",)),
    PackedCase("packed-zip", ("zip",)),
    PackedCase("packed-tar-gz", ("gz", "tar")),
)

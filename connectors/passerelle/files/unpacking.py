"""Unpacking: gzip, zip, tar and PGP to the files inside: streamed, within limits, as their manifest says."""

from __future__ import annotations

import fnmatch
import hashlib
import io
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal, NamedTuple, TypeAlias, cast

from isal import igzip

from ..errors import ConfigError
from .archives import Entry, tar_entries, zip_entries
from .folders import safe_name
from .listing import LISTING_LIMIT, Announced, read_listing
from .pgp import PgpRules, decrypt
from .unpacked_streams import (
    Budget,
    CountedStream,
    UnpackLimits,
    buffered,
    packing_of,
    reading_packed,
    refuse,
)

__all__ = ["Layer", "Member", "UnpackRules", "unpack"]

#: How a file is packed, from the outside: `("pgp", "zip")` is a zip that was encrypted.
Layer: TypeAlias = Literal["gz", "zip", "tar", "pgp"]
_CHUNK = 1 << 18
_HEAD = 16
_SUFFIXES = {"gz": (".gz",), "pgp": (".pgp", ".gpg", ".asc"), "zip": (".zip",), "tar": (".tar",)}
_AGAIN = "The archive is not what its manifest says: ask for it again; nothing of it was taken"
_DECLARE = "Check how this partner packs, and what the feed declares"


@dataclass(frozen=True)
class UnpackRules:
    """How a partner packs.

    `layers` from the outside in; an archive (`zip`, `tar`) is the last. `manifest` is a pattern for the
    member that lists the others with their checksums (`*.md5`, `MANIFEST.sha256`). `limits` hold bombs off.
    Raises ConfigError for layers that cannot be.
    """

    layers: tuple[Layer, ...]
    pgp: PgpRules | None = None
    manifest: str | None = None
    limits: UnpackLimits = field(default_factory=UnpackLimits)

    def __post_init__(self) -> None:
        """Check that the layers fit each other."""
        if any(layer in ("zip", "tar") for layer in self.layers[:-1]):
            raise ConfigError(f"packed as {', '.join(self.layers)}: an archive can only be the last layer")
        if "pgp" in self.layers and self.pgp is None:
            raise ConfigError("packed as pgp: the partner's settings name no PGP key")
        if self.manifest is not None and self.layers[-1:] not in (("zip",), ("tar",)):
            raise ConfigError("a manifest inside needs an archive: zip or tar")


class Member(NamedTuple):
    """One file that came out: `size` is what the archive states, None when nothing does.

    `name` is the last part of its name, for patterns and reports; `inside` is the whole name as the archive
    has it. Both are data from outside: nothing is ever written under them (see `plain`). `open` gives a
    stream that unpacks while it is read; it can be read once, until the next member is asked for.
    """

    name: str
    inside: str
    size: int | None
    open: Callable[[], BinaryIO]

    @property
    def plain(self) -> str:
        """A name that is safe on our disk."""
        return safe_name(self.name)


@contextmanager
def unpack(path: Path, rules: UnpackRules, *, name: str, workdir: Path) -> Iterator[Iterator[Member]]:
    """Open a packed file and go through the files inside.

    `name` is what the partner calls it. Only PGP needs a plain copy, in `workdir`, while the context lasts
    (and what is packed inside it, when that is a zip). Directories are passed over.

    The members must be gone through to the end before anything of them is applied: what a manifest or a
    signature says, and the checksum of what nobody read, is known only then.

    Raises, at any step:
        FileRefused: `not_packed`, `truncated`, `damaged`, `too_large`, `too_many_members`,
            `unsupported_member`, `nested_archive`, `checksum_mismatch`, `missing_member`, `unlisted_member`,
            `manifest_missing`, `manifest_unreadable`, and what PGP adds (see `pgp.decrypt`).
        ConfigError: PGP is not installed, or a key is wrong.
    """
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(dir=workdir, prefix="unpack-")))
        budget = Budget(rules.limits, path.stat().st_size, name)
        members = _through(path, rules, name, work, budget, stack)
        stack.callback(members.close)
        yield members


class _Source:
    """What the layers so far left: a file on the disk, or a stream that is unpacked on the way."""

    def __init__(self, path: Path, work: Path, name: str, stack: ExitStack) -> None:
        self.name = name
        self._path: Path | None = path
        self._stream: io.BufferedReader | None = None
        self._work = work
        self._stack = stack

    def stream(self) -> io.BufferedReader:
        if self._stream is None:
            if self._path is None:
                raise LookupError("neither a file nor a stream")
            self._stream = self._stack.enter_context(self._path.open("rb"))
        return self._stream

    def path(self) -> Path:
        """Give a file on the disk; a stream is written down for it."""
        if self._path is None:
            self._path = self._work / "plain"
            with self._path.open("wb") as target:
                shutil.copyfileobj(self.stream(), target, _CHUNK)
        return self._path

    def becomes(self, layer: Layer, result: Path | io.BufferedReader) -> None:
        if isinstance(result, Path):
            self._path, self._stream = result, None
        else:
            self._path, self._stream = None, result
        for suffix in _SUFFIXES[layer]:
            if self.name.lower().endswith(suffix):
                self.name = self.name[: -len(suffix)]


def _through(
    path: Path, rules: UnpackRules, file: str, work: Path, budget: Budget, stack: ExitStack
) -> Generator[Member, None, None]:
    source = _Source(path, work, file, stack)
    for layer in rules.layers:
        if layer == "pgp" and rules.pgp is not None:
            plain = work / "decrypted"
            decrypt(source.path(), plain, rules.pgp, file=file, limit=rules.limits.total)
            source.becomes(layer, plain)
        elif layer == "gz":
            _expect(source, layer, file)
            unzipped = stack.enter_context(igzip.open(source.stream(), "rb"))  # type: ignore[no-untyped-call]  # isal types its C part only
            source.becomes(layer, buffered(CountedStream(cast("BinaryIO", unzipped), budget, file)))
    if rules.layers[-1:] == ("zip",):
        _expect(source, "zip", file)
        yield from _members(zip_entries(source.path(), budget, file), rules, budget, file)
    elif rules.layers[-1:] == ("tar",):
        # Its bytes were counted when they were unzipped, or take no less room packed.
        yield from _members(tar_entries(source.stream(), budget, file), rules, None, file)
        # What stands behind the archive holds nothing but its checksum.
        while source.stream().read(_CHUNK):
            pass
    else:
        only = Entry(source.name, None, source.stream)
        yield from _members(iter([only]), rules, None, file)


def _expect(source: _Source, layer: Layer, file: str) -> None:
    with reading_packed(file):
        head = source.stream().peek(_HEAD)[:_HEAD]
    if packing_of(head) != layer:
        raise refuse(file, "not_packed", head.hex(" "), f"a file packed as {layer}", _DECLARE)


def _members(
    entries: Iterator[Entry], rules: UnpackRules, budget: Budget | None, file: str
) -> Iterator[Member]:
    """Hand out entries as members, and compare them with their manifest at the end."""
    announced: list[Announced] | None = None
    read: dict[str, dict[str, str]] = {}
    for entry in entries:
        name = _last_part(entry.name)
        with closing(_Opening(entry, rules, budget, file)) as opening:
            if rules.manifest is not None and fnmatch.fnmatchcase(name, rules.manifest):
                announced = _manifest(opening, announced, file)
                continue
            yield Member(name, entry.name, entry.size, opening.open)
            if rules.manifest is not None or opening.stream is not None:
                opening.drain()
        if rules.manifest is not None:
            if name in read:
                raise refuse(file, "duplicate_member", name, "one member of each name", _AGAIN)
            read[name] = {digest.name: digest.hexdigest() for digest in opening.digests}
    if rules.manifest is not None:
        _judge(announced, read, rules.manifest, file)


class _Opening:
    """Opens one entry once, and reads on to its end when nobody does."""

    def __init__(self, entry: Entry, rules: UnpackRules, budget: Budget | None, file: str) -> None:
        self.stream: CountedStream | None = None
        self.digests: list[hashlib._Hash] = []
        if rules.manifest is not None:
            self.digests = [hashlib.md5(usedforsecurity=False), hashlib.sha256()]
        self._content: BinaryIO | None = None
        self._entry = entry
        self._budget = budget
        self._file = file

    def open(self) -> BinaryIO:
        if self.stream is not None:
            raise LookupError(f"{self._entry.name} was read already: a member can be read once")
        with reading_packed(self._file):
            self._content = self._entry.open()
        self.stream = CountedStream(self._content, self._budget, self._file, self.digests)
        opened = buffered(self.stream)
        nested = packing_of(opened.peek(_HEAD)[:_HEAD])
        if nested is not None:
            received = f"{self._entry.name!r}, packed as {nested}"
            raise refuse(self._file, "nested_archive", received, "plain content", _DECLARE)
        return cast("BinaryIO", opened)

    def drain(self) -> None:
        if self.stream is None:
            self.open()
        if self.stream is not None:
            self.stream.drain()

    def close(self) -> None:
        if self._content is not None:
            self._content.close()


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _manifest(opening: _Opening, before: list[Announced] | None, file: str) -> list[Announced]:
    with opening.open() as stream:
        content = stream.read(LISTING_LIMIT + 1)
    try:
        return [*(before or []), *read_listing(content)]
    except ValueError as error:
        expected = "lines of a checksum and a name"
        raise refuse(file, "manifest_unreadable", str(error), expected, _AGAIN) from error


def _judge(
    announced: list[Announced] | None, read: dict[str, dict[str, str]], pattern: str, file: str
) -> None:
    if announced is None:
        raise refuse(file, "manifest_missing", None, f"a member {pattern}", _AGAIN)
    for name, proof in announced:
        digests = read.get(name)
        if digests is None:
            raise refuse(file, "missing_member", None, f"{name}, which the manifest lists", _AGAIN)
        if proof.digest is not None and digests[proof.algorithm] != proof.digest:
            received = f"{name} with {digests[proof.algorithm]}"
            raise refuse(file, "checksum_mismatch", received, f"{proof.digest}, as the manifest says", _AGAIN)
    unlisted = sorted(read.keys() - {name for name, _ in announced})
    if unlisted:
        raise refuse(file, "unlisted_member", ", ".join(unlisted), "members that the manifest lists", _AGAIN)

"""Intake and settling: a file is taken whole or not at all, and put away only when we have it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from passerelle.errors import Conflict, Fatal, FileRefused, Retriable
from passerelle.files import (
    Archive,
    Collected,
    ConnectionLost,
    FileNamePattern,
    Folder,
    LocalFolder,
    MarkerReady,
    Progress,
    ReadyFile,
    SettlePolicy,
    SftpFolder,
    collect,
    settle,
)

from .conftest import StartServer

PATTERN = FileNamePattern.parse("STOCK_{zone}_{mode}_{sequence:5}_{date:AAAAMMJJ}.xml")
NAME, MARKER = "STOCK_TOUS_C_00001_20261101.xml", "STOCK_TOUS_C_00001_20261101.ok"
NOW = dt.datetime(2026, 11, 1, 2, 15, 30, tzinfo=dt.UTC)


class Place:
    """A partner's folder with one ready file, our archive and our work folder."""

    def __init__(self, tmp_path: Path, partner: Path, folder: Folder) -> None:
        self.partner = partner
        self.folder = folder
        self.workdir = tmp_path / "work"
        self.archive = Archive(tmp_path / "archive")
        self.content = os.urandom(1_000_000)
        self.workdir.mkdir()
        (partner / NAME).write_bytes(self.content)
        (partner / MARKER).touch()

    def ready(self) -> ReadyFile:
        """Look, and take what is ready."""
        (found,) = MarkerReady(".ok").look(self.folder, PATTERN, {}).files
        return found

    def collect(self, ready: ReadyFile, progress: Progress | None = None) -> Collected:
        """Take the file."""
        return collect(
            self.folder,
            ready,
            feed="stock",
            workdir=self.workdir,
            archive=self.archive,
            progress=progress,
            now=lambda: NOW,
        )

    def left(self) -> set[str]:
        """List what the partner's folder holds, sub-folders included."""
        return {
            path.relative_to(self.partner).as_posix() for path in self.partner.rglob("*") if path.is_file()
        }

    def untouched(self) -> None:
        """Assert that nothing was kept of a file that was not taken."""
        assert list(self.workdir.iterdir()) == []
        assert not self.archive.root.exists()
        assert self.left() == {NAME, MARKER}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder on this machine."""
    partner = tmp_path / "partner"
    partner.mkdir()
    return Place(tmp_path, partner, LocalFolder(partner))


MakePlace = Callable[..., Place]


@pytest.fixture
def make_place(tmp_path: Path, start_server: StartServer) -> Iterator[MakePlace]:
    """A folder on a server with the manners asked for."""
    opened: list[SftpFolder] = []

    def make(*options: str) -> Place:
        server = start_server(*options)
        folder = SftpFolder(server.config(attempts=1))
        opened.append(folder)
        return Place(tmp_path, server.root, folder)

    yield make
    for folder in opened:
        folder.close()


def test_a_file_is_taken_whole(make_place: MakePlace) -> None:
    """A working copy with size and hash, an original in the archive, and the source where it was."""
    place = make_place()
    seen: list[int] = []
    taken = place.collect(place.ready(), seen.append)
    assert taken.path.read_bytes() == place.content
    assert taken.path.parent == place.workdir
    assert (taken.name, taken.size, taken.received_at) == (NAME, 1_000_000, NOW)
    assert taken.sha256 == hashlib.sha256(place.content).hexdigest()
    assert seen[-1] == 1_000_000
    with place.archive.open(taken.archived) as original:
        assert original.read() == place.content
    assert place.left() == {NAME, MARKER}
    assert [path.name for path in place.workdir.iterdir()] == [taken.path.name]


def test_a_server_that_lies_about_the_size(make_place: MakePlace) -> None:
    """When stated and received size differ the file is refused, with both numbers, and nothing is kept."""
    place = make_place("--lie=100")
    with pytest.raises(FileRefused) as refusal:
        place.collect(place.ready())
    assert refusal.value.fault.code == "size_mismatch"
    assert "received '1000000 bytes', expected 1000100 bytes" in str(refusal.value)
    place.untouched()


def test_a_file_replaced_between_listing_and_download(place: Place) -> None:
    """A file that is not the listed one any more is left for the next look."""
    ready = place.ready()
    (place.partner / NAME).write_bytes(b"another")
    with pytest.raises(Conflict, match=r"changed while it was being taken: 1000000 bytes .* 7 bytes"):
        place.collect(ready)
    place.untouched()


def test_a_file_replaced_while_it_is_read(place: Place) -> None:
    """A file that changes under the download is left for the next look, whatever was read."""
    ready = place.ready()

    def replace(_: int) -> None:
        fresh = place.partner / "fresh.tmp"
        fresh.write_bytes(os.urandom(1_000_000))
        os.utime(fresh, (1, 1))
        fresh.replace(place.partner / NAME)

    with pytest.raises(Conflict, match="changed"):
        place.collect(ready, replace)
    place.untouched()


def test_a_file_that_went_away(place: Place) -> None:
    """A file that someone else took is a Conflict, not a crash."""
    ready = place.ready()
    (place.partner / NAME).unlink()
    with pytest.raises(Conflict, match="went away"):
        place.collect(ready)


def test_a_broken_download_leaves_nothing_behind(make_place: MakePlace) -> None:
    """When the line breaks the part that came is thrown away."""
    place = make_place()
    ready = place.ready()

    def cut(_: int) -> None:
        raise ConnectionLost("cut")

    with pytest.raises(Retriable):
        place.collect(ready, cut)
    place.untouched()


def test_the_claim_is_held_while_the_file_is_taken(place: Place) -> None:
    """The file is claimed by name before it is read and released afterwards; a held claim stops us."""
    log: list[str] = []

    class Leases:
        @contextmanager
        def take(self, name: str, *, ttl: float) -> Iterator[None]:
            assert ttl > 0
            log.append(f"take {name}")
            yield
            log.append("release")

    class Held:
        def take(self, name: str, *, ttl: float) -> AbstractContextManager[None]:
            raise Fatal(f"{name} is held by another collector for {ttl:.0f} s")

    class Watched(LocalFolder):
        def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
            log.append("read")
            return super().read_to(name, target, progress=progress)

    folder = Watched(place.partner)
    ready = place.ready()
    collect(folder, ready, feed="stock", workdir=place.workdir, archive=place.archive, claims=Leases())
    assert log == [f"take file:stock:{NAME}", "read", "release"]
    with pytest.raises(Fatal, match="is held by another"):
        collect(folder, ready, feed="stock", workdir=place.workdir, archive=place.archive, claims=Held())
    assert log.count("read") == 1


@pytest.mark.parametrize(
    ("policy", "refused", "action", "left"),
    [
        ("archive", False, "moved", {f"archive/{NAME}", f"archive/{MARKER}"}),
        ("archive", True, "moved", {f"error/{NAME}", f"error/{MARKER}"}),
        ("delete", False, "deleted", set()),
        ("delete", True, "moved", {f"error/{NAME}", f"error/{MARKER}"}),
        ("leave", False, "remembered", {NAME, MARKER}),
        ("leave", True, "remembered", {NAME, MARKER}),
    ],
)
def test_settling_by_policy(
    make_place: MakePlace,
    policy: SettlePolicy,
    refused: bool,  # noqa: FBT001 a row of the table
    action: str,
    left: set[str],
) -> None:
    """Taken files go to archive/ or away, refused ones to error/, with their markers; it may be repeated."""
    place = make_place()
    ready = place.ready()
    archived = place.collect(ready).archived
    for _ in range(2):
        settled = settle(place.folder, ready, policy, "refused" if refused else "taken", archived=archived)
        assert settled.action == action
        assert place.left() == left


@pytest.mark.parametrize("policy", ["archive", "delete"])
def test_without_the_right_the_file_is_remembered(make_place: MakePlace, policy: SettlePolicy) -> None:
    """A read-only account is told of, not an error: the hash keeps the file from being taken again."""
    place = make_place("--read-only")
    ready = place.ready()
    settled = settle(place.folder, ready, policy, "taken", archived=place.collect(ready).archived)
    assert settled.action == "remembered"
    assert "does not let us" in settled.note
    assert place.left() == {NAME, MARKER}


def test_nothing_is_put_away_without_our_own_copy(place: Place) -> None:
    """As long as our archive does not hold it, the partner's file stays."""
    ready = place.ready()
    for archived in (None, place.workdir / "missing.gz"):
        with pytest.raises(ValueError, match="without our own copy"):
            settle(place.folder, ready, "delete", "taken", archived=archived)
    assert place.left() == {NAME, MARKER}


def test_a_file_replaced_after_it_was_taken_stays(place: Place) -> None:
    """The next file of the same name is not put away for the last one."""
    ready = place.ready()
    archived = place.collect(ready).archived
    (place.partner / NAME).write_bytes(b"tomorrow")
    settled = settle(place.folder, ready, "delete", "taken", archived=archived)
    assert settled.action == "remembered"
    assert place.left() == {NAME, MARKER}


def test_a_taken_name_in_the_partners_archive(place: Place) -> None:
    """The same name every day: the second gets the time of settling, and nothing is overwritten."""
    (place.partner / "archive").mkdir()
    (place.partner / "archive" / NAME).write_bytes(b"yesterday")
    ready = place.ready()
    archived = place.collect(ready).archived
    settle(place.folder, ready, "archive", "taken", archived=archived, now=lambda: NOW)
    stem = NAME.removesuffix(".xml")
    assert place.left() == {
        f"archive/{NAME}",
        f"archive/{MARKER}",
        f"archive/{stem}~20261101T021530000000.xml",
    }
    assert (place.partner / "archive" / NAME).read_bytes() == b"yesterday"

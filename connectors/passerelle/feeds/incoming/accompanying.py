"""Accompanying files: what a feed of several files reads beside its main file, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

import msgspec

from ...files import (
    Archive,
    Collected,
    FileName,
    Folder,
    PgpRules,
    ReadyFile,
    Wanted,
    collect,
    companions_of,
    safe_name,
)
from ...ledger import FileRecord
from ...mapping import FilesSpec, Sources
from ...mapping.assembly import Input, InputFile
from ...sync import Job
from ..wiring import FeedFolder, feed_folders, name_pattern, ready_rule, told_by
from ..workspace import Workspace
from .memory import remembered_looks
from .unpacked import contents

__all__ = ["Accompaniment", "Companion", "Files"]

#: The files of each input by its name.
Files: TypeAlias = Mapping[str, Sequence[InputFile]]

#: Applied files that are looked at for the companions of an original, the newest first.
_LOOK_BACK = 1000


class Companion(NamedTuple):
    """One file of another input: `label` is its folder and name, `own` that it is this main file's alone.

    `collected` and `record` are there once it was taken (no record in a dry run).
    """

    input: str
    label: str
    folder: Folder
    ready: ReadyFile
    own: bool
    collected: Collected | None = None
    record: FileRecord | None = None


class Accompaniment:
    """Finds and takes the files that come with a main file; nothing to do for feeds of one file."""

    def __init__(
        self,
        workspace: Workspace,
        job: Job[msgspec.Struct],
        pgp: Callable[[], PgpRules | None],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._workspace = workspace
        self._job = job
        self._pgp = pgp
        self._now = now
        assembly = job.mapping.assembly
        self._all: tuple[Input, ...] = () if assembly is None else assembly.inputs
        self._inputs = tuple(
            (source, source.spec.files) for source in self._all if source.spec.files is not None
        )

    def folders(self, root: Folder) -> list[Folder]:
        """Give the folders in which accompanying files lie."""
        return [root.child(place.path) for _, files in self._inputs for place in feed_folders(files)]

    def look(self, root: Folder, folder: Folder, main: ReadyFile) -> tuple[list[Companion], list[str]]:
        """Look for what comes with a main file: the files that are ready, and what is missing, in words."""
        found: list[Companion] = []
        missing: list[str] = []
        for source, files in self._inputs:
            for place in _places(main.name, files):
                lies_in = root.child(place.path)
                there = {
                    ready.file.name: told_by(ready, place, files)
                    for ready in self._ready(lies_in, source, files, place)
                    if (lies_in.label, ready.file.name) != (folder.label, main.file.name)
                }
                chosen = companions_of(main.name, _wanted(source, files), there)
                missing += [f"{text}, for {source.name}" for text in chosen.missing]
                for name in chosen.files:
                    ready = there[name.name]
                    label = f"{place.path}/{name.name}"
                    found.append(Companion(source.name, label, lies_in, ready, _is_own(source, main, ready)))
        return found, missing

    def _ready(
        self, folder: Folder, source: Input, files: FilesSpec, place: FeedFolder
    ) -> Sequence[ReadyFile]:
        rule = ready_rule(files, clock=lambda: self._now().timestamp())
        memory = " ".join([self._job.feed, source.name, *place.parts.values()])
        with remembered_looks(self._workspace.home, memory) as looks:
            return rule.look(folder, name_pattern(files), looks).files

    def take(
        self, found: Sequence[Companion], workdir: Path, archive: Archive, *, write_down: bool = True
    ) -> tuple[Companion, ...]:
        """Collect and archive companions, and unless told otherwise write them down; raises as `collect`."""
        return tuple(self._taken(one, workdir, archive, write_down=write_down) for one in found)

    def _taken(self, one: Companion, workdir: Path, archive: Archive, *, write_down: bool) -> Companion:
        job = self._job
        collected = collect(one.folder, one.ready, feed=job.feed, workdir=workdir, archive=archive)
        # Files of two folders may have one name and one content: each has a working copy of its own.
        own = collected._replace(path=collected.path.replace(_place(workdir, one.label)))
        if job.dry_run or not write_down:
            return one._replace(collected=own)
        record = job.ledger.files.record(
            job.feed, one.label, own.sha256, own.size, run_id=job.run_id, archived_as=str(own.archived)
        )
        return one._replace(collected=own, record=record)

    # What the reader is given ------------------------------------------------------------------------

    def sources(self, main: Path, name: FileName, files: Files, workdir: Path) -> Sources:
        """Give the reader of a document what it reads beside it; `main` is the file it stands in."""
        if not self._all:
            return Sources(parts=name.parts)
        again = partial(self._again, main, name, workdir)
        return Sources(files, again=again, parts=name.parts, folder=workdir)

    def taken(self, companions: Sequence[Companion], workdir: Path) -> Files:
        """Give the documents of companions that were taken, by input."""
        inputs: dict[str, list[InputFile]] = {}
        specs = {source.name: files for source, files in self._inputs}
        for one in companions:
            if one.collected is not None:
                documents = self._documents(
                    specs[one.input], one.collected.path, one.label, one.ready.name.parts, workdir
                )
                inputs.setdefault(one.input, []).extend(documents)
        return inputs

    def archived(self, record: FileRecord, name: FileName, workdir: Path) -> Files:
        """Give the originals that were applied with an archived main file, or else the next ones."""
        job, archive = self._job, self._workspace.archive
        if not self._inputs:
            return {}
        applied = [one for one in job.ledger.files.last(job.feed, _LOOK_BACK) if one.state == "applied"]
        later = [one for one in applied if one.changed_at > record.changed_at]
        before = [one for one in applied if one.changed_at <= record.changed_at]
        inputs: dict[str, list[InputFile]] = {}
        for source, files in self._inputs:
            for place in _places(name, files):
                kept: dict[str, FileRecord] = {}
                for one in (*sorted(later, key=_changed, reverse=True), *sorted(before, key=_changed)):
                    path, _, plain = one.name.rpartition("/")
                    if path == place.path and archive.find(job.feed, one.sha256) is not None:
                        kept[plain] = one
                for found in companions_of(name, _wanted(source, files), kept).files:
                    chosen = kept[found.name]
                    copy = _place(workdir, chosen.name)
                    archive.restore(job.feed, chosen.sha256, copy)
                    parts = {**place.parts, **found.parts}
                    inputs.setdefault(source.name, []).extend(
                        self._documents(files, copy, chosen.name, parts, workdir)
                    )
        return inputs

    def _documents(
        self, files: FilesSpec, path: Path, label: str, parts: Mapping[str, str], workdir: Path
    ) -> Iterator[InputFile]:
        """Give the documents of a file, unpacked on the disk when it is packed: they are read when needed."""
        if files.unpack is None:
            yield InputFile(label, partial(_opened, path), parts)
            return
        with contents(path, files, name=label, workdir=workdir, pgp=self._pgp()) as documents:
            for document in documents:
                copy = _place(workdir, f"{document.name}#plain")
                with copy.open("wb") as plain:
                    shutil.copyfileobj(document.stream, plain)
                yield InputFile(document.name, partial(_opened, copy), parts)

    def _again(self, main: Path, name: FileName, workdir: Path) -> BinaryIO:
        """Open a document of the main file once more."""
        files = self._job.mapping.spec.files
        if files.unpack is None:
            return main.open("rb")
        copy = _place(workdir, f"{name.name}#again")
        if not copy.exists():
            whole = name.name.partition("/")[0]
            with contents(main, files, name=whole, workdir=workdir, pgp=self._pgp()) as documents:
                for document in documents:
                    with _place(workdir, f"{document.name}#again").open("wb") as plain:
                        shutil.copyfileobj(document.stream, plain)
        return copy.open("rb")


def _places(main: FileName, files: FilesSpec) -> list[FeedFolder]:
    """Name the folders of an input; of several, those that say the same as the main file."""
    places = feed_folders(files)
    return [
        place
        for place in places
        if all(main.parts.get(part, text) == text for part, text in place.parts.items())
    ]


def _wanted(source: Input, files: FilesSpec) -> Wanted:
    spec = source.spec
    return Wanted(name_pattern(files), spec.same, spec.expect, spec.optional)


def _is_own(source: Input, main: ReadyFile, companion: ReadyFile) -> bool:
    """Say whether a file comes with one main file alone: its name says all that the main file's name says."""
    parts = main.name.parts.keys()
    return source.spec.same is None and bool(parts) and parts <= companion.name.parts.keys()


def _place(workdir: Path, label: str) -> Path:
    """Name a working copy; nothing of a name from outside becomes a path."""
    digest = hashlib.blake2b(label.encode(), digest_size=12).hexdigest()
    return workdir / f"{digest}-{safe_name(label.rpartition('/')[2])}"


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _changed(record: FileRecord) -> dt.datetime:
    return record.changed_at

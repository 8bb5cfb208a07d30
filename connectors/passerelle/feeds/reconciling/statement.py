"""The ERP's list of orders for a reconciliation: the newest file of its feed, or one that a person names."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ...errors import ConfigError, DataError, Fault
from ...files import FileName, Folder, ReadyFile, check_proof, collect
from ...formats import BadRow
from ...mapping import Mapping, Sources
from ...records import OrderStatement
from ..incoming.memory import remembered_looks
from ..incoming.reading import FeedReader
from ..incoming.unpacked import contents
from ..wiring import feed_folders, name_pattern, ready_rule, told_by
from ..workspace import Workspace

__all__ = ["Statement", "statement_feed", "statement_for"]


class Statement(NamedTuple):
    """A whole list of orders: when the ERP wrote it, and how to read it."""

    mapping: Mapping
    name: FileName
    at: datetime
    path: Path
    workdir: Path

    def records(self, faults: list[Fault]) -> Iterator[OrderStatement]:
        """Read it; what cannot be read is added to `faults`.

        Raises:
            FileRefused: it is cut short or contradicts itself, so that nothing of it may be believed.
        """
        with self._readers() as readers:
            for name, reader in readers:
                for row in reader.rows():
                    if isinstance(row, BadRow):
                        faults += row.faults
                        continue
                    try:
                        yield self.mapping.record(row, file=name, header=reader.header)
                    except DataError as error:
                        faults += error.faults

    @contextmanager
    def _readers(self) -> Iterator[Iterator[tuple[str, FeedReader]]]:
        files, name = self.mapping.spec.files, self.name
        with contents(self.path, files, name=name.name, workdir=self.workdir) as documents:
            yield (
                (
                    document.name,
                    FeedReader(
                        self.mapping,
                        document.stream,
                        name._replace(name=document.name),
                        Sources(parts=name.parts),
                    ),
                )
                for document in documents
            )


def statement_feed(workspace: Workspace) -> Mapping | None:
    """Give the feed of such lists, None when there is none.

    Raises:
        ConfigError: there are several.
    """
    found = [
        mapping
        for mapping in workspace.mappings.values()
        if isinstance(mapping, Mapping) and mapping.entity == "order_statement"
    ]
    if len(found) > 1:
        raise ConfigError(
            f"Several feeds are lists of orders: {', '.join(mapping.feed for mapping in found)}",
            advice="One ERP has one list: let the others be mapped elsewhere",
        )
    return found[0] if found else None


@asynccontextmanager
async def statement_for(
    workspace: Workspace, day: date, *, named: Path | None = None
) -> AsyncIterator[Statement | None]:
    """Take the newest list that was written on that day or later; None when there is none.

    Its file stays where it is: a list belongs to its sender. We keep the original.
    """
    mapping = statement_feed(workspace)
    if mapping is None:
        if named is not None:
            raise ConfigError(
                f"No feed says how to read {named.name}",
                advice="Write one of entity order_statement (docs/how-to/reconcile.md)",
            )
        yield None
        return
    with TemporaryDirectory(dir=workspace.workdir(mapping.feed)) as text:
        workdir = Path(text)
        if named is not None:
            yield _named(mapping, named, workdir)
        else:
            yield await asyncio.to_thread(_newest, workspace, mapping, day, workdir)


def _named(mapping: Mapping, path: Path, workdir: Path) -> Statement:
    try:
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        copy = workdir / "named"
        shutil.copyfile(path, copy)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    name = name_pattern(mapping.spec.files).match(path.name)
    # A person may call a file as they like: then its name tells nothing that could be compared.
    return Statement(mapping, name or FileName(path.name, None, None, None, None, {}), at, copy, workdir)


def _newest(workspace: Workspace, mapping: Mapping, day: date, workdir: Path) -> Statement | None:
    files = mapping.spec.files
    pattern = name_pattern(files)
    found: list[tuple[ReadyFile, Folder]] = []
    with workspace.folder(files.partner) as root:
        for place in feed_folders(files):
            folder = root.child(place.path)
            with remembered_looks(workspace.home, f"reconcile-{mapping.feed}-{place.path}") as looks:
                try:
                    ready = ready_rule(files).look(folder, pattern, looks).files
                except FileNotFoundError:
                    continue  # nothing was ever written there
            found += [(told_by(one, place, files), folder) for one in ready]
        due = [one for one in found if one[0].name.date is None or one[0].name.date >= day]
        if not due:
            return None
        newest, folder = max(due, key=lambda one: _age(one[0]))
        taken = collect(folder, newest, feed=mapping.feed, workdir=workdir, archive=workspace.archive)
        check_proof(taken, newest.proof)
    at = datetime.fromtimestamp(newest.file.modified, UTC)
    return Statement(mapping, newest.name, at, taken.path, workdir)


def _age(one: ReadyFile) -> tuple[date, int, float]:
    return one.name.date or date.min, one.name.sequence or 0, one.file.modified

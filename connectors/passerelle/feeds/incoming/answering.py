"""Answering: each file received is acknowledged once, and its rejects are given back, whatever breaks.

An answer is put into our own tray before the file counts as applied, and delivered after: a run that dies
in between leaves an answer that goes out with the next run, or one that is written anew with its file.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from ...errors import ConfigError, PasserelleError
from ...files import DeliveryState, Folder, deliver, safe_name
from ...mapping import OutgoingMapping
from ...sync import FileReport, Job, RunReport
from ..wiring import name_rules
from ..workspace import Workspace
from .receipts import Answer, Result, answer_files, receipt_of, rejected_in
from .reject_files import reject_files
from .taking import Taken

__all__ = ["Answering"]


class _InTray(msgspec.Struct):
    """An answer that waits, and how far its delivery came; it goes once its file is decided on.

    `layout` is the feed that laid it out, whose words on names count; rejects are laid out by their own feed.
    """

    file_id: int
    folder: str
    name: str
    marker: str | None
    content: bytes
    state: str = DeliveryState.PREPARED.value
    layout: str = ""


class Answering:
    """The answers of one feed to the files of its partner."""

    def __init__(self, workspace: Workspace, job: Job[msgspec.Struct], report: RunReport) -> None:
        self._workspace = workspace
        self._job = job
        self._report = report
        self._files = job.mapping.spec.files
        self._tray = workspace.home / "answers" / safe_name(job.feed)

    def check(self) -> None:
        """Raise ConfigError when an answer is asked for that no feed lays out: before anything is taken."""
        for feed in (self._files.acknowledge.technical, self._files.acknowledge.functional):
            if feed is not None:
                self._layout(feed)

    def prepare(self, taken: Taken, result: Result) -> None:
        """Write the answers to a file that is decided on into the tray; the same file gives the same ones."""
        asked, rejects = self._files.acknowledge, self._files.return_rejects
        if taken.record is None or (asked.technical is None and asked.functional is None and rejects is None):
            return
        entries = (
            rejected_in(self._job.ledger, self._job.feed, self._job.run_id, taken.ready.file.name)
            if result.status == "applied"
            else []
        )
        answers: list[tuple[Answer, str]] = []
        for kind, feed in (("technical", asked.technical), ("functional", asked.functional)):
            if feed is None or (kind == "functional" and result.status != "applied"):
                continue
            layout = self._layout(feed)
            receipt = receipt_of(
                taken,
                result,
                entries if kind == "functional" else [],
                self._job.mapping,
                language=asked.language,
                reasons=asked.reasons,
            )
            files = answer_files(receipt, layout, sequence=taken.record.id, at_most=asked.at_most)
            answers += [(answer, feed) for answer in files]
        if rejects is not None:
            files = reject_files(taken.ready.file.name, entries, self._job.mapping, rejects)
            answers += [(answer, "") for answer in files]
        # What an earlier run said of this file and did not live to decide is said no more.
        for path in self._tray.glob(f"{taken.record.id:010}-*.msgpack"):
            self._drop(path)
        for answer, layout_feed in answers:
            self._keep(_InTray(taken.record.id, *answer, layout=layout_feed))

    async def deliver(self, root: Folder) -> None:
        """Deliver what waits; an answer that cannot leave is noted and waits for the next run."""
        for path in sorted(self._tray.glob("*.msgpack")):
            waiting = msgspec.msgpack.decode(path.read_bytes(), type=_InTray)
            record = self._job.ledger.files.get(waiting.file_id)
            if record is None or record.state not in {"applied", "refused", "skipped"}:
                continue
            try:
                await asyncio.to_thread(self._deliver, root, waiting)
            except (PasserelleError, OSError) as error:
                self._report.notes.append(f"{waiting.name} is not delivered yet: {error}")
                continue
            self._drop(path)
            self._report.files.append(FileReport(waiting.name, "applied", f"answer to {record.name}"))

    def _deliver(self, root: Folder, waiting: _InTray) -> None:
        def step(state: DeliveryState) -> None:
            waiting.state = state.value
            self._keep(waiting)

        folder = root.child(waiting.folder)
        files = self._layout(waiting.layout).spec.files if waiting.layout else self._files
        deliver(
            folder,
            waiting.name,
            waiting.content,
            marker=waiting.marker,
            step=step,
            state=DeliveryState(waiting.state),
            rules=name_rules(files),
        )

    def _keep(self, waiting: _InTray) -> None:
        self._tray.mkdir(parents=True, exist_ok=True)
        path = self._path(waiting)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.msgpack.encode(waiting))
        part.replace(path)

    def _drop(self, path: Path) -> None:
        path.unlink()

    def _path(self, waiting: _InTray) -> Path:
        return self._tray / f"{waiting.file_id:010}-{safe_name(waiting.name)}.msgpack"

    def _layout(self, feed: str) -> OutgoingMapping:
        layout = self._workspace.outgoing(feed)
        if layout.entity not in ("receipt", "rejection"):
            raise ConfigError(
                f"Feed {self._job.feed} is acknowledged by {feed}, which writes {layout.entity} records",
                advice="Name a feed of entity: receipt (or rejection)",
            )
        return layout

"""Receipts: from what became of a file to what its sender is told, and the files that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Literal, NamedTuple

import msgspec

from ...errors import ConfigError, FileRefused
from ...files import FileNamePattern
from ...files.folders import check_name
from ...ledger import Ledger, QuarantineEntry
from ...mapping import Mapping, OutgoingMapping
from ...records import Receipt, Rejection
from ...sync.causes import cause
from ..wiring import name_pattern
from .taking import Taken

__all__ = ["Answer", "Result", "answer_files", "receipt_of", "rejected_in"]

_PAGE = 1000


class Result(NamedTuple):
    """What became of a file: how many records it had, and why it was refused or skipped."""

    status: Literal["applied", "refused", "skipped"]
    records: int = 0
    error: FileRefused | None = None
    note: str = ""


class Answer(NamedTuple):
    """One file for the partner: where it goes, its name and marker, its bytes."""

    folder: str
    name: str
    marker: str | None
    content: bytes


def rejected_in(ledger: Ledger, feed: str, run_id: str, file: str) -> list[QuarantineEntry]:
    """Read the records of a file (or of its members) that this run put into quarantine."""
    found: list[QuarantineEntry] = []
    after = 0
    while page := ledger.quarantine.entries(feed, after=after, limit=_PAGE):
        after = page[-1].id
        found += [
            entry
            for entry in page
            if entry.run_id == run_id and entry.file is not None and entry.file.partition("/")[0] == file
        ]
    return found


def receipt_of(
    taken: Taken,
    result: Result,
    entries: Sequence[QuarantineEntry],
    mapping: Mapping,
    *,
    language: Literal["fr", "en"] = "fr",
    reasons: str | None = None,
) -> Receipt:
    """Say what became of a file; `reasons` names the code table with the partner's own words."""
    words = mapping.tables[reasons].entries if reasons is not None else {}

    def said(code: str) -> str:
        return words.get(code) or cause(code, language)

    name = taken.ready.name
    code = result.error.fault.code if result.error is not None else None
    rejections = tuple(
        Rejection(
            file=name.name,
            number=number,
            key=entry.record_key,
            line=entry.faults[0].position.line,
            record=entry.faults[0].position.record,
            path=entry.faults[0].position.path,
            code=entry.code,
            reason=said(entry.code),
            received=entry.faults[0].received,
            expected=entry.faults[0].expected,
        )
        for number, entry in enumerate(entries, 1)
    )
    status: Literal["accepted", "partly", "refused", "duplicate"] = "partly" if rejections else "accepted"
    if result.status != "applied":
        status = "refused" if result.status == "refused" else "duplicate"
    return Receipt(
        file=name.name,
        feed=mapping.feed,
        sequence=name.sequence,
        day=name.date,
        # When it came first: a run that begins again says the same.
        received_at=taken.collected.received_at if taken.record is None else taken.record.recorded_at,
        status=status,
        readable=result.error is None,
        code=code,
        reason=said(code) if code is not None else (result.note or None),
        records=result.records,
        accepted=result.records - len(rejections) if result.status == "applied" else 0,
        rejected=len(rejections),
        rejections=rejections,
    )


def answer_files(receipt: Receipt, layout: OutgoingMapping, *, sequence: int, at_most: int) -> list[Answer]:
    """Write the files of one answer; the same receipt gives the same names and bytes.

    A feed of `entity: receipt` writes the receipt, one of `entity: rejection` its rejections; more than
    `at_most` of these go in several files, told apart by `{part}` in the pattern. Raises ConfigError when
    the pattern asks for something that the file received does not have.
    """
    files = layout.spec.files
    pattern = name_pattern(files)
    chunks = [
        receipt.rejections[start : start + at_most]
        for start in range(0, max(1, len(receipt.rejections)), at_most)
    ]
    answers: list[Answer] = []
    for part, chunk in enumerate(chunks, 1):
        one = msgspec.structs.replace(receipt, rejections=chunk, part=part, parts=len(chunks))
        records: Sequence[Any] = [one] if layout.entity == "receipt" else chunk
        target = BytesIO()
        layout.write(records, target, sequence=sequence, written_at=receipt.received_at)
        name = _name(pattern, one)
        marker = files.ready.marker
        stem = name.rpartition(".")[0] or name
        answers.append(
            Answer(files.folder, name, None if marker is None else f"{stem}{marker}", target.getvalue())
        )
    if len({answer.name for answer in answers}) < len(answers):
        raise ConfigError(
            f"{len(answers)} answers to {receipt.file} would have one name, {answers[0].name}",
            advice=f"Put {{part}} into the pattern of {layout.feed}, or raise acknowledge: at_most",
        )
    return answers


def _name(pattern: FileNamePattern, receipt: Receipt) -> str:
    stem = receipt.file.partition(".")[0]
    known: dict[str, Any] = {
        "name": receipt.file,
        "stem": stem,
        "sequence": receipt.sequence,
        "date": receipt.day or receipt.received_at.date(),
        "status": receipt.status,
        "part": receipt.part,
        "parts": receipt.parts,
    }
    missing = [part for part in pattern.parts if known.get(part) is None]
    if missing:
        raise ConfigError(
            f"{pattern.text}: an answer to {receipt.file} has no {missing[0]}",
            advice=f"Known parts: {', '.join(part for part, value in known.items() if value is not None)}",
        )
    try:
        return check_name(pattern.write({part: known[part] for part in pattern.parts}))
    except ValueError as error:
        raise ConfigError(f"An answer to {receipt.file} cannot be named: {error}") from error

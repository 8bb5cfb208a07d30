"""Rejects given back: the records that were not taken, as their sender wrote them, each with its reason."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

import msgspec

from ...files import safe_name
from ...formats import Group
from ...ledger import QuarantineEntry
from ...mapping import Mapping
from ...mapping.opening import open_writer
from ...mapping.spec import CsvSpec, FormatSpec, RejectsSpec
from ...sync.causes import cause
from .receipts import Answer

__all__ = ["reject_files"]


def reject_files(
    name: str, entries: Sequence[QuarantineEntry], mapping: Mapping, spec: RejectsSpec
) -> list[Answer]:
    """Write the rejects of one file in its own format; nothing when there are none.

    XML, CSV, JSON and NDJSON get the code and the reason in two fields of the record. Other formats have no
    room for them, and so has a line that could not be read as a record: these stand, as they came, in a
    CSV of reasons beside the file (`….motifs.csv`: line, key, code, reason, raw text).
    """
    if not entries:
        return []
    words = mapping.tables[spec.reasons].entries if spec.reasons is not None else {}
    told = [(entry, words.get(entry.code) or cause(entry.code, spec.language)) for entry in entries]
    layout = mapping.spec.format
    roomy = (
        layout.xml is not None
        or layout.csv is not None
        or layout.json_ is not None
        or layout.ndjson is not None
    )
    records: list[Group] = []
    aside: list[tuple[QuarantineEntry, str]] = []
    for entry, reason in told:
        values = _values(entry)
        if values is None:
            aside.append((entry, reason))
            continue
        if roomy:
            values = {**values, spec.code_field: entry.code, spec.reason_field: reason}
        else:
            aside.append((entry, reason))
        records.append(values)
    target = spec.name.replace("{name}", safe_name(name))
    answers: list[Answer] = []
    if records:
        answers.append(_answer(spec, target, _written(layout, records, target, spec)))
    if aside:
        answers.append(_answer(spec, f"{target}.motifs.csv", _reasons(aside)))
    return answers


def _values(entry: QuarantineEntry) -> Group | None:
    """Give a record's values as they were read; None for a line that was never a record."""
    try:
        values: Any = msgspec.json.decode(entry.raw or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return values if isinstance(values, dict) else None


def _written(layout: FormatSpec, records: list[Group], name: str, spec: RejectsSpec) -> bytes:
    if layout.csv is not None:
        columns = list(dict.fromkeys([column for record in records for column in record]))
        own = [column for column in columns if column not in (spec.code_field, spec.reason_field)]
        csv_spec: CsvSpec = layout.csv.model_copy(
            update={
                "columns": (*own, spec.code_field, spec.reason_field),
                "trailer": None,
                "header_record": None,
            }
        )
        layout = layout.model_copy(update={"csv": csv_spec})
    target = BytesIO()
    with open_writer(layout, target, file=name, replace=True) as writer:
        for record in records:
            writer.write(record)
    return target.getvalue()


def _reasons(aside: list[tuple[QuarantineEntry, str]]) -> bytes:
    target = StringIO(newline="")
    rows = csv.writer(target, delimiter=";")
    rows.writerow(["ligne", "cle", "code", "motif", "texte"])
    for entry, reason in aside:
        raw = (entry.raw or b"").decode("utf-8", "replace")
        rows.writerow([entry.faults[0].position.line or "", entry.record_key or "", entry.code, reason, raw])
    return target.getvalue().encode("utf-8-sig")


def _answer(spec: RejectsSpec, name: str, content: bytes) -> Answer:
    marker = None if spec.marker is None else f"{name.rpartition('.')[0] or name}{spec.marker}"
    return Answer(spec.folder, name, marker, content)

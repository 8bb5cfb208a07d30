"""Every trouble that the retailer's files can have, from the file on SFTP to the shop and the report."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from passerelle.feeds import RunReport
from passerelle.ledger import QuarantineEntry
from passerelle.retailer import TROUBLES, FileEntry, Key, Trouble
from tests.acceptance.shelf import by_key, changed_keys, names
from tests.acceptance.stage import Calls, Stage, erp_feed, feed_name, first
from tests.retailer.reading import read

#: Beside its usual feed, where a trouble shows in another place or in another charset.
ALSO = (
    (Trouble.CUT_SHORT, "TARIFS_PL"),
    (Trouble.CUT_SHORT, "ARTICLES_FR"),
    (Trouble.WRONG_COUNT, "TARIFS_PL"),
    (Trouble.WRONG_COUNT, "ARTICLES_FR"),
    (Trouble.DOUBLE_ENCODED, "ARTICLES_PL"),
    (Trouble.DOUBLE_ENCODED, "CATEG_SI"),
    (Trouble.RECORD_WITHOUT_SKU, "TARIFS_FR"),
    (Trouble.RECORD_WITHOUT_SKU, "ARTICLES_FR"),
    (Trouble.BAD_PRICE, "TARIFS_PL"),
    (Trouble.SAME_FILE_AGAIN, "CATEG_FR"),
)
CASES = [*((trouble, card.shows_in) for trouble, card in TROUBLES.items()), *ALSO]

OVERRIDE = "or, if this is what you want, run again with --override-guard and the reason"


class Struck(NamedTuple):
    """A day on which a trouble struck a feed: its files, the run, the shop before and after."""

    stage: Stage
    erp: str
    files: tuple[FileEntry, ...]
    report: RunReport
    before: dict[str, Any]
    after: dict[str, Any]
    calls: Calls

    @property
    def feed(self) -> str:
        """Our name of the feed."""
        return feed_name(self.erp)

    @property
    def odd(self) -> FileEntry:
        """The file that the trouble made."""
        return self.files[-1]

    @property
    def changed(self) -> frozenset[Key]:
        """The records of the feed that changed in the shop."""
        return changed_keys(self.before, self.after, self.erp)

    def quarantine(self) -> list[QuarantineEntry]:
        """What lies in the feed's quarantine."""
        with self.stage.ledger() as ledger:
            return ledger.quarantine.entries(self.feed)


async def strike(stage: Stage, trouble: Trouble, erp: str) -> Struck:
    """Carry the opening day, then the next one, on which the trouble strikes."""
    feed = feed_name(erp)
    stage.drop("full")
    await stage.load(*first(feed), feed)
    manifest = stage.drop("delta1", f"{trouble}:{erp}")
    await stage.load(*first(feed))
    before = stage.shop()
    stage.count_anew()
    report = await stage.run(feed)
    calls = stage.calls()
    return Struck(stage, erp, manifest.of(erp), report, before, stage.shop(), calls)


# How each ends -------------------------------------------------------------------------------------------


class Spoiled(NamedTuple):
    """A record that cannot be carried, as a reader without the library finds it in the file."""

    record: int
    line: int
    path: str
    received: str | None


#: For each trouble of single records: the element that is wrong, and what it looks like when it is.
WRONG: Mapping[Trouble, tuple[str, Callable[[str | None], bool]]] = {
    Trouble.RECORD_WITHOUT_SKU: ("SKU", lambda text: not text),
    Trouble.UNKNOWN_COLOUR: ("COLORIS", lambda text: text == "999"),
    Trouble.BAD_PRICE: ("PRIX", lambda text: re.fullmatch(r"\d+,\d\d", text or "") is None),
}


def spoiled(entry: FileEntry, trouble: Trouble) -> list[Spoiled]:
    """Find the spoiled records of a file by looking at its lines: one element a line, CRLF."""
    lines = entry.path.read_bytes().decode(entry.feed.charset).split("\r\n")
    element, is_wrong = WRONG[trouble]
    nested = entry.feed.name.startswith("ARTICLES")
    path = f"DECLINAISONS/DECLINAISON[1]/{element}" if nested else element
    found: list[Spoiled] = []
    starts = [number for number, line in enumerate(lines) if line.strip() == f"<{entry.feed.element}>"]
    for record, start in enumerate(starts, 1):
        text: str | None = None
        for line in lines[start:]:
            if line.strip() in (f"</{entry.feed.element}>", "</DECLINAISON>"):
                break
            match = re.fullmatch(rf"\s*<{element}(?:/>|>(.*)</{element}>)", line)
            if match is not None:
                text = match[1] or ""
        if is_wrong(text):
            found.append(Spoiled(record, start + 1, path, text))
    return found


async def quarantined(struck: Struck, trouble: Trouble) -> None:
    """The spoiled records are put aside, each with its place; the others are in the shop."""
    report, odd = struck.report, struck.odd
    # The file was moved to archive/, its bytes are the same.
    moved = odd.path.parent / "archive" / odd.name
    wanted = spoiled(replace(odd, path=moved), trouble)
    assert len(wanted) == len(odd.affected) > 0

    assert (report.outcome, report.exit_code) == ("completed_with_rejects", 3)
    assert report.quarantined == len(wanted)
    assert report.received == odd.records
    assert report.created + report.updated == odd.records - len(wanted) == struck.calls.writes
    assert struck.changed == odd.changes.keys - set(odd.affected)

    entries = struck.quarantine()
    faults = [fault for entry in entries for fault in entry.faults]
    positions = [(fault.position, fault.received) for fault in faults]
    assert sorted((p.record, p.line, p.path, received) for p, received in positions) == sorted(wanted)
    for entry in entries:
        assert entry.file == odd.name
        assert entry.raw is not None
        assert entry.run_id == report.run_id
    for fault in faults:
        assert fault.position.file == odd.name
        assert fault.expected
        assert fault.advice
    told_in_the_report(report, odd, wanted)


def told_in_the_report(report: RunReport, odd: FileEntry, wanted: list[Spoiled]) -> None:
    """Each cause has one example that names file, line, field and value, and says what to do."""
    assert sum(row.count for row in report.rejects) == len(wanted)
    for row in report.rejects:
        assert row.advice
        assert any(
            all(
                piece in row.example
                for piece in (
                    f"{odd.name}, record {one.record}, line {one.line}, {one.path}",
                    "received nothing" if one.received is None else f"received {one.received!r}",
                    "expected ",
                )
            )
            for one in wanted
        ), row


def _refused(struck: Struck, *pieces: str) -> None:
    """The odd file is in error/, nothing of it is in the shop, and the message has these pieces."""
    report, odd = struck.report, struck.odd
    assert (report.outcome, report.exit_code) == ("failed", 1)
    assert struck.stage.put_away(odd, "error")
    (file,) = (file for file in report.files if file.name == odd.name)
    assert file.state == "refused"
    for piece in (odd.name, *pieces):
        assert piece in report.message
        assert piece in file.note
    (row,) = report.rejects
    assert row.advice
    with struck.stage.ledger() as ledger:
        record = ledger.files.find(struck.feed, odd.sha256)
        assert record is not None
        assert record.state == "refused"
        assert all(piece in record.note for piece in pieces)


async def cut_short(struck: Struck, _trouble: Trouble) -> None:
    """Refused with the line where the file breaks off; nothing of it is applied."""
    last = (struck.odd.path.parent / "error" / struck.odd.name).read_bytes().count(b"\n") + 1
    _refused(
        struck,
        f"line {last}",
        "expected the end of the file with </FICHIER>",
        "ask for it again; nothing of it was taken",
    )
    assert not struck.calls.writes
    assert struck.after == struck.before


async def wrong_count(struck: Struck, _trouble: Trouble) -> None:
    """Refused with the line of the trailer, what it says and what was counted; nothing of it is applied."""
    odd = struck.odd
    lines = (odd.path.parent / "error" / odd.name).read_bytes().split(b"\r\n")
    _refused(
        struck,
        f"line {lines.index(b'  <PIED>') + 1}, PIED/NB_LIGNES",
        f"received '{odd.records + 7:06d}'",
        f"expected {odd.records}, the records that are in the file",
        "Ask the sender for the file again",
    )
    assert not struck.calls.writes
    assert struck.after == struck.before


async def repeated_sequence(struck: Struck, _trouble: Trouble) -> None:
    """The first file of a number is applied, the second is refused and says which number was due."""
    sound, odd = struck.files
    _refused(
        struck,
        "sequence in the name",
        f"received '{odd.sequence}'",
        f"expected {odd.sequence + 1}, since {odd.sequence} was applied before with other content",
        "Ask the sender which of the two is right, and to send it under the next number",
    )
    assert struck.stage.put_away(sound, "archive")
    assert struck.calls.writes == sound.records
    assert struck.changed == sound.changes.keys


async def same_file_again(struck: Struck, _trouble: Trouble) -> None:
    """The second file is skipped, with the reason; the first alone made calls."""
    sound, odd = struck.files
    assert sound.sha256 == odd.sha256
    assert (struck.report.outcome, struck.report.exit_code) == ("succeeded", 0)
    states = {file.name: file.state for file in struck.report.files}
    assert states == {sound.name: "applied", odd.name: "skipped"}
    note = next(file.note for file in struck.report.files if file.name == odd.name)
    assert note == f"{odd.sequence} was applied before with the same content"
    assert struck.calls.writes == sound.records == struck.report.received
    assert struck.changed == sound.changes.keys
    assert struck.stage.put_away(odd, "archive")
    with struck.stage.ledger() as ledger:
        assert {r.name: (r.state, r.note) for r in ledger.files.last(struck.feed, 2)} == {
            sound.name: ("applied", ""),
            odd.name: ("skipped", note),
        }


def _stopped(struck: Struck, *pieces: str) -> None:
    """The run stops before the first write, the file waits, and the message has these pieces."""
    report, odd = struck.report, struck.odd
    assert (report.outcome, report.exit_code) == ("stopped_by_guard", 4)
    assert not struck.calls.writes
    assert struck.after == struck.before
    assert struck.stage.waiting(odd)
    assert odd.path.with_suffix(".ok").is_file()
    (file,) = report.files
    assert file.state == "held"
    assert report.message.startswith(f"{odd.name}: ")
    for piece in pieces:
        assert piece in report.message
    assert OVERRIDE in report.advice
    with struck.stage.ledger() as ledger:
        run = ledger.runs.last(struck.feed)[0]
        assert (run.outcome, run.message) == ("stopped_by_guard", report.message)
        record = ledger.files.find(struck.feed, odd.sha256)
        assert record is not None
        assert record.state == "held"


async def missing_sequence(struck: Struck, _trouble: Trouble) -> None:
    """A delta behind a gap waits, and says which number is missing."""
    number = struck.odd.sequence
    _stopped(struck, "sequence", f"received {number}", f"expected {number - 1}", f"{number - 1} is missing")
    assert struck.report.advice.startswith("Ask the sender for the missing file, ")


async def stock_third_gone(struck: Struck, _trouble: Trouble) -> None:
    """A full that lost a third is stopped by both rules that see it, with what was seen and allowed."""
    known = len(by_key(struck.before, struck.erp))
    kept = {(record.findtext("SKU"), record.findtext("DEPOT")) for record in read(struck.odd.path).records}
    absent = len(by_key(struck.before, struck.erp).keys() - kept)
    _stopped(
        struck,
        f"volume: {struck.odd.records} records in a full of which {known} are known",
        "allowed 20 % fewer",
        f"absent: {absent} of {known} known records are not in this full",
        "allowed 10 %",
    )
    assert struck.report.advice.startswith("Ask the sender whether the export was cut, have it sent again, ")


async def double_encoded(struck: Struck, _trouble: Trouble) -> None:
    """The labels are repaired and counted, the shop shows them clean, the archive has what came."""
    odd, report = struck.odd, struck.report
    assert (report.outcome, report.exit_code) == ("succeeded", 0)
    assert report.repaired == len(odd.affected) > 0
    assert struck.changed == odd.changes.keys

    # The same day without the trouble says what the labels are.
    sound = struck.stage.drop("delta1", at=struck.stage.rehearsal.home / "sound").of(struck.erp)[0]
    key = "CODE" if struck.erp.startswith("CATEG") else "CODE_MODELE"
    clean: dict[Key, str | None] = {
        (str(r.findtext(key)),): r.findtext("LIBELLE") for r in read(sound.path).records
    }
    spoilt: dict[Key, str | None] = {
        (str(r.findtext(key)),): r.findtext("LIBELLE")
        for r in read(odd.path.parent / "archive" / odd.name).records
    }
    shown = names(struck.stage, struck.erp)
    locale = {"FR": "fr-FR", "BE": "nl-BE", "PL": "pl-PL", "SI": "sl-SI"}[erp_feed(struck.erp).zone]
    for affected in odd.affected:
        assert spoilt[affected] != clean[affected]
        assert shown[affected][locale] == clean[affected]

    archive = struck.stage.workspace.archive
    original = archive.find(struck.feed, odd.sha256)
    assert original is not None
    with archive.open(original) as stream:
        assert stream.read() == (odd.path.parent / "archive" / odd.name).read_bytes()


async def no_marker(struck: Struck, _trouble: Trouble) -> None:
    """The file is left alone and reported; once its marker comes, it is taken."""
    odd, stage = struck.odd, struck.stage
    assert (struck.report.outcome, struck.report.exit_code) == ("succeeded", 0)
    assert struck.calls == Calls(0, 0, 0)
    assert stage.waiting(odd)
    marker = odd.path.with_suffix(".ok")
    (note,) = struck.report.notes
    for piece in (odd.name, f"without its marker {marker.name}", "seen for", "ask the sender"):
        assert piece in note

    marker.touch()
    report = await stage.run(struck.feed)
    assert (report.outcome, report.received) == ("succeeded", odd.records)
    assert changed_keys(struck.before, stage.shop(), struck.erp) == odd.changes.keys


ENDINGS: Mapping[Trouble, Callable[[Struck, Trouble], Awaitable[None]]] = {
    Trouble.CUT_SHORT: cut_short,
    Trouble.REPEATED_SEQUENCE: repeated_sequence,
    Trouble.SAME_FILE_AGAIN: same_file_again,
    Trouble.MISSING_SEQUENCE: missing_sequence,
    Trouble.RECORD_WITHOUT_SKU: quarantined,
    Trouble.UNKNOWN_COLOUR: quarantined,
    Trouble.DOUBLE_ENCODED: double_encoded,
    Trouble.STOCK_THIRD_GONE: stock_third_gone,
    Trouble.WRONG_COUNT: wrong_count,
    Trouble.BAD_PRICE: quarantined,
    Trouble.NO_MARKER: no_marker,
}


def test_no_trouble_is_without_an_ending() -> None:
    """A trouble that joins the table joins these tests, and so does its usual feed."""
    assert set(ENDINGS) == set(Trouble) == set(TROUBLES)
    assert {trouble for trouble, _ in CASES} == set(Trouble)


@pytest.mark.parametrize(("trouble", "erp"), CASES, ids=[f"{trouble}-{erp}" for trouble, erp in CASES])
async def test_a_trouble_ends_as_its_card_says(stage: Stage, trouble: Trouble, erp: str) -> None:
    """Quarantine, refusal, stop, repair, skip or wait: each leaves the shop right and says what to do."""
    await ENDINGS[trouble](await strike(stage, trouble, erp), trouble)


# How each goes on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "erp"), [(Trouble.CUT_SHORT, "STOCK_TOUS"), (Trouble.WRONG_COUNT, "TARIFS_PL")]
)
async def test_a_refused_file_comes_again_under_the_same_number(
    stage: Stage, trouble: Trouble, erp: str
) -> None:
    """The corrected file has name and number of the refused one and is taken; the refused one stays seen."""
    struck = await strike(stage, trouble, erp)
    refused = (struck.odd.path.parent / "error" / struck.odd.name).read_bytes()
    (corrected,) = stage.drop("delta1").of(erp)
    assert corrected.name == struck.odd.name

    report = await stage.run(struck.feed)

    assert (report.outcome, report.received) == ("succeeded", corrected.records)
    assert changed_keys(struck.before, stage.shop(), erp) == corrected.changes.keys
    assert stage.put_away(corrected, "archive")
    assert (struck.odd.path.parent / "error" / struck.odd.name).read_bytes() == refused
    with stage.ledger() as ledger:
        assert ledger.sequences.last(struck.feed) == corrected.sequence


async def test_a_stop_is_let_pass_for_a_reason_that_is_kept(stage: Stage) -> None:
    """With a reason the held full goes through; the run keeps the reason, and nothing absent is deleted."""
    struck = await strike(stage, Trouble.STOCK_THIRD_GONE, "STOCK_TOUS")
    reason = "the Lyon store closed for good, Mrs Lenoir, 2 November"

    report = await stage.run("stock", override_guard=reason)

    assert (report.outcome, report.exit_code) == ("succeeded", 0)
    assert report.created + report.updated == len(changed_keys(struck.before, stage.shop(), "STOCK_TOUS")) > 0
    assert report.absent > 0
    (note,) = report.notes
    for piece in (struck.odd.name, "volume: ", "absent: ", f"let pass: {reason}"):
        assert piece in note
    assert stage.put_away(struck.odd, "archive")
    with stage.ledger() as ledger:
        run = ledger.runs.last("stock")[0]
        assert run.parameters["override_guard"] == reason
        assert run.totals["notes"] == [note]


async def test_an_empty_override_is_none(stage: Stage) -> None:
    """Without a reason the guard does not step aside, however often one asks."""
    struck = await strike(stage, Trouble.STOCK_THIRD_GONE, "STOCK_TOUS")
    report = await stage.run("stock", override_guard="")
    assert report.outcome == "stopped_by_guard"
    assert stage.calls().writes == 0
    assert stage.shop() == struck.before


async def test_the_missing_file_comes_and_both_are_taken_in_order(stage: Stage) -> None:
    """The file behind the gap waits for the one before it, whichever comes first."""
    struck = await strike(stage, Trouble.MISSING_SEQUENCE, "STOCK_TOUS")
    (missing,) = stage.drop("delta1").of("STOCK_TOUS")
    assert missing.sequence == struck.odd.sequence - 1

    report = await stage.run("stock")

    assert report.outcome == "succeeded"
    assert [(file.name, file.state) for file in report.files] == [
        (missing.name, "applied"),
        (struck.odd.name, "applied"),
    ]
    wanted = {line.key: line.quantity for line in stage.house.day(3).books.stock.values()}
    shown = {key: doc["quantityOnStock"] for key, doc in by_key(stage.shop(), "STOCK_TOUS").items()}
    assert {key: shown[key] for key in wanted} == wanted


async def test_a_gap_is_let_pass_for_a_reason_that_is_kept(stage: Stage) -> None:
    """A person may decide that the missing file never comes; the one that was missing then comes too late."""
    struck = await strike(stage, Trouble.MISSING_SEQUENCE, "STOCK_TOUS")

    report = await stage.run("stock", override_guard="the ERP skipped a number")

    assert report.outcome == "succeeded"
    assert report.received == struck.odd.records
    with stage.ledger() as ledger:
        assert ledger.runs.last("stock")[0].parameters["override_guard"] == "the ERP skipped a number"

    (late,) = stage.drop("delta1").of("STOCK_TOUS")
    stage.count_anew()
    report = await stage.run("stock")
    (file,) = report.files
    assert (file.name, file.state) == (late.name, "skipped")
    assert file.note == f"{late.sequence} came too late: {struck.odd.sequence} was applied before it"
    assert stage.calls() == Calls(0, 0, 0)


async def test_a_full_file_replaces_the_missing_one(stage: Stage) -> None:
    """A gap before a full file stops nobody: the full says everything."""
    stage.drop("full")
    await stage.load("stock")
    stage.drop_full(erp_feed("STOCK_TOUS"), day=2, sequence=4)
    report = await stage.run("stock")
    assert (report.outcome, [file.state for file in report.files]) == ("succeeded", ["applied"])
    with stage.ledger() as ledger:
        assert ledger.sequences.last("stock") == 4


@pytest.mark.parametrize(
    ("trouble", "erp"),
    [(Trouble.BAD_PRICE, "TARIFS_FR"), (Trouble.RECORD_WITHOUT_SKU, "TARIFS_FR")],
)
async def test_a_mended_record_leaves_quarantine(stage: Stage, trouble: Trouble, erp: str) -> None:
    """The next full has the records right: they are carried, and their entries are closed, key or no key."""
    struck = await strike(stage, trouble, erp)
    assert struck.quarantine()

    stage.drop_full(erp_feed(erp), day=2, sequence=3)
    report = await stage.run(struck.feed)

    assert report.outcome == "succeeded"
    assert report.created + report.updated == len(struck.odd.affected)
    assert struck.quarantine() == []
    assert changed_keys(struck.before, stage.shop(), erp) == struck.odd.changes.keys


async def test_a_spoiled_record_stays_in_quarantine_while_it_stays_spoiled(stage: Stage) -> None:
    """A full that brings the same fault again is met once more, not opened twice."""
    stage.drop("full", "bad_price:TARIFS_FR")
    report = await stage.run("prices-fr")
    assert report.exit_code == 3
    with stage.ledger() as ledger:
        opened = {entry.id: entry.times for entry in ledger.quarantine.entries("prices-fr")}
    _again_under(stage, Path("out/tarifs"), "TARIFS_FR_C_00001_20261101", "TARIFS_FR_C_00002_20261102")

    report = await stage.run("prices-fr")

    assert report.exit_code == 3
    with stage.ledger() as ledger:
        entries = ledger.quarantine.entries("prices-fr")
        assert {entry.id: entry.times for entry in entries} == {
            one: times + 1 for one, times in opened.items()
        }


def _again_under(stage: Stage, folder: Path, old: str, new: str) -> None:
    """Send a file that was taken again, under the next number and date."""
    content = (stage.erp / folder / "archive" / f"{old}.xml").read_bytes()
    (was, day), (number, later) = old.split("_")[-2:], new.split("_")[-2:]
    content = content.replace(b"<SEQUENCE>%s<" % was.encode(), b"<SEQUENCE>%s<" % number.encode())
    content = content.replace(b"<DATE>%s<" % day.encode(), b"<DATE>%s<" % later.encode())
    (stage.erp / folder / f"{new}.xml").write_bytes(content)
    (stage.erp / folder / f"{new}.ok").touch()


async def test_a_record_that_came_before_what_it_needs_is_taken_up_by_itself(stage: Stage) -> None:
    """Polish texts of a style that is not there yet wait in the ledger; once it is, the next run has them."""
    feed, erp = "products-pl", "ARTICLES_PL"
    stage.drop("full")
    await stage.load(*first(feed), feed)
    (delta,) = stage.drop("delta1").of(erp)
    (new,) = delta.changes.added
    report = await stage.run(feed)
    assert (report.exit_code, report.parked, report.quarantined) == (3, 1, 0)
    (row,) = report.rejects
    lines = (delta.path.parent / "archive" / delta.name).read_bytes().decode("iso-8859-2").split("\r\n")
    line = lines.index(f"    <CODE_MODELE>{new[0]}</CODE_MODELE>")
    for piece in (delta.name, f"line {line}", f"waits for style-{new[0]} since"):
        assert piece in row.example
    assert "It is carried by itself" in row.advice

    await stage.load("categories-fr", "products-fr")
    report = await stage.run(feed)

    assert (report.outcome, report.resumed, report.updated) == ("succeeded", 1, 1)
    assert "pl-PL" in names(stage, erp)[new]
    with stage.ledger() as ledger:
        assert ledger.parked.count(feed) == 0
        assert ledger.quarantine.entries(feed) == []

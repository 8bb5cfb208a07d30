"""Conventions 10 to 20: is it complete, and how is it packed? Through whole runs of a feed."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pysequoia
import pytest

from passerelle.feeds.settings import PartnerSettings, PgpSettings
from passerelle.files import LocalFolder, RemoteFile
from tests.sync.desk import line

from ..house import House, stock_xml
from .partner import fates, later, partner

MARKED = """
folder: out
pattern: "STOCK_{sequence:5}.xml"
mode: full
ready: {marker: .ok}
"""


def stock(*skus: str, quantity: int = 1, count: int | None = None) -> bytes:
    """A whole file that speaks of these SKUs."""
    return stock_xml([line(sku, quantity) for sku in skus], sequence=1, mode="C", count=count)


def lay(house: House, name: str, content: bytes | str = b"") -> None:
    """The partner puts just this file."""
    (house.inbox / name).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("suffix", [".tmp", ".part", ".filepart", ".en_cours"])
async def test_a_file_under_a_temporary_name_is_not_there_yet(tmp_path: Path, suffix: str) -> None:
    """Convention 10, `.tmp` then rename: known suffixes and the feed's own are passed over until then."""
    house = partner(
        tmp_path,
        'folder: out\npattern: "STOCK_{*}"\nmode: full\ntemporary: .en_cours\nready: {stable_for: 0s}',
    )
    lay(house, f"STOCK_1.xml{suffix}", stock("A"))
    for _ in range(2):
        assert fates(await house.run()) == {}
    (house.inbox / f"STOCK_1.xml{suffix}").rename(house.inbox / "STOCK_1.xml")
    await house.run()
    assert fates(await house.run()) == {"STOCK_1.xml": "applied"}


async def test_a_companion_pairs_with_its_file_and_goes_with_it(tmp_path: Path) -> None:
    """Convention 11, companion `.ok`: paired by stem, halves of both kinds are told, both are put away."""
    house = partner(tmp_path, MARKED)
    lay(house, "STOCK_00001.xml", stock("A"))
    lay(house, "STOCK_00001.ok")
    lay(house, "STOCK_00002.xml", stock("B"))
    lay(house, "STOCK_00003.ok")
    await house.run()
    later(house, hours=2)
    report = await house.run()
    assert any(
        "STOCK_00002.xml: a file without its marker" in note and "2:00:00" in note for note in report.notes
    )
    assert any("STOCK_00003.ok: a marker without its file" in note for note in report.notes)
    assert house.folders() == {
        ".": ["STOCK_00002.xml", "STOCK_00003.ok"],
        "archive": ["STOCK_00001.ok", "STOCK_00001.xml"],
    }


BATCH = """
folder: out
pattern: "STOCK_{store}.xml"
mode: delta
ready: {batch: "FIN_{date:AAAAMMJJ}.ok"}
"""


async def test_a_batch_waits_for_all_that_its_marker_names(tmp_path: Path) -> None:
    """Convention 12, one end-of-batch marker: all of the set, or nothing, and the marker goes with them."""
    house = partner(tmp_path, BATCH)
    lay(house, "STOCK_001.xml", stock("A"))
    lay(house, "FIN_20261121.ok", "STOCK_001.xml;1\r\nSTOCK_002.xml;2\r\nPRIX_001.xml;7\r\n")
    report = await house.run()
    assert fates(report) == {}
    assert any("FIN_20261121.ok names STOCK_002.xml" in note for note in report.notes)
    lay(house, "STOCK_002.xml", stock("B", "C"))
    assert fates(await house.run()) == {"STOCK_001.xml": "applied", "STOCK_002.xml": "applied"}
    assert house.quantities == {"A": 1, "B": 1, "C": 1}
    assert list(house.folders()) == ["archive"]
    assert len(house.folders()["archive"]) == 3


async def test_a_batch_with_one_wrong_count_is_refused_whole(tmp_path: Path) -> None:
    """Convention 12, one end-of-batch marker with counts: nothing of a set is applied when one file lies."""
    house = partner(tmp_path, BATCH)
    lay(house, "STOCK_001.xml", stock("A"))
    lay(house, "STOCK_002.xml", stock("B", "C"))
    lay(house, "FIN_20261121.ok", "STOCK_001.xml;1\nSTOCK_002.xml;3\n")
    report = await house.run()
    assert set(fates(report).values()) == {"refused"}
    assert {row.code for row in report.rejects} == {"wrong_count", "batch_refused"}
    assert house.quantities == {}
    assert house.folders() == {"error": ["FIN_20261121.ok", "STOCK_001.xml", "STOCK_002.xml"]}


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
async def test_a_batch_with_one_wrong_checksum_is_refused_whole(tmp_path: Path, algorithm: str) -> None:
    """Convention 13, manifest with checksum: those in a batch marker are compared, for all files or none."""
    house = partner(tmp_path, BATCH)
    lay(house, "STOCK_001.xml", stock("A"))
    lay(house, "STOCK_002.xml", stock("B"))
    first = hashlib.new(algorithm, stock("A")).hexdigest()
    second = hashlib.new(algorithm, stock("C")).hexdigest()
    lay(house, "FIN_20261121.ok", f"STOCK_001.xml;1;{first}\nSTOCK_002.xml;1;{second}\n")
    report = await house.run()
    assert set(fates(report).values()) == {"refused"}
    assert {row.code for row in report.rejects} == {"checksum_mismatch", "batch_refused"}
    assert house.quantities == {}


async def test_a_batch_marker_stays_for_the_files_of_other_feeds(tmp_path: Path) -> None:
    """Convention 12, one end-of-batch marker: a marker that also names prices waits for the price feed."""
    house = partner(tmp_path, BATCH)
    lay(house, "STOCK_001.xml", stock("A"))
    lay(house, "PRIX_001.xml", "<PRIX/>")
    lay(house, "FIN_20261121.ok", "STOCK_001.xml\nPRIX_001.xml\n")
    assert fates(await house.run()) == {"STOCK_001.xml": "applied"}
    assert house.folders() == {".": ["FIN_20261121.ok", "PRIX_001.xml"], "archive": ["STOCK_001.xml"]}
    report = await house.run()
    assert (fates(report), report.notes) == ({}, [])


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
async def test_a_checksum_beside_the_file_must_agree(tmp_path: Path, algorithm: str) -> None:
    """Convention 13, manifest with checksum: an equal one lets the file in, another refuses it."""
    house = partner(tmp_path, MARKED.replace("marker: .ok", f"checksum: .{algorithm}"))
    digest = hashlib.new(algorithm, stock("A")).hexdigest()
    lay(house, "STOCK_00001.xml", stock("A"))
    lay(house, f"STOCK_00001.xml.{algorithm}", f"{digest.upper()} *STOCK_00001.xml\n")
    assert fates(await house.run()) == {"STOCK_00001.xml": "applied"}
    lay(house, "STOCK_00002.xml", stock("B"))
    lay(house, f"STOCK_00002.{algorithm}", digest)
    report = await house.run()
    assert fates(report) == {"STOCK_00002.xml": "refused"}
    assert [row.code for row in report.rejects] == ["checksum_mismatch"]
    assert house.quantities == {"A": 1}
    assert sorted(house.folders()) == ["archive", "error"]


async def test_a_checksum_of_another_file_is_told_and_the_file_waits(tmp_path: Path) -> None:
    """Convention 13, manifest with checksum: one that says nothing of the file proves nothing."""
    house = partner(tmp_path, MARKED.replace("marker: .ok", "checksum: .md5"))
    lay(house, "STOCK_00001.xml", stock("A"))
    lay(house, "STOCK_00001.md5", f"{'0' * 32}  AUTRE.xml")
    report = await house.run()
    assert fates(report) == {}
    assert any("no checksum of STOCK_00001.xml" in note for note in report.notes)


async def test_a_manifest_inside_an_archive_must_agree(tmp_path: Path) -> None:
    """Convention 13, marker inside an archive: the member that lists checksums is compared first."""
    house = partner(
        tmp_path,
        'folder: out\npattern: "STOCK_{sequence:5}.zip"\nmode: full\nready: {stable_for: 0s}\n'
        'unpack: {as: zip, members: "*.xml", manifest: "*.sha256"}',
    )
    for number, digest in ((1, hashlib.sha256(stock("A")).hexdigest()), (2, "0" * 64)):
        listing = f"{digest}  001.xml\n".encode()
        lay(house, f"STOCK_{number:05}.zip", zipped({"001.xml": stock("A"), "M.sha256": listing}))
    await house.run()
    report = await house.run()
    assert fates(report) == {"STOCK_00001.zip": "applied", "STOCK_00002.zip": "refused"}
    assert [row.code for row in report.rejects] == ["checksum_mismatch"]


async def test_a_lock_keeps_everybody_out_until_it_is_too_old(tmp_path: Path) -> None:
    """Convention 14, directory lock file: respected; one left behind is passed over with an alert."""
    house = partner(
        tmp_path, MARKED.replace("{marker: .ok}", "{marker: .ok, lock: {file: .lock, at_most: 2h}}")
    )
    house.put("STOCK_00001.xml", stock("A"))
    lay(house, ".lock")
    assert fates(await house.run()) == {}
    later(house, hours=1)
    assert fates(await house.run()) == {}
    later(house, hours=1)
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml": "applied"}
    assert any("lock .lock is there for 2:00:00" in note for note in report.notes)


async def test_without_marker_a_file_rests_and_ends_before_it_is_taken(tmp_path: Path) -> None:
    """Convention 15, no marker: two equal looks, a minimum age, and the end that a whole file has."""
    house = partner(
        tmp_path,
        'folder: out\npattern: "STOCK_{sequence:5}.xml"\nmode: full\n'
        'ready: {stable_for: 30s, older_than: 5min, ends_with: "</FICHIER>"}',
    )
    whole = stock("A", "B")
    lay(house, "STOCK_00001.xml", whole[:-12])
    house.now = dt.datetime.now(dt.UTC)
    assert fates(await house.run()) == {}
    later(house, minutes=1)
    assert fates(await house.run()) == {}
    later(house, minutes=5)
    report = await house.run()
    assert (report.outcome, fates(report)) == ("succeeded", {"STOCK_00001.xml": "held"})
    assert "does not end with '</FICHIER>'" in report.files[0].note
    lay(house, "STOCK_00001.xml", whole + b"\r\n")
    later(house, minutes=6)
    assert fates(await house.run()) == {}
    later(house, seconds=30)
    assert house.quantities == {}
    assert fates(await house.run()) == {"STOCK_00001.xml": "applied"}
    assert len(list(house.workspace.archive.entries("stock"))) == 1


@pytest.mark.parametrize("content", [b"", stock()], ids=["no bytes", "no records"])
async def test_an_empty_file_is_what_the_feed_says(tmp_path: Path, content: bytes) -> None:
    """Convention 16, empty or header-only file: no news where the feed says so, else for a person."""
    words = MARKED + "empty: POLICY\n"
    valid = partner(tmp_path / "valid", words.replace("POLICY", "nothing_to_say"))
    suspicious = partner(tmp_path / "suspicious", words.replace("POLICY", "suspicious"))
    for house in (valid, suspicious):
        house.put("STOCK_00001.xml", stock("A", "B"))
        await house.run()
        house.put("STOCK_00002.xml", content)
    report = await valid.run()
    assert (report.outcome, report.absent, fates(report)) == ("succeeded", 0, {"STOCK_00002.xml": "applied"})
    assert report.files[0].note == "nothing to say"
    with valid.ledger() as ledger:
        assert ledger.sequences.last("stock") == 2
    report = await suspicious.run()
    assert (report.outcome, fates(report)) == ("stopped_by_guard", {"STOCK_00002.xml": "held"})
    report = await suspicious.run(override_guard="inventory day")
    assert fates(report) == {"STOCK_00002.xml": "applied"}


async def test_a_size_that_is_not_delivered_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Convention 17, server stat larger than content: the bytes that came are compared with those stated."""
    house = partner(tmp_path, MARKED)
    house.put("STOCK_00001.xml", stock("A"))
    honest_list, honest_stat = LocalFolder.list, LocalFolder.stat

    def boast(file: RemoteFile) -> RemoteFile:
        return file._replace(size=file.size + 7) if file.name.endswith(".xml") else file

    def stat(folder: LocalFolder, name: str) -> RemoteFile | None:
        found = honest_stat(folder, name)
        return None if found is None else boast(found)

    monkeypatch.setattr(LocalFolder, "list", lambda folder: [boast(file) for file in honest_list(folder)])
    monkeypatch.setattr(LocalFolder, "stat", stat)
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml": "refused"}
    assert [row.code for row in report.rejects] == ["size_mismatch"]
    assert house.quantities == {}


# Packaging.


def zipped(members: dict[str, bytes]) -> bytes:
    """Pack a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    """Pack a tar.gz."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(
    ("unpack", "packed"),
    [
        ("gz", gzip.compress(stock("A", "B"))),
        ("zip", zipped({"001.xml": stock("A"), "../../etc/passwd": stock("B")})),
        ("[gz, tar]", tarred({"001.xml": stock("A"), "sub/002.xml": stock("B")})),
    ],
    # What is packed holds the time of packing: two processes would call one test by two names.
    ids=["gz", "zip", "tar"],
)
async def test_packed_files_are_read_as_they_are_unpacked(tmp_path: Path, unpack: str, packed: bytes) -> None:
    """Convention 18, gzip, zip, tar.gz with one file per store: members are one file; names are no paths."""
    house = partner(
        tmp_path,
        f'folder: out\npattern: "STOCK_{{sequence:5}}.pack"\nmode: full\nunpack: {unpack}\n'
        "ready: {marker: .ok}",
    )
    house.put("STOCK_00001.pack", packed)
    report = await house.run()
    assert (report.outcome, report.received) == ("succeeded", 2), report.message
    assert house.quantities == {"A": 1, "B": 1}
    [original] = house.workspace.archive.entries("stock")
    with house.workspace.archive.open(original) as kept:
        assert kept.read() == packed
    house.put("STOCK_00002.pack", packed[:-30])
    assert fates(await house.run()) == {"STOCK_00002.pack": "refused"}
    assert house.quantities == {"A": 1, "B": 1}


async def test_a_file_for_our_eyes_is_decrypted(tmp_path: Path) -> None:
    """Convention 19, PGP: decrypted with the partner's key of ours; one for somebody else is refused."""
    ours, other = pysequoia.Tsk.generate("us@example.org"), pysequoia.Tsk.generate("other@example.org")
    key = tmp_path / "our.key"
    key.write_text(str(ours), "utf-8")
    place = PartnerSettings(folder=tmp_path / "erp", pgp=PgpSettings(secret_key=key))
    house = partner(
        tmp_path,
        'partner: acme\nfolder: out\npattern: "STOCK_{sequence:5}.xml.pgp"\nmode: full\nunpack: pgp\n'
        "ready: {stable_for: 0s}",
        partners={"acme": place},
    )
    for number, reader in ((1, ours), (2, other)):
        message = pysequoia.encrypt(stock("A"), [reader.extract_certificate()])
        lay(house, f"STOCK_{number:05}.xml.pgp", bytes(message))
    await house.run()
    report = await house.run()
    assert fates(report) == {"STOCK_00001.xml.pgp": "applied", "STOCK_00002.xml.pgp": "refused"}
    assert [row.code for row in report.rejects] == ["not_for_us"]
    assert house.quantities == {"A": 1}


async def test_pieces_of_a_file_are_put_together(tmp_path: Path) -> None:
    """Convention 20, split files: all parts are one file; after an hour what is missing is told."""
    house = partner(
        tmp_path,
        'folder: out\npattern: "STOCK_{date:AAAAMMJJ}_{part}of{parts}.xml"\nmode: full\nready: {marker: .ok}',
    )
    content = stock("A", "B", "C")
    pieces = [content[:100], content[100:250], content[250:]]
    for number in (3, 1):
        house.put(f"STOCK_20261121_{number}of3.xml", pieces[number - 1])
    report = await house.run()
    assert (fates(report), report.notes) == ({}, [])
    later(house, hours=1)
    report = await house.run()
    assert any("parts 2 of 3 are missing for 1:00:00" in note for note in report.notes)
    house.put("STOCK_20261121_2of3.xml", pieces[1])
    report = await house.run()
    assert fates(report) == {"STOCK_20261121_1of3.xml": "applied"}
    assert house.quantities == {"A": 1, "B": 1, "C": 1}
    assert list(house.folders()) == ["archive"]
    [original] = house.workspace.archive.entries("stock")
    with house.workspace.archive.open(original) as kept:
        assert kept.read() == content

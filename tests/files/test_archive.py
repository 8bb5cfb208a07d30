"""The archive: every original, byte for byte, found by its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import ConfigError
from passerelle.files import Archive

ARRIVAL = dt.datetime(2026, 11, 1, 2, 15, 30, tzinfo=dt.UTC)
NAME = "STOCK_TOUS_C_00001_20261101.xml"


def keep(archive: Archive, content: bytes, name: str = NAME, at: dt.datetime = ARRIVAL) -> tuple[Path, str]:
    """Archive some content."""
    sha256 = hashlib.sha256(content).hexdigest()
    with tempfile.NamedTemporaryFile() as source:
        source.write(content)
        source.flush()
        return archive.keep(Path(source.name), "stock", name, sha256, at), sha256


def test_filed_by_feed_and_day(tmp_path: Path) -> None:
    """An original lies under its feed and day of arrival (UTC) by the partner's name."""
    path, sha256 = keep(
        Archive(tmp_path), b"<FICHIER/>", at=ARRIVAL.astimezone(dt.timezone(dt.timedelta(hours=-5)))
    )
    assert path == tmp_path / "stock" / "2026" / "11" / "01" / f"{NAME}.gz"
    found = Archive(tmp_path).find("stock", sha256)
    assert found is not None
    assert (found.path, found.name, found.received_at) == (path, NAME, ARRIVAL)
    assert list(Archive(tmp_path).entries("stock")) == [found]
    assert Archive(tmp_path).find("prices", sha256) is None


@given(st.binary(max_size=5000))
@settings(max_examples=30, deadline=None)  # each example waits for the disk
def test_unpacking_gives_the_same_bytes(content: bytes) -> None:
    """What is restored is what came, and the archive file itself depends on nothing but the content."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        path, sha256 = keep(Archive(Path(one)), content)
        again, _ = keep(Archive(Path(other)), content, "autre.xml", ARRIVAL + dt.timedelta(days=3))
        assert path.read_bytes() == again.read_bytes()
        with Archive(Path(one)).open(path) as plain:
            assert plain.read() == content
        Archive(Path(one)).restore("stock", sha256, Path(one) / "restored")
        assert (Path(one) / "restored").read_bytes() == content


def test_a_name_used_twice_a_day_keeps_both(tmp_path: Path) -> None:
    """A corrected file of the same name gets its time of arrival; nothing is overwritten."""
    archive = Archive(tmp_path)
    first, _ = keep(archive, b"1")
    second, _ = keep(archive, b"2", at=ARRIVAL + dt.timedelta(hours=3))
    third, _ = keep(archive, b"3", at=ARRIVAL + dt.timedelta(hours=3))
    assert first.name == f"{NAME}.gz"
    assert second.name == "STOCK_TOUS_C_00001_20261101~051530.xml.gz"
    assert third.name == "STOCK_TOUS_C_00001_20261101~051530-2.xml.gz"
    for path, content in ((first, b"1"), (second, b"2"), (third, b"3")):
        with archive.open(path) as plain:
            assert plain.read() == content


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    """A file that comes again is not archived again, unless its copy was purged."""
    archive = Archive(tmp_path)
    first, sha256 = keep(archive, b"same")
    assert keep(archive, b"same", "other.xml", ARRIVAL + dt.timedelta(days=1))[0] == first
    first.unlink()
    assert archive.find("stock", sha256) is None
    assert keep(archive, b"same", "other.xml")[0].name == "other.xml.gz"


def test_the_partners_name_never_leads_out(tmp_path: Path) -> None:
    """Name and feed are data: whatever they say, the file lies below the archive's root."""
    archive = Archive(tmp_path / "archive")
    source = tmp_path / "source"
    source.write_bytes(b"x")
    sha256 = hashlib.sha256(b"x").hexdigest()
    path = archive.keep(source, "../feeds", "../../évadé\n.xml", sha256, ARRIVAL)
    assert path.resolve().is_relative_to((tmp_path / "archive").resolve())
    found = archive.find("../feeds", sha256)
    assert found is not None
    assert found.path == path


def test_what_is_wrong_is_refused(tmp_path: Path) -> None:
    """A wrong hash, a time without zone or something that is no hash: nothing is kept."""
    archive = Archive(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    with pytest.raises(ValueError, match="has hash"):
        archive.keep(source, "stock", NAME, "0" * 64, ARRIVAL)
    with pytest.raises(ValueError, match="no time zone"):
        archive.keep(source, "stock", NAME, "0" * 64, ARRIVAL.replace(tzinfo=None))
    with pytest.raises(ValueError, match="not a SHA-256"):
        archive.find("stock", "../../etc/passwd")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["source"]


def test_a_damaged_or_missing_original_is_told(tmp_path: Path) -> None:
    """Restoring proves the hash; what is not there is said to be not there."""
    archive = Archive(tmp_path)
    path, sha256 = keep(archive, b"original")
    other, _ = keep(archive, b"something else", "other.xml")
    path.write_bytes(other.read_bytes())
    with pytest.raises(ConfigError, match="is damaged"):
        archive.restore("stock", sha256, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    with pytest.raises(ConfigError, match="has no original"):
        archive.restore("stock", "0" * 64, tmp_path / "restored")

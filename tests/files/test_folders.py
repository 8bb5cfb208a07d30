"""The contract of a Folder, kept by the local one and by SFTP on two servers."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.files import Folder, LocalFolder, RemoteFile, SftpConfig, SftpFolder, safe_name
from tests.memory import allocated, alone

from .conftest import SftpServer, Sshd


class FolderContract:
    """What every folder does; `disk` is where its files really are."""

    @pytest.fixture
    def disk(self, tmp_path: Path) -> Path:
        """Say where the files really are."""
        raise NotImplementedError

    @pytest.fixture
    def folder(self, disk: Path) -> Iterator[Folder]:
        """Open the folder under test."""
        raise NotImplementedError

    def test_lists_regular_files_with_size_and_date(self, folder: Folder, disk: Path) -> None:
        """A listing tells name, size and date of each file, and leaves folders out."""
        (disk / "STOCK.xml").write_bytes(b"12345")
        os.utime(disk / "STOCK.xml", (1_700_000_000, 1_700_000_000))
        (disk / "vide.xml").touch()
        (disk / "archive").mkdir()
        files = {file.name: file for file in folder.list()}
        assert files.keys() == {"STOCK.xml", "vide.xml"}
        assert files["STOCK.xml"] == RemoteFile("STOCK.xml", 5, 1_700_000_000.0)
        assert folder.stat("STOCK.xml") == files["STOCK.xml"]
        assert files["vide.xml"].size == 0

    def test_names_in_any_charset_are_listed_and_read(self, folder: Folder, disk: Path) -> None:
        """A Latin-1 name does not break the listing, and the file can be read and removed by it."""
        latin = os.fsdecode("Été.xml".encode("latin-1"))
        (disk / latin).write_bytes(b"soleil")
        (disk / "déjà.xml").write_bytes(b"vu")
        assert {file.name for file in folder.list()} == {latin, "déjà.xml"}
        target = io.BytesIO()
        folder.read_to(latin, target)
        assert target.getvalue() == b"soleil"
        folder.remove(latin)
        assert [file.name for file in folder.list()] == ["déjà.xml"]

    @pytest.mark.parametrize("size", [0, 1, 32 * 1024, 128 * 1024, 128 * 1024 + 1, 5_000_000])
    def test_what_is_written_is_read_back(self, folder: Folder, disk: Path, size: int) -> None:
        """Content comes back to the last byte, whatever its size is to the size of a request."""
        content = os.urandom(size)
        assert folder.write("a.bin", io.BytesIO(content)) == size
        assert (disk / "a.bin").read_bytes() == content
        target, seen = io.BytesIO(), list[int]()
        assert folder.read_to("a.bin", target, progress=seen.append) == size
        assert target.getvalue() == content
        assert seen == sorted(seen)
        assert (seen or [0])[-1] == size

    def test_a_download_takes_bounded_memory(self, folder: Folder, disk: Path) -> None:
        """A file of 30 MB passes through less than 12 MB."""
        with (disk / "big.bin").open("wb") as big:
            for _ in range(30):
                big.write(os.urandom(1_000_000))
        peak, sizes = alone(held_by_a_download, *words_for(folder, disk))
        assert sizes == [30_000_000]
        assert peak < 12_000_000

    def test_write_refuses_a_taken_name(self, folder: Folder, disk: Path) -> None:
        """Without `replace` what is there stays; with it, it is replaced."""
        (disk / "a.xml").write_bytes(b"old and longer")
        with pytest.raises(FileExistsError):
            folder.write("a.xml", b"new")
        assert (disk / "a.xml").read_bytes() == b"old and longer"
        folder.write("a.xml", b"new", replace=True)
        assert (disk / "a.xml").read_bytes() == b"new"

    def test_rename_never_overwrites(self, folder: Folder, disk: Path) -> None:
        """A rename onto a taken name is refused and leaves both files as they were."""
        (disk / "a.xml").write_bytes(b"a")
        (disk / "b.xml").write_bytes(b"b")
        with pytest.raises(FileExistsError):
            folder.rename("a.xml", "b.xml")
        assert (disk / "a.xml").read_bytes() == b"a"
        assert (disk / "b.xml").read_bytes() == b"b"
        folder.rename("a.xml", "c.xml")
        assert sorted(file.name for file in folder.list()) == ["b.xml", "c.xml"]

    def test_rename_into_a_sub_folder(self, folder: Folder, disk: Path) -> None:
        """A file moves to a sub-folder once that is there; a child lists it over the same connection."""
        (disk / "a.xml").write_bytes(b"a")
        with pytest.raises(FileNotFoundError):
            folder.rename("a.xml", "archive/a.xml")
        child = folder.child("archive")
        child.make_folder()
        child.make_folder()
        folder.rename("a.xml", "archive/a.xml")
        assert [file.name for file in child.list()] == ["a.xml"]
        child.close()
        assert folder.list() == []

    def test_what_is_missing_is_file_not_found(self, folder: Folder) -> None:
        """A missing file is Python's own FileNotFoundError, and None for stat."""
        assert folder.stat("nothing.xml") is None
        with pytest.raises(FileNotFoundError):
            folder.read_to("nothing.xml", io.BytesIO())
        with pytest.raises(FileNotFoundError):
            folder.remove("nothing.xml")
        with pytest.raises(FileNotFoundError):
            folder.rename("nothing.xml", "a.xml")
        with pytest.raises(FileNotFoundError):
            folder.child("nowhere").list()

    @pytest.mark.parametrize("name", ["", ".", "..", "../secret", "/etc/passwd", "a/../../b", "a\0b", "a\\b"])
    def test_names_never_become_paths(self, folder: Folder, name: str) -> None:
        """A name that could lead out of the folder is refused before anything is asked."""
        with pytest.raises(ValueError, match="is not a file name"):
            folder.read_to(name, io.BytesIO())
        with pytest.raises(ValueError, match="is not a file name"):
            folder.write(name, b"")
        with pytest.raises(ValueError, match="is not a file name"):
            folder.rename("a.xml", f"../{name}")

    def test_an_error_of_the_target_passes_and_the_folder_works_on(self, folder: Folder, disk: Path) -> None:
        """A full disk here is not the server's fault: the error passes, the connection stays in step."""
        (disk / "a.bin").write_bytes(os.urandom(3_000_000))

        class Full(io.BytesIO):
            def write(self, _: object) -> int:
                raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space left"):
            folder.read_to("a.bin", Full())
        target = io.BytesIO()
        assert folder.read_to("a.bin", target) == 3_000_000
        assert target.getvalue() == (disk / "a.bin").read_bytes()


def NoRewind(sink: BinaryIO) -> BinaryIO:  # noqa: N802 reads as the wrapper it is
    """A target that only takes bytes, as a pipe does."""

    class Pipe:
        def seekable(self) -> bool:
            return False

        def write(self, piece: bytes) -> int:
            return sink.write(piece)

    return cast("BinaryIO", Pipe())


def words_for(folder: Folder, disk: Path) -> tuple[dict[str, Any] | None, str]:
    """Say in plain words which folder another process is to open: settings of SFTP, and a path."""
    if not isinstance(folder, SftpFolder):
        return None, str(disk)
    settings = folder.config.model_dump(mode="json")
    if folder.config.password is not None:
        settings["password"] = folder.config.password.get_secret_value()
    return settings, folder.path


def held_by_a_download(sftp: dict[str, Any] | None, path: str) -> tuple[int, list[int]]:
    """Download a file for the second time: the most bytes that Python held for it, and its size."""
    opened = LocalFolder(Path(path)) if sftp is None else SftpFolder(SftpConfig.model_validate(sftp), path)
    sizes: list[int] = []
    with opened as folder, Path(os.devnull).open("wb") as sink:
        folder.read_to("big.bin", NoRewind(sink))
        peak = allocated(lambda: sizes.append(folder.read_to("big.bin", NoRewind(sink))))
    return peak, sizes


class TestLocalFolder(FolderContract):
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Path:
        """Say where the files really are."""
        return tmp_path

    @pytest.fixture
    def folder(self, disk: Path) -> Iterator[Folder]:
        """Open the folder under test."""
        with LocalFolder(disk) as folder:
            yield folder


class TestSftpFolderOnAsyncssh(FolderContract):
    @pytest.fixture
    def disk(self, server: SftpServer, request: pytest.FixtureRequest) -> Path:
        """Say where the files really are."""
        folder = server.root / safe_name(request.node.name) / "stock"
        folder.mkdir(parents=True)
        return folder

    @pytest.fixture
    def folder(self, server: SftpServer, disk: Path) -> Iterator[Folder]:
        """Open the folder under test."""
        with SftpFolder(server.config(), disk.relative_to(server.root).as_posix()) as folder:
            yield folder


class TestSftpFolderOnOpenSsh(FolderContract):
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Path:
        """Say where the files really are."""
        return tmp_path

    @pytest.fixture
    def folder(self, disk: Path, sshd: Sshd) -> Iterator[Folder]:
        """Open the folder under test."""
        with SftpFolder(sshd.config(), str(disk)) as folder:
            yield folder


class TestSmallRequests(TestSftpFolderOnOpenSsh):
    """The same with the request size that every server must take."""

    @pytest.fixture
    def folder(self, disk: Path, sshd: Sshd) -> Iterator[Folder]:
        """Open the folder under test."""
        with SftpFolder(sshd.config(request_size=32 * 1024), str(disk)) as folder:
            yield folder


@given(st.text(), st.text())
def test_safe_names_stay_in_their_folder_and_apart(one: str, other: str) -> None:
    """Whatever a partner calls files, ours stay below the folder, and two names stay two."""
    root = Path("/folder")
    for name in (one, other):
        path = root / safe_name(name)
        assert path.parent == root
        assert path.name not in {"", ".", ".."}
        assert len(path.name.encode()) <= 140
        assert path.name.isascii()
    assert (safe_name(one) == safe_name(other)) == (one == other)


def test_a_plain_name_stays_as_it_is() -> None:
    """The names that partners agreed on are kept, so that a person finds them."""
    assert safe_name("STOCK_TOUS_C_00001_20261101.xml") == "STOCK_TOUS_C_00001_20261101.xml"
    assert safe_name("Été 2026.xml").startswith("Ete_2026-")
    assert safe_name("../../etc/passwd").startswith("_.._etc_passwd")

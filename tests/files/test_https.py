"""HTTPS folders: listed in three ways, read whole, trusted by their own authority, never written to."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from passerelle.errors import ConfigError, Retriable
from passerelle.files import (
    UNSTATED,
    Archive,
    ConnectionLost,
    FileNamePattern,
    HttpsConfig,
    HttpsFolder,
    Seen,
    StableReady,
    collect,
    settle,
)
from passerelle.files.https_listing import read_index

from .https_server import PASSWORD, TOKEN, USER, HttpsServer

NAMES = ["STOCK_00001.xml", "Prix été.csv", "a%2Fb.xml"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[HttpsServer]:
    """A server with files, a sub-folder, and a list in lines."""
    root, keys = tmp_path / "served", tmp_path / "keys"
    (root / "out" / "deep").mkdir(parents=True)
    keys.mkdir()
    for name in NAMES:
        (root / "out" / name).write_bytes(f"{name}\r\n".encode() * 20_000)
    (root / "liste.txt").write_text("# files of today\nSTOCK_00001.xml\n", encoding="utf-8")
    running = HttpsServer(root, keys)
    yield running
    running.close()


def config(server: HttpsServer, **changes: Any) -> HttpsConfig:
    """Settings that reach this server."""
    settings: dict[str, Any] = {
        "url": server.url,
        "username": USER,
        "password": SecretStr(PASSWORD),
        "ca_file": server.ca,
        "retry_wait": 0,
        "timeout": 20,
    }
    return HttpsConfig(**(settings | changes))


def test_an_index_page_is_read_for_its_files(served: HttpsServer) -> None:
    """Links to files of the folder are its files; sub-folders, and whatever leads elsewhere, are not."""
    with HttpsFolder(config(served)) as root:
        folder = root.child("out")
        found = {file.name: file for file in folder.list()}
    assert set(found) == {"STOCK_00001.xml", "Prix été.csv", "a%2Fb.xml"}
    for name, file in found.items():
        state = (served.root / "out" / name).stat()
        assert (file.size, int(file.modified)) == (state.st_size, int(state.st_mtime))
        assert file.version.startswith('"')


def test_an_index_page_may_hold_any_markup() -> None:
    """A marked section that no parser knows hides nothing that stands behind it."""
    page = b'<![ page>]<a href="A.xml">A</a><![if x]><a href="B.xml">B</a><!['
    assert [one.name for one in read_index("index", page, base="/out/")] == ["A.xml", "B.xml"]


def test_a_list_in_json_costs_one_request(served: HttpsServer) -> None:
    """Where the list says size and date, no file is asked for one by one."""
    settings = config(served, listing="json", listing_file="liste.json", items="data/files")
    with HttpsFolder(settings, "out") as folder:
        assert {file.name for file in folder.list()} == set(NAMES)
    assert served.seen == ["GET /out/liste.json"]


def test_a_plain_list_names_files(served: HttpsServer) -> None:
    """One name a line; a name that is listed and not there is no file."""
    (served.root / "out" / "liste.txt").write_text("STOCK_00001.xml\nPARTI.xml\n", encoding="utf-8")
    with HttpsFolder(config(served, listing="lines", listing_file="liste.txt"), "out") as folder:
        assert [file.name for file in folder.list()] == ["STOCK_00001.xml"]


@pytest.mark.parametrize("content", ["../../etc/passwd", '<a href="x.xml">', "x y z"])
def test_a_list_that_is_none_is_a_wrong_setting(served: HttpsServer, content: str) -> None:
    """What cannot be a list of names is told, and no name leads out of the folder."""
    (served.root / "out" / "liste.txt").write_text(content, encoding="utf-8")
    with (
        HttpsFolder(config(served, listing="lines", listing_file="liste.txt"), "out") as folder,
        pytest.raises(ConfigError, match="cannot be read as lines"),
    ):
        folder.list()


def test_a_file_is_read_to_its_end_over_a_new_connection(served: HttpsServer) -> None:
    """A connection that breaks in the middle is made again, and the file begun anew."""
    content = (served.root / "out" / NAMES[0]).read_bytes()
    served.cut_after = 100_000
    target = io.BytesIO(b"before")
    target.seek(6)
    with HttpsFolder(config(served), "out") as folder:
        assert folder.read_to(NAMES[0], target) == len(content)
    assert target.getvalue() == b"before" + content
    assert served.seen.count(f"GET /out/{NAMES[0]}") == 2


def test_a_listing_that_breaks_off_is_asked_for_again(served: HttpsServer) -> None:
    """Half a page of names is not a folder with fewer files."""
    served.cut_after = 40
    settings = config(served, listing="json", listing_file="liste.json", items="data/files")
    with HttpsFolder(settings, "out") as folder:
        assert len(folder.list()) == 3
    assert served.seen == ["GET /out/liste.json"] * 2


def test_a_server_that_is_gone_is_a_lost_connection(served: HttpsServer) -> None:
    """After the last try the caller learns it, as of any folder."""
    settings = config(served, attempts=2)
    served.close()
    with HttpsFolder(settings, "out") as folder, pytest.raises(ConnectionLost):
        folder.list()


def test_the_certificate_is_checked(served: HttpsServer) -> None:
    """A server whose authority is not known is not asked anything."""
    with (
        HttpsFolder(config(served, ca_file=None), "out") as folder,
        pytest.raises(ConfigError, match="not trusted"),
    ):
        folder.list()
    assert served.seen == []


def test_logins(served: HttpsServer) -> None:
    """A user with a password, or a token; a wrong one is a wrong setting and is not tried again."""
    with HttpsFolder(config(served, username=None, password=None, token=SecretStr(TOKEN)), "out") as folder:
        assert len(folder.list()) == 3
    served.seen.clear()
    with (
        HttpsFolder(config(served, password=SecretStr("faux")), "out") as folder,
        pytest.raises(ConfigError, match="401") as refused,
    ):
        folder.list()
    assert "faux" not in str(refused.value)
    assert len(served.seen) == 1


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (429, {"Retry-After": "7"}, Retriable),
        (503, {}, Retriable),
        (403, {}, PermissionError),
        (302, {"Location": "https://elsewhere.example/"}, ConfigError),
        (206, {}, ConfigError),
    ],
)
def test_answers_are_sorted_by_what_happens_next(
    served: HttpsServer, status: int, headers: dict[str, str], kind: type[Exception]
) -> None:
    """Busy is for later, forbidden is a right, a redirect is not followed: it would carry the login away."""
    served.answers = [(status, headers)]
    with HttpsFolder(config(served), "out") as folder, pytest.raises(kind) as raised:
        folder.list()
    if isinstance(raised.value, Retriable):
        assert raised.value.retry_after == (7 if headers else None)
    assert len(served.seen) == 1


def test_nothing_can_be_written(served: HttpsServer) -> None:
    """It is a folder to read: each way to change it says so, and asks the server nothing."""
    with HttpsFolder(config(served), "out") as folder:
        for act in (
            lambda: folder.write("x", b""),
            lambda: folder.rename("STOCK_00001.xml", "y"),
            lambda: folder.remove("STOCK_00001.xml"),
            folder.make_folder,
        ):
            with pytest.raises(PermissionError, match="read-only"):
                act()
        assert folder.stat("NIX.xml") is None
        with pytest.raises(FileNotFoundError):
            folder.read_to("NIX.xml", io.BytesIO())
    assert served.seen == ["HEAD /out/NIX.xml", "GET /out/NIX.xml"]


def test_a_file_is_taken_and_stays(served: HttpsServer, tmp_path: Path) -> None:
    """Readiness, intake and settling work as with any folder; the file is remembered where it is."""
    workdir = tmp_path / "work"
    workdir.mkdir()
    with HttpsFolder(config(served), "out") as folder:
        rule, looks = StableReady(0, clock=lambda: 1_000_000.0), dict[str, Seen]()
        pattern = FileNamePattern.parse("STOCK_{sequence:5}.xml")
        assert rule.look(folder, pattern, looks).files == []
        [ready] = rule.look(folder, pattern, looks).files
        archive = Archive(tmp_path / "archive")
        taken = collect(folder, ready, feed="stock", workdir=workdir, archive=archive)
        assert taken.path.read_bytes() == (served.root / "out" / NAMES[0]).read_bytes()
        settled = settle(folder, ready, "archive", "taken", archived=taken.archived)
    assert settled.action == "remembered"
    assert "read-only" in settled.note


def test_a_size_that_nobody_states_is_not_compared(served: HttpsServer) -> None:
    """Without a length the end is where the server closes; a file that changed is told by its mark."""
    with HttpsFolder(config(served), "out") as folder:
        before = folder.stat(NAMES[0])
        assert before is not None
        path = served.root / "out" / NAMES[0]
        state = path.stat()
        path.write_bytes(path.read_bytes()[::-1])
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        after = folder.stat(NAMES[0])
        assert after is not None
        assert not after.same_state(before)
        served.without_length = True
        assert folder.read_to(NAMES[0], io.BytesIO()) == state.st_size
    assert UNSTATED < 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://partner.example/out"},
        {"url": "https://user:pass@partner.example/"},
        {"username": "me"},
        {"username": "me", "password": "x", "token": "y"},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    """No plain HTTP, no password in an address, one login."""
    with pytest.raises(ValidationError):
        HttpsConfig.model_validate({"url": "https://partner.example/out"} | wrong)

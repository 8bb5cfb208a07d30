"""Delivery: whatever breaks and whenever the partner comes, each content is seen once, and whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import ConfigError, Fatal
from passerelle.files import DeliveryState, Folder, LocalFolder, SftpFolder, deliver, lint_name

from .conftest import SftpServer, Sshd

NAME, MARKER = "CMDWEB_00001_20261101.xml", "CMDWEB_00001_20261101.ok"
CONTENT = b"<FICHIER>commandes</FICHIER>" * 20


class Crash(BaseException):
    """The process ends here: nothing of ours runs any more."""


class Script:
    """Plays the world around a delivery: `C` crashes us at this moment, `P` lets the partner come by."""

    def __init__(self, partner: Partner, moves: str) -> None:
        self.partner = partner
        self.moves: Iterator[str] = iter(moves)

    def moment(self) -> None:
        """Something may happen between any two things we do."""
        move = next(self.moves, "-")
        if move in "PB":
            self.partner.come()
        if move in "CB":
            raise Crash


class Partner:
    """Takes a file when it may: data first, then the marker. Notes all it has seen."""

    def __init__(self, path: Path, marker: str | None) -> None:
        self.path = path
        self.marker = marker
        self.seen: list[bytes] = []

    def come(self) -> None:
        """Look once."""
        data = self.path / NAME
        if self.marker is not None and not (self.path / self.marker).exists():
            return
        if data.exists():
            self.seen.append(data.read_bytes())
            data.unlink()
        if self.marker is not None:
            (self.path / self.marker).unlink()


class Played(LocalFolder):
    """A folder where something may happen before and after each act, and in the middle of a write."""

    def __init__(self, path: Path, script: Script) -> None:
        super().__init__(path)
        self.script = script

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:
        """Write half, then all."""
        self.script.moment()
        if not isinstance(content, bytes):
            raise TypeError
        if content:
            super().write(name, content[: len(content) // 2], replace=replace)
            self.script.moment()
            replace = True
        size = super().write(name, content, replace=replace)
        self.script.moment()
        return size

    def rename(self, old: str, new: str) -> None:
        """Rename."""
        self.script.moment()
        super().rename(old, new)
        self.script.moment()

    def remove(self, name: str) -> None:
        """Remove."""
        self.script.moment()
        super().remove(name)
        self.script.moment()


def play(moves: str, marker: str | None) -> Partner:
    """Deliver through the script, starting again after each crash with the state stored last."""
    with tempfile.TemporaryDirectory() as place:
        partner = Partner(Path(place), marker)
        script = Script(partner, moves)
        folder = Played(Path(place), script)
        stored = DeliveryState.PREPARED

        def step(state: DeliveryState) -> None:
            nonlocal stored
            script.moment()
            stored = state
            script.moment()

        while stored is not DeliveryState.DELIVERED:
            try:
                deliver(folder, NAME, CONTENT, marker=marker, step=step, state=stored)
            except Crash:
                continue
        partner.come()
        partner.come()
        assert not (Path(place) / f"{NAME}.tmp").exists()
        return partner


@pytest.mark.parametrize("marker", [MARKER, None])
@pytest.mark.parametrize("first", "CPB")
def test_one_event_at_every_moment(marker: str | None, first: str) -> None:
    """A crash, a visit, or both, at each single moment, and a visit at each moment after it."""
    for at in range(24):
        for then in range(8):
            partner = play("-" * at + first + "-" * then + "P", marker)
            assert partner.seen == [CONTENT], (at, then)


@given(moves=st.text("-CPB", max_size=60), marker=st.sampled_from([MARKER, None]))
@settings(max_examples=400, deadline=None)
def test_any_story(moves: str, marker: str | None) -> None:
    """Any number of crashes and visits: the content is seen exactly once, and whole."""
    assert play(moves, marker).seen == [CONTENT]


@pytest.fixture(params=["local", "asyncssh", "openssh"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Folder]:
    """The same delivery into each kind of folder."""
    if request.param == "local":
        yield LocalFolder(tmp_path)
    elif request.param == "asyncssh":
        server: SftpServer = request.getfixturevalue("server")
        with SftpFolder(server.config(), f"in-{tmp_path.name}") as opened:
            opened.make_folder()
            yield opened
    else:
        sshd: Sshd = request.getfixturevalue("sshd")
        with SftpFolder(sshd.config(), str(tmp_path)) as opened:
            yield opened


def names(folder: Folder) -> set[str]:
    """List names only."""
    return {file.name for file in folder.list()}


def test_each_state_is_stored_before_its_act(folder: Folder) -> None:
    """Nothing is uploaded, renamed or marked before that state is stored."""
    story: list[tuple[str, set[str]]] = []
    deliver(
        folder, NAME, CONTENT, marker=MARKER, step=lambda state: story.append((str(state), names(folder)))
    )
    assert story == [
        ("uploading", set()),
        ("renaming", {f"{NAME}.tmp"}),
        ("marking", {NAME}),
        ("delivered", {NAME, MARKER}),
    ]


@pytest.mark.parametrize("state", [DeliveryState.PREPARED, DeliveryState.UPLOADING, DeliveryState.RENAMING])
def test_other_content_is_never_overwritten(folder: Folder, state: DeliveryState) -> None:
    """A name taken by something else stops the delivery; what is there stays, of whatever size."""
    for other in (b"theirs", bytes(len(CONTENT))):
        folder.write(NAME, other, replace=True)
        with pytest.raises(Fatal, match="exists with other content"):
            deliver(folder, NAME, CONTENT, marker=MARKER, step=lambda _: None, state=state)
        found = folder.stat(NAME)
        assert found is not None
        assert found.size == len(other)
        assert names(folder) == {NAME}


def test_our_own_content_is_gone_on_with(folder: Folder) -> None:
    """The same content under the final name is ours: only the marker is missing."""
    folder.write(NAME, CONTENT)
    folder.write(f"{NAME}.tmp", CONTENT)
    deliver(folder, NAME, CONTENT, marker=MARKER, step=lambda _: None, state=DeliveryState.RENAMING)
    assert names(folder) == {NAME, MARKER}


def test_a_consumed_file_gets_no_marker(folder: Folder) -> None:
    """When the data file is gone at the marking, the partner has taken it: nothing more is put."""
    deliver(folder, NAME, CONTENT, marker=MARKER, step=lambda _: None, state=DeliveryState.MARKING)
    assert names(folder) == set()


def test_a_cleaned_up_temporary_file_is_sent_again(folder: Folder) -> None:
    """With a marker to come nobody can have taken the file: a vanished upload is repeated."""
    deliver(folder, NAME, CONTENT, marker=MARKER, step=lambda _: None, state=DeliveryState.RENAMING)
    assert names(folder) == {NAME, MARKER}


def test_a_delivered_file_is_not_delivered_again(folder: Folder) -> None:
    """The last state is the end."""
    deliver(folder, NAME, CONTENT, marker=None, step=lambda _: None, state=DeliveryState.DELIVERED)
    assert names(folder) == set()


def test_an_empty_file_can_be_delivered(folder: Folder) -> None:
    """Nothing to say is said with an empty file."""
    deliver(folder, NAME, b"", marker=None, step=lambda _: None)
    found = folder.stat(NAME)
    assert found is not None
    assert found.size == 0


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("CMD_TEST_1.xml", "contains 'test'"),
        ("orders_done.xml", "contains 'done'"),
        ("commandé.xml", "contains 'é'"),
        ("a b.xml", "contains ' '"),
        ("", "has 0 characters"),
        ("x" * 101, "has 101 characters"),
        (".hidden.xml", "begins with a dot"),
        ("../up.xml", "contains '/'"),
    ],
)
def test_names_that_partners_pass_over(tmp_path: Path, name: str, fault: str) -> None:
    """A name is linted before anything is sent, and every fault is told."""
    assert any(fault in found for found in lint_name(name))
    with pytest.raises(ConfigError, match="cannot be delivered"):
        deliver(LocalFolder(tmp_path), name, b"", marker=None, step=lambda _: None)
    assert lint_name(NAME) == []

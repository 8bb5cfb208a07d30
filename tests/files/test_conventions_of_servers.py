"""Conventions 7, 17, 49, 51, 53 and 54: names, delivery, hours and servers, against real servers."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passerelle.errors import ConfigError, FileRefused
from passerelle.files import (
    Archive,
    Closed,
    DeliveryState,
    FileNamePattern,
    Finding,
    Hours,
    LocalFolder,
    MarkerReady,
    NameRules,
    SftpFolder,
    VisitingRules,
    collect,
    deliver,
    lint_name,
    probe,
)

from .conftest import SftpServer, Sshd, StartServer, new_key


def test_names_that_partners_pass_over_are_not_given(tmp_path: Path) -> None:
    """Convention 7, reserved words: a name with one is a fault before anything is sent, each fault told."""
    rules = NameRules(reserved=("TEST", "copie"), allowed="[A-Z0-9_.]", longest=20)
    assert lint_name("CMD_00001.XML", rules) == []
    faults = lint_name("CMD_Copie-de_test_00001.XML", rules)
    assert len(faults) == 4
    with pytest.raises(ConfigError, match="'copie'"):
        deliver(LocalFolder(tmp_path), "CMD_COPIE.XML", b"x", marker=None, step=lambda _: None, rules=rules)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_states_too_much_is_found_out(tmp_path: Path, start_server: StartServer) -> None:
    """Convention 17, server stat larger than content: the true end is found, the file refused."""
    server = start_server("--lie", "17")
    (server.root / "A.xml").write_bytes(b"x" * 100_000)
    (server.root / "A.ok").touch()
    (tmp_path / "work").mkdir()
    with SftpFolder(server.config()) as folder:
        [ready] = MarkerReady(".ok").look(folder, FileNamePattern.parse("A.xml"), {}).files
        assert ready.file.size == 100_017
        with pytest.raises(FileRefused, match="100000 bytes"):
            collect(folder, ready, feed="a", workdir=tmp_path / "work", archive=Archive(tmp_path / "archive"))
    assert list((tmp_path / "work").iterdir()) == []


def test_a_delivery_appears_whole_with_its_marker_last(tmp_path: Path) -> None:
    """Convention 49, temp name, rename, marker last, never overwrite: seen from the partner's side."""
    seen: list[list[str]] = []
    folder = LocalFolder(tmp_path)

    def look(_: DeliveryState) -> None:
        seen.append(sorted(path.name for path in tmp_path.iterdir()))

    deliver(folder, "CMD_1.xml", b"<C/>", marker="CMD_1.ok", step=look)
    look(DeliveryState.DELIVERED)
    assert seen == [
        [],
        ["CMD_1.xml.tmp"],
        ["CMD_1.xml"],
        ["CMD_1.ok", "CMD_1.xml"],
        ["CMD_1.ok", "CMD_1.xml"],
    ]
    with pytest.raises(Exception, match="exists with other content"):
        deliver(folder, "CMD_1.xml", b"<D/>", marker=None, step=lambda _: None)
    assert (tmp_path / "CMD_1.xml").read_bytes() == b"<C/>"


# Hours.

NIGHT = (
    Closed("calm hours", Hours.parse("22:00-05:30")),
    Closed("maintenance", Hours.parse("sunday 05:00-07:00")),
)


def at(text: str) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-21T20:59:59", None),
        ("2026-11-21T21:00:00", "2026-11-22T06:00:00"),  # the night runs into Sunday's maintenance
        ("2026-11-20T23:30:00", "2026-11-21T04:30:00"),
        ("2026-11-22T06:00:00", None),
        ("2026-03-29T00:30:00", "2026-03-29T05:00:00"),  # the clocks go forward: 5:30 is 3:30 UTC, Sunday
        ("2026-10-25T00:30:00", "2026-10-25T06:00:00"),  # and back
    ],
)
def test_closed_hours_are_the_partners_own(now: str, opens: str | None) -> None:
    """Convention 51, calm hours and maintenance: in local time, over midnight and over changes of clocks."""
    found = VisitingRules(closed=NIGHT).check(at(now), None)
    assert (None if found is None else found.next_at) == (None if opens is None else at(opens))


@given(st.text(min_size=1, max_size=20))
def test_feeds_come_back_one_after_the_other(who: str) -> None:
    """Convention 51, jitter: after closed hours each feed has its own moment, always the same one."""
    rules = VisitingRules(closed=NIGHT, spread=600)
    first = rules.check(at("2026-11-20T23:30:00"), None, who=who)
    assert first is not None
    assert at("2026-11-21T04:30:00") <= first.next_at < at("2026-11-21T04:40:00")
    assert rules.check(first.next_at, None, who=who) is None
    just_before = first.next_at - dt.timedelta(seconds=1)
    waiting = rules.check(just_before, None, who=who)
    assert waiting is not None
    assert waiting.next_at == first.next_at
    assert rules.check(at("2026-11-21T12:00:00"), None, who=who) is None


def test_visits_have_a_ceiling() -> None:
    """Convention 51, polling ceilings: the next visit is told, and moved out of closed hours."""
    rules = VisitingRules(every=3600, closed=NIGHT)
    assert rules.check(at("2026-11-20T12:30:00"), at("2026-11-20T11:30:00")) is None
    early = rules.check(at("2026-11-20T12:29:59"), at("2026-11-20T11:30:00"))
    assert early is not None
    assert early.next_at == at("2026-11-20T12:30:00")
    late = rules.check(at("2026-11-20T20:40:00"), at("2026-11-20T20:30:00"))
    assert late is not None
    assert late.next_at == at("2026-11-21T04:30:00")


# Servers.


def test_a_server_that_answers_in_small_pieces_is_followed(start_server: StartServer) -> None:
    """Convention 53, slow or proprietary servers: bounded prefetch, small answers, each byte in its place."""
    server = start_server("--piece", "3000")
    content = os.urandom(500_001)
    (server.root / "A.xml").write_bytes(content)
    target = io.BytesIO()
    with SftpFolder(server.config(request_size=32 * 1024)) as folder:
        assert folder.read_to("A.xml", target) == len(content)
    assert target.getvalue() == content


def test_a_server_that_was_restarted_is_asked_again(start_server: StartServer) -> None:
    """Convention 53, slow servers, retry on a new connection: a step that may be repeated is."""
    server = start_server()
    (server.root / "A.xml").write_bytes(b"x")
    with SftpFolder(server.config()) as folder:
        assert [file.name for file in folder.list()] == ["A.xml"]
        server.kill()
        server.start()
        assert [file.name for file in folder.list()] == ["A.xml"]


def works(findings: list[Finding]) -> dict[str, bool | None]:
    """What was found, by capability."""
    return {finding.capability: finding.works for finding in findings}


def test_the_probe_finds_that_all_is_allowed(sshd: Sshd, tmp_path: Path) -> None:
    """Convention 54, capability probe: OpenSSH lets us do everything, and nothing is left but a folder."""
    (tmp_path / "a.xml").write_bytes(b"abc")
    with SftpFolder(sshd.config(), str(tmp_path)) as folder:
        findings = probe(folder, folders=True)
    assert set(works(findings).values()) == {True}
    assert [finding.detail for finding in findings if finding.capability == "read"] == ["a.xml: 3 bytes"]
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left[0] == "a.xml"
    assert len(left) == 2
    assert left[1].endswith(".folder")


def test_the_probe_finds_what_is_forbidden(start_server: StartServer) -> None:
    """Convention 54, no rights: a read-only account lists and reads; the rest is told, nothing is raised."""
    server = start_server("--read-only")
    (server.root / "a.xml").write_bytes(b"abc")
    with SftpFolder(server.config()) as folder:
        found = works(probe(folder, folders=True))
    assert found == {
        "list": True,
        "read": True,
        "write": False,
        "exact_size": None,
        "rename": None,
        "never_overwrites": None,
        "remove": None,
        "make_folder": False,
    }


def test_the_probe_finds_a_size_that_lies(start_server: StartServer) -> None:
    """Convention 54, capability probe: a wrong size, or a server out of reach, is a finding."""
    server = start_server("--lie", "5")
    with SftpFolder(server.config()) as folder:
        found = {finding.capability: finding for finding in probe(folder)}
    assert found["write"].works is False
    sizes = re.search(r"(\d+) bytes were sent, the server holds (\d+)\b", found["write"].detail)
    assert sizes is not None
    assert int(sizes[2]) - int(sizes[1]) == 5
    server.kill()
    with SftpFolder(server.config(attempts=1, connect_timeout=2)) as folder:
        [finding] = probe(folder)
    assert (finding.capability, finding.works) == ("list", False)


def test_a_changed_host_key_stops_and_tells_the_new_one(server: SftpServer, keys: Path) -> None:
    """Convention 54, host-key change: never accepted; while it is being changed both keys may be known."""
    stranger = (keys / "stranger.pub").read_text().strip()
    with (
        SftpFolder(server.config(host_keys=stranger)) as folder,
        pytest.raises(ConfigError, match="not the known one") as refused,
    ):
        folder.list()
    assert server.host_key.split()[1] in refused.value.advice
    with SftpFolder(server.config(host_keys=(stranger, server.host_key))) as folder:
        folder.list()


def test_our_own_key_is_changed_without_a_night_off(
    start_server: StartServer, keys: Path, tmp_path: Path
) -> None:
    """Convention 54, key rotation: the next key is tried when the current one is not taken any more."""
    new_key(tmp_path / "next")
    access = tmp_path / "authorized"
    access.write_text((tmp_path / "next.pub").read_text())
    server = start_server("--authorized-keys", str(access))
    login = {"password": None, "private_key": keys / "client"}
    with (
        SftpFolder(server.config(**login)) as folder,
        pytest.raises(ConfigError, match="refused the log-in"),
    ):
        folder.list()
    with SftpFolder(server.config(**login, next_private_key=tmp_path / "next")) as folder:
        folder.list()
    with pytest.raises(ValidationError, match="next_private_key follows"):
        server.config(next_private_key=tmp_path / "next")


def test_a_chroot_is_the_whole_world(server: SftpServer) -> None:
    """Convention 54, chroot paths: paths begin at the log-in folder or at `/`, which is the same there."""
    (server.root / "out" / "stock").mkdir(parents=True)
    (server.root / "out" / "stock" / "A.xml").write_bytes(b"x")
    for path in ("out/stock", "/out/stock"):
        with SftpFolder(server.config(), path) as folder:
            assert [file.name for file in folder.list()] == ["A.xml"]
    with SftpFolder(server.config(), "../../../../etc") as folder, pytest.raises(FileNotFoundError):
        folder.list()

"""SFTP when something is wrong: keys, log-ins, lies, full disks, servers that die."""

from __future__ import annotations

import base64
import io
import os
import socket
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, cast

import paramiko
import pytest
from pydantic import SecretStr, ValidationError

from passerelle.errors import ConfigError
from passerelle.files import ConnectionLost, ServerFailure, SftpConfig, SftpFolder
from passerelle.files.sftp_connection import SftpConnection
from tests.memory import alone, high_water, needs_proc
from tests.waiting import until

from .conftest import PASSWORD, SftpServer, Sshd, StartServer


def key_text(keys: Path, name: str) -> str:
    """Read a public key."""
    return (keys / f"{name}.pub").read_text().strip()


def fingerprint(text: str) -> str:
    """Compute what ssh-keygen -l prints."""
    return paramiko.PKey.from_type_string("ssh-ed25519", base64.b64decode(text.split()[1])).fingerprint


def test_a_changed_host_key_is_refused_before_the_password_is_sent(server: SftpServer, keys: Path) -> None:
    """Another key than the known one: nothing is sent, the message names what was seen and expected."""
    config = server.config(host_keys=key_text(keys, "stranger"))
    with SftpFolder(config) as folder, pytest.raises(ConfigError) as refusal:
        folder.list()
    message = str(refusal.value)
    assert f"seen ssh-ed25519 {fingerprint(server.host_key)}" in message
    assert f"expected ssh-ed25519 {fingerprint(key_text(keys, 'stranger'))}" in message
    assert PASSWORD not in message


def test_a_fingerprint_or_one_of_two_keys_is_enough(server: SftpServer, keys: Path) -> None:
    """A fingerprint may be given instead of the key; while a key is replaced, both are known."""
    for known in (
        fingerprint(server.host_key),
        (key_text(keys, "stranger"), server.host_key),
        server.host_key + " comment",
    ):
        with SftpFolder(server.config(host_keys=known)) as folder:
            folder.list()


def test_known_hosts_file(server: SftpServer, tmp_path: Path) -> None:
    """A known_hosts file is read; a server that it does not name is refused."""
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    with SftpFolder(server.config(host_keys=(), known_hosts=known_hosts)) as folder:
        folder.list()
    known_hosts.write_text(f"sftp.example {server.host_key}\n")
    with (
        SftpFolder(server.config(host_keys=(), known_hosts=known_hosts)) as folder,
        pytest.raises(ConfigError, match=r"expected nothing .*known_hosts has no key"),
    ):
        folder.list()
    with (
        SftpFolder(server.config(host_keys=(), known_hosts=tmp_path / "missing")) as folder,
        pytest.raises(ConfigError, match="cannot be read"),
    ):
        folder.list()


def test_settings_that_trust_unseen_are_refused() -> None:
    """Without a known key, or without a way to log in, there is no configuration."""
    with pytest.raises(ValidationError, match="never trusted unseen"):
        SftpConfig(host="sftp.example", username="erp", password=SecretStr("x"))
    with pytest.raises(ValidationError, match="password or private_key"):
        SftpConfig(host="sftp.example", username="erp", host_keys=("SHA256:abc",))
    for nonsense in ("AAAA", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA=="):
        with pytest.raises(ValidationError, match="is not a host key"):
            SftpConfig(host="sftp.example", username="erp", password=SecretStr("x"), host_keys=(nonsense,))


def test_a_wrong_password_is_a_setting_to_mend(server: SftpServer) -> None:
    """A refused log-in is a ConfigError that names the account and never the password."""
    config = server.config(password=SecretStr("mauvais"))
    with SftpFolder(config) as folder, pytest.raises(ConfigError, match="refused the log-in") as refusal:
        folder.list()
    assert "erp@127.0.0.1" in str(refusal.value)
    assert "mauvais" not in repr(refusal.value) + str(refusal.value) + repr(config)


def test_log_in_by_key(start_server: StartServer, keys: Path, tmp_path: Path) -> None:
    """A key logs in, with its passphrase if it has one; what is wrong with a key file is said."""
    authorized = tmp_path / "authorized"
    authorized.write_text(key_text(keys, "client") + "\n" + key_text(keys, "locked") + "\n")
    server = start_server("--authorized-keys", str(authorized))

    def folder(name: str, passphrase: str | None = None) -> SftpFolder:
        secret = SecretStr(passphrase) if passphrase is not None else None
        return SftpFolder(server.config(password=None, private_key=keys / name, passphrase=secret))

    for name, passphrase in (("client", None), ("locked", "sésame")):
        with folder(name, passphrase) as opened:
            assert opened.list() == []
    for name, passphrase, message in (
        ("locked", "faux", "cannot be opened with the passphrase given"),
        ("locked", None, "cannot be opened with no passphrase"),
        ("missing", None, "cannot be read: No such file"),
        ("client.pub", None, "cannot be opened"),
        ("stranger", None, "refused the log-in"),
    ):
        with folder(name, passphrase) as opened, pytest.raises(ConfigError, match=message):
            opened.list()


def test_openssh_refuses_a_strangers_key(sshd: Sshd, keys: Path) -> None:
    """OpenSSH's refusal is a ConfigError too."""
    with (
        SftpFolder(sshd.config(private_key=keys / "stranger")) as folder,
        pytest.raises(ConfigError, match="refused the log-in"),
    ):
        folder.list()


def test_the_fast_cipher_and_no_delay_are_in_use(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection takes AES-GCM, sends small packets at once, and leaves paramiko's own settings alone."""
    made: list[paramiko.Transport] = []
    start = paramiko.Transport.start_client

    def noted(transport: paramiko.Transport, timeout: float | None = None) -> None:
        made.append(transport)
        start(transport, timeout=timeout)

    monkeypatch.setattr(paramiko.Transport, "start_client", noted)
    with SftpFolder(sshd.config(), "/") as folder:
        folder.list()
        assert made[0].local_cipher == "aes128-gcm@openssh.com"
        wire = made[0].sock
        assert isinstance(wire, socket.socket)
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert paramiko.SFTPFile.MAX_REQUEST_SIZE == 32768


def test_nobody_listens() -> None:
    """A closed port is a lost connection, tried as often as set, with pauses handed to the sleeper."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = SftpConfig(
            host="127.0.0.1",
            port=taken.getsockname()[1],
            username="erp",
            password=SecretStr("x"),
            host_keys=("SHA256:abc",),
            attempts=4,
        )
        pauses: list[float] = []
        with pytest.raises(ConnectionLost, match="no connection"):
            SftpFolder(config, sleep=pauses.append).list()
    assert len(pauses) == 3


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convention 53, slow servers: one that accepts and says nothing is given up after the time-out."""
    waits: list[tuple[float | None, ...]] = []
    start = paramiko.Transport.start_client

    def noted(transport: paramiko.Transport, timeout: float | None = None) -> None:
        waits.append((timeout, transport.banner_timeout, transport.handshake_timeout))
        start(transport, timeout=timeout)

    monkeypatch.setattr(paramiko.Transport, "start_client", noted)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = SftpConfig(
            host="127.0.0.1",
            port=silent.getsockname()[1],
            username="erp",
            password=SecretStr("x"),
            host_keys=("SHA256:abc",),
            attempts=1,
            banner_timeout=0.3,
        )
        with pytest.raises(ConnectionLost):
            SftpFolder(config).list()
    # How long that took says how busy the machine is; how long it waits is what it was told.
    assert waits == [(0.3, 0.3, 0.3)]


def test_a_server_killed_in_mid_download_is_retriable(start_server: StartServer) -> None:
    """Convention 53, slow servers: when one dies for good the error is Retriable, and nobody hangs."""
    server = start_server()
    (server.root / "big.bin").write_bytes(os.urandom(20_000_000))

    with SftpFolder(server.config()) as folder, pytest.raises(ConnectionLost):
        folder.read_to("big.bin", io.BytesIO(), progress=lambda _: server.kill())


def test_a_listing_that_breaks_off_is_no_short_folder(start_server: StartServer) -> None:
    """Convention 53, slow servers: half a listing is a lost connection, never a folder with fewer files."""
    server = start_server("--die-in-listing", "150")
    for number in range(300):
        (server.root / f"{number:03}.xml").touch()
    with SftpFolder(server.config(attempts=1)) as folder, pytest.raises(ConnectionLost):
        folder.list()


def test_a_server_that_comes_back_is_read_to_the_end(start_server: StartServer) -> None:
    """When the server dies and comes back, the download begins again and is whole."""
    server = start_server()
    content = os.urandom(20_000_000)
    (server.root / "big.bin").write_bytes(content)
    once = threading.Event()

    def crash(done: int) -> None:
        if done > 1_000_000 and not once.is_set():
            once.set()
            server.kill()
            server.start()

    target = io.BytesIO(b"header")
    target.seek(6)
    with SftpFolder(server.config()) as folder:
        assert folder.read_to("big.bin", target, progress=crash) == len(content)
    assert once.is_set()
    assert target.getvalue() == b"header" + content


def test_every_step_survives_an_idle_connection_that_was_cut(start_server: StartServer) -> None:
    """A connection that broke while nothing was asked is opened again for whatever comes next."""
    server = start_server()
    with closing(SftpConnection(server.config(), time.sleep)) as connection:
        folder = SftpFolder(server.config(), connection=connection)
        for act in (
            lambda: folder.write("a.xml", b"a"),
            lambda: folder.rename("a.xml", "b.xml"),
            lambda: folder.child("archive").make_folder(),
        ):
            folder.list()
            server.kill()
            # It is idle until its end was noticed: what is asked before that meets it in mid-request.
            until(lambda: not connection.alive())
            server.start()
            act()
    assert {path.name for path in server.root.iterdir()} == {"archive", "b.xml"}


@pytest.mark.parametrize("lie", [1000, 5_000_000, -1000])
def test_reading_ends_where_the_file_ends(start_server: StartServer, lie: int) -> None:
    """A stated size that is wrong neither hangs the download nor cuts it."""
    server = start_server(f"--lie={lie}")
    content = os.urandom(3_000_000)
    (server.root / "a.bin").write_bytes(content)
    target = io.BytesIO()
    with SftpFolder(server.config()) as folder:
        assert folder.stat("a.bin") is not None
        assert folder.read_to("a.bin", target) == len(content)
    assert target.getvalue() == content


def test_a_server_that_answers_in_small_pieces_is_followed(start_server: StartServer) -> None:
    """A server may answer a read with less than was asked for: nothing is lost or doubled."""
    server = start_server("--piece=20000")
    content = os.urandom(3_000_001)
    (server.root / "a.bin").write_bytes(content)
    target = io.BytesIO()
    with SftpFolder(server.config(request_size=255 * 1024)) as folder:
        folder.read_to("a.bin", target)
    assert target.getvalue() == content


def test_a_full_disk_is_noticed(start_server: StartServer) -> None:
    """A write that the server refuses is an error, even if the refused piece was one among many in flight."""
    server = start_server("--disk=300000")
    with SftpFolder(server.config()) as folder:
        with pytest.raises(ServerFailure, match="disque plein"):
            folder.write("a.bin", os.urandom(400_000))
        assert folder.stat("a.bin") is not None


def test_an_upload_that_came_short_is_noticed(start_server: StartServer) -> None:
    """The server's own size is compared with what was sent."""
    server = start_server("--lie=-7")
    with SftpFolder(server.config()) as folder, pytest.raises(ServerFailure, match="the server holds"):
        folder.write("a.bin", b"0123456789")


def test_a_missing_right_is_a_permission_error(start_server: StartServer) -> None:
    """What the account may not do is Python's own PermissionError, with the path."""
    server = start_server("--read-only")
    (server.root / "a.xml").write_bytes(b"a")
    with SftpFolder(server.config()) as folder:
        for act in (
            lambda: folder.write("b.xml", b"b"),
            lambda: folder.rename("a.xml", "b.xml"),
            lambda: folder.remove("a.xml"),
            lambda: folder.child("archive").make_folder(),
        ):
            with pytest.raises(PermissionError, match=r"xml|archive"):
                act()


def test_rename_does_not_overwrite_where_the_server_would(start_server: StartServer) -> None:
    """Some servers' rename replaces what is there: ours looks first."""
    server = start_server("--overwriting")
    (server.root / "a.xml").write_bytes(b"a")
    (server.root / "b.xml").write_bytes(b"b")
    with SftpFolder(server.config()) as folder, pytest.raises(FileExistsError):
        folder.rename("a.xml", "b.xml")
    assert (server.root / "b.xml").read_bytes() == b"b"


class Nowhere(io.RawIOBase):
    """Takes what is written and cannot go back in it."""

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, piece: Any) -> int:
        """Keep nothing."""
        return len(piece)


def growth_by_download(config: str, root: str) -> int:
    """Download a small file, then a big one: the bytes by which the process grew for the second."""
    with SftpFolder(SftpConfig.model_validate_json(config), root) as folder:
        folder.read_to("small.bin", cast("BinaryIO", Nowhere()))
        before = high_water()
        folder.read_to("big.bin", cast("BinaryIO", Nowhere()))
    return high_water() - before


@needs_proc
def test_a_big_download_does_not_grow_the_process(sshd: Sshd, tmp_path: Path) -> None:
    """The process that downloads 60 MB grows by less than 20 MB."""
    (tmp_path / "small.bin").write_bytes(os.urandom(100_000))
    with (tmp_path / "big.bin").open("wb") as big:
        for _ in range(60):
            big.write(os.urandom(1_000_000))
    assert alone(growth_by_download, sshd.config().model_dump_json(), str(tmp_path)) < 20_000_000

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import psutil
import pytest

from passerelle.errors import ConfigError, Fatal
from passerelle.retailer import SftpServer


@contextmanager
def _login(
    server: SftpServer,
    *,
    password: str | None = None,
    key: paramiko.PKey | None = None,
    host_key: str | None = None,
) -> Iterator[paramiko.SFTPClient]:
    """Log in as a strict client: the host key must be the one that is known."""
    kind, known = (host_key or server.host_key).split()
    transport = paramiko.Transport((server.host, server.port))
    try:
        transport.connect(
            hostkey=paramiko.PKey.from_type_string(kind, base64.b64decode(known)),
            username=server.user,
            password=password,
            pkey=key,
        )
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        with client:
            yield client
    finally:
        transport.close()


def test_a_client_logs_in_and_works(served: SftpServer) -> None:
    """A real login by password; files are read, written, renamed and removed below the root."""
    with _login(served, password=served.password) as client:
        with client.open("/hello.txt") as stream:
            assert stream.read() == b"bonjour"
        with client.open("/new.xml.tmp", "wb") as stream:
            stream.write(b"<a/>")
        client.rename("/new.xml.tmp", "/new.xml")
        assert (served.root / "new.xml").read_bytes() == b"<a/>"
        client.remove("/new.xml")
        assert sorted(client.listdir("/")) == ["hello.txt"]


def test_rename_never_overwrites(served: SftpServer) -> None:
    """A rename onto an existing name fails, as on servers at large."""
    with _login(served, password=served.password) as client:
        with client.open("/other.txt", "wb") as stream:
            stream.write(b"x")
        with pytest.raises(OSError, match="exists"):
            client.rename("/other.txt", "/hello.txt")
        client.remove("/other.txt")


def test_nothing_above_the_root_is_reached(served: SftpServer) -> None:
    """The parent folder is not there, and no link can be made to it."""
    with _login(served, password=served.password) as client:
        assert sorted(client.listdir("/../..")) == ["hello.txt"]
        with pytest.raises(FileNotFoundError):
            client.open("/../secret.txt")
        with pytest.raises(OSError, match="links"):
            client.symlink("../secret.txt", "/link")


def test_a_wrong_password_is_refused(served: SftpServer) -> None:
    """The door stays shut."""
    with pytest.raises(paramiko.AuthenticationException), _login(served, password="Sesame"):
        pass


def test_a_wrong_user_is_refused(tmp_path: Path, served: SftpServer) -> None:
    """The right password of another user does not help."""
    stranger = SftpServer(tmp_path, user="stranger")
    stranger.port, stranger.host_key = served.port, served.host_key
    with pytest.raises(paramiko.AuthenticationException), _login(stranger, password=served.password):
        pass


def test_a_wrong_host_key_is_seen_before_the_password_is_sent(served: SftpServer) -> None:
    """A strict client meets another key and stops."""
    other = paramiko.RSAKey.generate(2048)
    with (
        pytest.raises(paramiko.SSHException, match="host key"),
        _login(served, password=served.password, host_key=f"{other.get_name()} {other.get_base64()}"),
    ):
        pass


def test_a_key_logs_in_where_it_is_authorised(tmp_path: Path) -> None:
    """With a file of authorised keys a client needs no password, and a stranger's key is refused."""
    ours, strange = paramiko.RSAKey.generate(2048), paramiko.RSAKey.generate(2048)
    keys = tmp_path / "authorized_keys"
    keys.write_text(f"{ours.get_name()} {ours.get_base64()}\n")
    with SftpServer(tmp_path / "erp", authorized_keys=keys, password="") as server:
        with _login(server, key=ours) as client:
            assert client.listdir("/") == []
        with pytest.raises(paramiko.SSHException), _login(server, key=strange):
            pass
        with pytest.raises(paramiko.SSHException), _login(server, password=""):
            pass


def test_the_host_key_survives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is kept in the state folder, readable by its owner only; the log stays empty."""
    # A developer may have asked Python to tell more, such as each step of asyncio that was slow.
    for telling_more in ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONVERBOSE", "PYTHONWARNINGS"):
        monkeypatch.delenv(telling_more, raising=False)
    keys = []
    for _ in range(2):
        with SftpServer(tmp_path / "erp", state=tmp_path / "state") as server:
            keys.append(server.host_key)
            assert server.known_hosts_line == f"[127.0.0.1]:{server.port} {server.host_key}"
        assert (tmp_path / "state" / "sftp.log").read_bytes() == b""
    assert keys[0] == keys[1]
    assert (tmp_path / "state" / "host_key").stat().st_mode & 0o077 == 0


def test_the_block_ends_the_process(tmp_path: Path) -> None:
    """After the block nothing runs and nothing listens; stopping again is no error."""
    with SftpServer(tmp_path / "erp") as server:
        pid = server.pid
        assert pid is not None
        with pytest.raises(Fatal, match="already"):
            server.start()
    assert not psutil.pid_exists(pid)
    server.stop()


def test_the_server_goes_when_its_parent_dies(tmp_path: Path) -> None:
    """A killed parent leaves no server behind."""
    script = (
        "import sys; from pathlib import Path; from passerelle.retailer import SftpServer\n"
        f"server = SftpServer(Path({str(tmp_path / 'erp')!r})); server.start()\n"
        "print(server.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([server], timeout=60)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


def test_a_taken_port_is_told(tmp_path: Path, served: SftpServer) -> None:
    """The server that cannot listen says why, in the error and not only in a log."""
    with pytest.raises(ConfigError, match=r"(?s)did not start.*in use"):
        SftpServer(tmp_path / "erp", port=served.port).start()


def test_a_server_nobody_could_enter_does_not_start(tmp_path: Path) -> None:
    """No password and no key: told at the start."""
    with pytest.raises(ConfigError, match="nobody could log in"):
        SftpServer(tmp_path / "erp", password="").start()

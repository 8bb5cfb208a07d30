"""A folder on a partner's SFTP server."""

from __future__ import annotations

import errno
import io
import posixpath
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import paramiko
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from ..errors import ConfigError
from .folders import Progress, RemoteFile, check_name, check_target
from .host_keys import HostKeys, parse_host_key
from .sftp_errors import ConnectionLost, sftp_errors
from .sftp_session import SftpSession

__all__ = ["SftpConfig", "SftpFolder"]

T = TypeVar("T")

_FAST_CIPHER = "aes128-gcm@openssh.com"
#: What every server must take (draft-ietf-secsh-filexfer-02, section 3), and what these are known to take.
_SAFE_REQUEST = 32 * 1024
_LARGE_REQUEST = 128 * 1024
_TAKE_LARGE_REQUESTS = ("OpenSSH", "AsyncSSH")


class SftpConfig(BaseModel):
    """Where a partner's SFTP server is, how to know it and how to log in.

    The host key is always checked: give `host_keys` (one or several, `ssh-ed25519 AAAA…` or `SHA256:…`;
    several while a key is being replaced) or a `known_hosts` file. Times are in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    username: str
    password: SecretStr | None = None
    private_key: Path | None = None
    passphrase: SecretStr | None = None
    host_keys: tuple[str, ...] = ()
    known_hosts: Path | None = None
    connect_timeout: float = Field(default=10, gt=0)
    banner_timeout: float = Field(default=15, gt=0)
    auth_timeout: float = Field(default=20, gt=0)
    timeout: float = Field(default=60, gt=0, description="longest silence of the server during a request")
    keep_alive: int = Field(default=30, ge=0, description="seconds between signs of life; 0: none")
    request_size: int | None = Field(
        default=None,
        ge=4096,
        le=255 * 1024,
        description="bytes a request; None: 128 KiB for servers known to take it, else 32 KiB",
    )
    attempts: int = Field(default=3, ge=1, description="tries of a step that may be repeated")
    retry_wait: float = Field(default=1, ge=0, description="first pause before a new connection, doubling")

    @field_validator("host_keys", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("host_keys")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(parse_host_key(key) for key in value)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.host_keys and self.known_hosts is None:
            raise ValueError("host_keys or known_hosts is needed: a server is never trusted unseen")
        if self.password is None and self.private_key is None:
            raise ValueError("password or private_key is needed")
        return self

    @property
    def label(self) -> str:
        """Name the server and the account, without secrets."""
        return f"sftp://{self.username}@{self.host}:{self.port}"


class _Connection:
    """One connection, made when it is needed and made again when it broke; one request at a time."""

    def __init__(self, config: SftpConfig, sleep: Callable[[float], None]) -> None:
        self.config = config
        self.sleep = sleep
        self.lock = threading.RLock()
        self.request_size = config.request_size or _SAFE_REQUEST
        self._transport: paramiko.Transport | None = None
        self._session: SftpSession | None = None

    def run(self, path: str, act: Callable[[SftpSession], T], *, repeatable: bool = True) -> T:
        """Do one thing; on a lost connection `repeatable` ones are done again over a new one."""
        attempts = Retrying(
            retry=retry_if_exception_type(ConnectionLost),
            stop=stop_after_attempt(self.config.attempts),
            wait=wait_exponential(multiplier=self.config.retry_wait, max=30)
            + wait_random(0, self.config.retry_wait),
            sleep=self.sleep,
            reraise=True,
        )
        with self.lock:
            if not repeatable:
                attempts(self._open)
                return self._once(path, act)
            return attempts(lambda: self._once(path, act))

    def _once(self, path: str, act: Callable[[SftpSession], T]) -> T:
        try:
            with sftp_errors(self.config.label, path, self.alive):
                return act(self._open())
        except ConnectionLost:
            self.close()
            raise

    def alive(self) -> bool:
        return self._transport is not None and self._transport.is_active()

    def close(self) -> None:
        with self.lock:
            transport, self._transport, self._session = self._transport, None, None
            if transport is not None:
                transport.close()

    def _open(self) -> SftpSession:
        if self._session is not None and self.alive():
            return self._session
        self.close()
        config = self.config
        try:
            wire = socket.create_connection((config.host, config.port), timeout=config.connect_timeout)
        except OSError as error:
            raise ConnectionLost(
                f"{config.label}: no connection: {error}", advice="Is the server up, its name and port right?"
            ) from error
        try:
            # Without it every small request waits for the server's delayed acknowledgement (40 ms).
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport = self._transport = paramiko.Transport(wire)
            with sftp_errors(config.label, "log-in", self.alive):
                self._session = self._log_in(transport)
        except BaseException:
            self.close()
            wire.close()
            raise
        return self._session

    def _log_in(self, transport: paramiko.Transport) -> SftpSession:
        config = self.config
        known = HostKeys(config.host, config.port, config.host_keys, config.known_hosts)
        options = transport.get_security_options()
        options.ciphers = [_FAST_CIPHER, *(cipher for cipher in options.ciphers if cipher != _FAST_CIPHER)]
        options.key_types = known.preferred(options.key_types)
        transport.banner_timeout = transport.handshake_timeout = config.banner_timeout
        transport.auth_timeout = config.auth_timeout
        transport.start_client(timeout=config.banner_timeout)
        known.check(transport.get_remote_server_key())
        try:
            self._authenticate(transport)
        except paramiko.AuthenticationException as error:
            if not transport.is_active() or "timeout" in str(error).casefold():
                raise ConnectionLost(f"{config.label}: connection lost at log-in: {error}") from error
            raise ConfigError(
                f"{config.label}: the server refused the log-in with {self._means()}: {error}",
                advice="Check the user name, the password or key, and that the partner has put it in place",
            ) from error
        transport.set_keepalive(config.keep_alive)
        channel = transport.open_session(timeout=config.timeout)
        channel.settimeout(config.timeout)
        channel.invoke_subsystem("sftp")
        if config.request_size is None:
            large = any(name in transport.remote_version for name in _TAKE_LARGE_REQUESTS)
            self.request_size = _LARGE_REQUEST if large else _SAFE_REQUEST
        return SftpSession(channel)

    def _authenticate(self, transport: paramiko.Transport) -> None:
        config = self.config
        more: list[str] = []
        if config.private_key is not None:
            passphrase = config.passphrase.get_secret_value() if config.passphrase is not None else None
            more = transport.auth_publickey(config.username, _private_key(config.private_key, passphrase))
        if config.password is not None and (config.private_key is None or more):
            more = transport.auth_password(config.username, config.password.get_secret_value())
        if more:
            raise paramiko.AuthenticationException(f"it also asks for {', '.join(more)}")

    def _means(self) -> str:
        means = [f"key {self.config.private_key}"] if self.config.private_key is not None else []
        return " and ".join([*means, "password"] if self.config.password is not None else means)


def _private_key(path: Path, passphrase: str | None) -> paramiko.PKey:
    # Kind by kind: paramiko's own guess (PKey.from_path) takes no passphrase that is text.
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key_file(str(path), passphrase)
        except OSError as error:
            raise ConfigError(f"private key {path} cannot be read: {error.strerror}") from error
        except (paramiko.SSHException, TypeError, ValueError):
            continue  # another kind of key, or the passphrase
    given = "the passphrase given" if passphrase is not None else "no passphrase"
    raise ConfigError(
        f"private key {path} cannot be opened with {given}",
        advice="Check the passphrase, and that the file is an Ed25519, ECDSA or RSA key",
    )


class SftpFolder:
    """A folder on an SFTP server, relative to the log-in folder unless `path` begins with `/`.

    The connection is opened by the first call. A broken one is opened again for steps that may be
    repeated: list, stat, read into a file, write with `replace`, rename, remove, make a folder.
    """

    def __init__(
        self,
        config: SftpConfig,
        path: str = "",
        *,
        sleep: Callable[[float], None] = time.sleep,
        connection: _Connection | None = None,
    ) -> None:
        self.config = config
        self.path = path
        self._connection = connection or _Connection(config, sleep)
        self._owner = connection is None

    @property
    def label(self) -> str:
        """Say in messages which folder this is."""
        return f"{self.config.label}/{self.path.lstrip('/')}"

    def list(self) -> list[RemoteFile]:
        """List the regular files, in no particular order."""
        entries = self._connection.run(self.path, lambda session: session.entries(_wire(self.path or ".")))
        return [
            RemoteFile(
                entry.name.decode("utf-8", "surrogateescape"), entry.size or 0, float(entry.modified or 0)
            )
            for entry in entries
            if entry.permissions is None or stat.S_ISREG(entry.permissions)
        ]

    def stat(self, name: str) -> RemoteFile | None:
        """Look at one file; None when it is not there."""
        path = self._path(check_name(name))
        try:
            found = self._connection.run(path, lambda session: session.stat(_wire(path)))
        except FileNotFoundError:
            return None
        return RemoteFile(name, found.st_size or 0, float(found.st_mtime or 0))

    def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
        """Copy a file's content into `target` to its true end and return the number of bytes."""
        path = self._path(check_name(name))
        start = target.tell() if target.seekable() else None

        def act(session: SftpSession) -> int:
            done = 0
            if start is not None:
                target.seek(start)
                target.truncate()

            def write(piece: bytes) -> None:
                nonlocal done
                target.write(piece)
                done += len(piece)
                if progress is not None:
                    progress(done)

            return session.download(_wire(path), write, request_size=self._connection.request_size)

        return self._connection.run(path, act, repeatable=start is not None)

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:
        """Write a file and return the number of bytes; without `replace` a taken name is refused."""
        path = self._path(check_name(name))
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        start = source.tell() if source.seekable() else None

        def act(session: SftpSession) -> int:
            if start is not None:
                source.seek(start)
            return session.upload(
                _wire(path), source, request_size=self._connection.request_size, replace=replace
            )

        return self._connection.run(path, act, repeatable=replace and start is not None)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, which may lead into a sub-folder; never overwrites.

        The protocol leaves open whether a rename overwrites, so the new name is looked at first. On
        servers whose rename does overwrite, someone who takes the name in between loses to us.
        """
        source, target = self._path(check_name(old)), self._path(check_target(new))
        tried = False

        def act(session: SftpSession) -> None:
            nonlocal tried
            if session.exists(_wire(target)):
                if tried and not session.exists(_wire(source)):
                    return  # the answer to the first try was lost, not the rename
                raise _taken(target)
            tried = True
            try:
                session.rename(_wire(source), _wire(target))
            except OSError as error:
                if error.errno in {None, errno.EEXIST} and session.exists(_wire(target)):
                    raise _taken(target) from error  # OpenSSH says just "Failure"
                raise

        self._connection.run(source, act)

    def remove(self, name: str) -> None:
        """Delete one file."""
        path = self._path(check_name(name))
        tried = False

        def act(session: SftpSession) -> None:
            nonlocal tried
            again, tried = tried, True
            try:
                session.remove(_wire(path))
            except FileNotFoundError:
                if not again:
                    raise

        self._connection.run(path, act)

    def make_folder(self) -> None:
        """Create this folder (and those above it) unless it is there."""

        def act(session: SftpSession) -> None:
            for path in _lineage(self.path):
                if session.exists(_wire(path)):
                    continue
                try:
                    session.mkdir(_wire(path))
                except OSError:
                    if not session.exists(_wire(path)):  # nobody else made it meanwhile
                        raise

        self._connection.run(self.path, act)

    def child(self, path: str) -> SftpFolder:
        """Go to a sub-folder over the same connection; closing this folder closes that one."""
        return SftpFolder(self.config, self._path(check_target(path)), connection=self._connection)

    def close(self) -> None:
        """Give the connection back, unless it belongs to the folder that this is a child of."""
        if self._owner:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _path(self, name: str) -> str:
        return posixpath.join(self.path, name)


def _wire(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _lineage(path: str) -> list[str]:
    """All folders on the way to `path`, from the top."""
    found: list[str] = []
    while path not in {"", "/", "."}:
        found.insert(0, path)
        path = posixpath.dirname(path)
    return found


def _taken(path: str) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "The name is taken", path)

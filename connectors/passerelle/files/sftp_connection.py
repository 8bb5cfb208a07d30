"""A connection to an SFTP server: made when it is needed, made again when it broke, its host key checked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import paramiko
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from ..errors import ConfigError
from .connection_errors import ConnectionLost
from .host_keys import HostKeys
from .sftp_config import SftpConfig
from .sftp_errors import sftp_errors
from .sftp_session import SftpSession

__all__ = ["SftpConnection"]

T = TypeVar("T")

_FAST_CIPHER = "aes128-gcm@openssh.com"
#: What every server must take (draft-ietf-secsh-filexfer-02, section 3), and what these are known to take.
_SAFE_REQUEST = 32 * 1024
_LARGE_REQUEST = 128 * 1024
_TAKE_LARGE_REQUESTS = ("OpenSSH", "AsyncSSH")


class _LogInRefused(ConfigError):
    """The server knows us not, with this key or password."""


class SftpConnection:
    """One connection, made when it is needed and made again when it broke; one request at a time."""

    def __init__(self, config: SftpConfig, sleep: Callable[[float], None]) -> None:
        self.config = config
        self.sleep = sleep
        self.lock = threading.RLock()
        self.request_size = config.request_size or _SAFE_REQUEST
        #: The key that the server took last; it is the first one shown next time.
        self._key = config.private_key
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
        """Tell whether there is a connection that has not broken."""
        return self._transport is not None and self._transport.is_active()

    def close(self) -> None:
        """Give the connection back; the next request makes a new one."""
        with self.lock:
            transport, self._transport, self._session = self._transport, None, None
            if transport is not None:
                transport.close()

    def _open(self) -> SftpSession:
        """Give the session, made anew where there is none; with the next key when the current one is refused.

        Each key has a connection of its own: some servers hang up after the first refusal.
        """
        if self._session is not None and self.alive():
            return self._session
        self.close()
        try:
            return self._connect(self._key)
        except _LogInRefused:
            other = {self.config.private_key, self.config.next_private_key} - {self._key, None}
            if not other:
                raise
        [key] = other
        session = self._connect(key)
        self._key = key
        return session

    def _connect(self, key: Path | None) -> SftpSession:
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
                self._session = self._log_in(transport, key)
        except BaseException:
            self.close()
            wire.close()
            raise
        return self._session

    def _log_in(self, transport: paramiko.Transport, key: Path | None) -> SftpSession:
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
            self._authenticate(transport, key)
        except paramiko.AuthenticationException as error:
            if not transport.is_active() or "timeout" in str(error).casefold():
                raise ConnectionLost(f"{config.label}: connection lost at log-in: {error}") from error
            raise _LogInRefused(
                f"{config.label}: the server refused the log-in with {self._means(key)}: {error}",
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

    def _authenticate(self, transport: paramiko.Transport, key: Path | None) -> None:
        config = self.config
        more: list[str] = []
        if key is not None:
            passphrase = config.passphrase.get_secret_value() if config.passphrase is not None else None
            more = transport.auth_publickey(config.username, _private_key(key, passphrase))
        if config.password is not None and (key is None or more):
            more = transport.auth_password(config.username, config.password.get_secret_value())
        if more:
            raise paramiko.AuthenticationException(f"it also asks for {', '.join(more)}")

    def _means(self, key: Path | None) -> str:
        means = [f"key {key}"] if key is not None else []
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

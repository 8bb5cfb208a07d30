"""A folder that a partner serves over HTTPS: we read, nothing can be written, moved or deleted."""

from __future__ import annotations

import errno
import posixpath
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import BinaryIO, NoReturn, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from ..errors import ConfigError, Conflict, Retriable
from .connection_errors import ConnectionLost
from .folders import UNSTATED, Progress, RemoteFile, check_name, check_target
from .https_config import HttpsConfig
from .https_listing import Listed, read_index

__all__ = ["HttpsFolder"]

T = TypeVar("T")
_CHUNK = 1 << 16


class _Connection:
    """One client, made when it is needed; a request that broke is asked again over a new connection."""

    def __init__(self, config: HttpsConfig, sleep: Callable[[float], None]) -> None:
        self.config = config
        self.sleep = sleep
        self._client: httpx.Client | None = None

    def run(self, path: str, act: Callable[[httpx.Client], T], *, repeatable: bool = True) -> T:
        attempts = Retrying(
            retry=retry_if_exception_type(ConnectionLost),
            stop=stop_after_attempt(self.config.attempts if repeatable else 1),
            wait=wait_exponential(multiplier=self.config.retry_wait, max=30),
            sleep=self.sleep,
            reraise=True,
        )
        return attempts(lambda: self._once(path, act))

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _once(self, path: str, act: Callable[[httpx.Client], T]) -> T:
        try:
            return act(self._open())
        except httpx.TransportError as error:
            self.close()
            if isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise ConfigError(
                    f"{self.config.url}: the server's certificate is not trusted: {error}",
                    advice="Ask the partner for the certificate of its authority and set ca_file",
                ) from error
            raise ConnectionLost(
                f"{self.config.url}: connection lost at {path!r}: {str(error) or type(error).__name__}"
            ) from error

    def _open(self) -> httpx.Client:
        if self._client is None:
            config = self.config
            try:
                trust = ssl.create_default_context(cafile=config.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"ca_file {config.ca_file} cannot be read: {error}") from error
            self._client = httpx.Client(
                verify=trust,
                auth=_login(config),
                headers=config.headers,
                timeout=httpx.Timeout(config.timeout, connect=config.connect_timeout),
                # A redirect would carry the token to whoever the server names; the environment is not asked.
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


class HttpsFolder:
    """A folder below an HTTPS address; read-only, so that its files are remembered and left in place."""

    def __init__(
        self,
        config: HttpsConfig,
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
        return self._url("").rstrip("/")

    def list(self) -> list[RemoteFile]:
        """List the files; size and date come from the list, or are asked for file by file."""
        url = self._url(self.config.listing_file)

        def act(client: httpx.Client) -> list[Listed]:
            response = client.get(url)
            self._check(response, url)
            return read_index(
                self.config.listing,
                response.content,
                base=urlsplit(self._url("")).path,
                items=self.config.items,
            )

        found: list[RemoteFile] = []
        for listed in self._connection.run(url, act):
            if listed.size is not None and listed.modified is not None:
                found.append(RemoteFile(listed.name, listed.size, listed.modified))
            elif (state := self.stat(listed.name)) is not None:
                found.append(state)
        return found

    def stat(self, name: str) -> RemoteFile | None:
        """Ask for the head of one file; None when it is not there."""
        url = self._url(check_name(name))

        def act(client: httpx.Client) -> RemoteFile | None:
            response = client.head(url)
            if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
                return None
            self._check(response, url)
            return _state(name, response)

        return self._connection.run(url, act)

    def read_to(self, name: str, target: BinaryIO, *, progress: Progress | None = None) -> int:
        """Copy a file's content into `target` to its true end and return the number of bytes."""
        url = self._url(check_name(name))
        start = target.tell() if target.seekable() else None

        def act(client: httpx.Client) -> int:
            if start is not None:
                target.seek(start)
                target.truncate()
            done = 0
            with self._reading(client, url) as response:
                for chunk in response.iter_raw(_CHUNK):
                    target.write(chunk)
                    done += len(chunk)
                    if progress is not None:
                        progress(done)
            return done

        return self._connection.run(url, act, repeatable=start is not None)

    def write(self, name: str, content: bytes | BinaryIO, *, replace: bool = False) -> int:  # noqa: ARG002 - a Folder's
        """Refuse: nothing can be written here."""
        self._read_only(name)

    def rename(self, old: str, new: str) -> None:  # noqa: ARG002 - a Folder's
        """Refuse: nothing can be moved here."""
        self._read_only(old)

    def remove(self, name: str) -> None:
        """Refuse: nothing can be deleted here."""
        self._read_only(name)

    def make_folder(self) -> None:
        """Refuse: no folder can be made here."""
        self._read_only("")

    def child(self, path: str) -> HttpsFolder:
        """Go to a sub-folder over the same connection; closing this folder closes that one."""
        below = posixpath.join(self.path, check_target(path))
        return HttpsFolder(self.config, below, connection=self._connection)

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

    @contextmanager
    def _reading(self, client: httpx.Client, url: str) -> Iterator[httpx.Response]:
        with client.stream("GET", url) as response:
            self._check(response, url)
            encoding = response.headers.get("Content-Encoding", "identity")
            if encoding != "identity":
                raise Conflict(f"{url}: sent as {encoding} although plain bytes were asked for")
            yield response

    def _url(self, name: str) -> str:
        return "/".join(
            [self.config.url, *(quote(part) for part in self.path.split("/") if part), quote(name)]
        )

    def _read_only(self, name: str) -> NoReturn:
        raise PermissionError(errno.EACCES, "served over HTTPS, which is read-only", f"{self.label}/{name}")

    def _check(self, response: httpx.Response, url: str) -> None:
        """Turn the answer's status into an error of ours, sorted by what happens next."""
        status = response.status_code
        if status == httpx.codes.OK:
            return
        said = f"{url}: the server answered {status} {response.reason_phrase}"
        if status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
            raise FileNotFoundError(errno.ENOENT, "No such file on the server", url)
        if status == httpx.codes.UNAUTHORIZED:
            raise ConfigError(said, advice="Check the user name and password, or the token")
        if status == httpx.codes.FORBIDDEN:
            raise PermissionError(errno.EACCES, "The server does not let us read it", url)
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Retriable(said, retry_after=_seconds(response.headers.get("Retry-After")))
        raise ConfigError(
            said, advice="Expected 200: check the address; one that leads on elsewhere is not followed"
        )


def _state(name: str, response: httpx.Response) -> RemoteFile:
    length = response.headers.get("Content-Length", "")
    changed = response.headers.get("Last-Modified")
    try:
        modified = parsedate_to_datetime(changed).timestamp() if changed else 0.0
    except ValueError:
        modified = 0.0
    size = int(length) if length.isdecimal() else UNSTATED
    return RemoteFile(name, size, modified, response.headers.get("ETag", ""))


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None


def _login(config: HttpsConfig) -> httpx.BasicAuth | None:
    """Give the user name and the password, where the server asks for them."""
    if config.username is None or config.password is None:
        return None
    return httpx.BasicAuth(config.username, config.password.get_secret_value())

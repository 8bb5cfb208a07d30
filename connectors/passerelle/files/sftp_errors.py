"""The border to paramiko: its errors come out as ours, sorted by what happens next."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko
from paramiko.sftp import SFTPError
from paramiko.ssh_exception import IncompatiblePeer

from ..errors import ConfigError, PasserelleError
from .connection_errors import ConnectionLost, ServerFailure

__all__ = ["sftp_errors"]

_NETWORK = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EBADF, errno.ENOTCONN}
)


@contextmanager
def sftp_errors(where: str, path: str, alive: Callable[[], bool]) -> Iterator[None]:
    """Translate what paramiko raises while something is done to `path`; errors of local files pass unchanged.

    `alive` tells a server's "Failure", which has no number, from a connection that is gone.
    """
    try:
        yield
    except PasserelleError:
        raise
    except IncompatiblePeer as error:
        raise ConfigError(
            f"{where}: no common algorithm: {error}",
            advice="Ask the partner to update the server, or to allow a current algorithm",
        ) from error
    except (paramiko.SSHException, EOFError, TimeoutError, ConnectionError) as error:
        raise _lost(where, path, error) from error
    except SFTPError as error:
        raise _failure(where, path, error) from error
    except OSError as error:
        if error.errno is None:
            raise (_failure if alive() else _lost)(where, path, error) from error
        if error.errno in _NETWORK:
            raise _lost(where, path, error) from error
        if error.filename is None and error.errno in {errno.ENOENT, errno.EACCES, errno.EEXIST}:
            raise type(error)(error.errno, os.strerror(error.errno), f"{where}: {path}") from error
        raise


def _lost(where: str, path: str, error: Exception) -> ConnectionLost:
    return ConnectionLost(
        f"{where}: connection lost at {path!r}: {str(error) or type(error).__name__}", path=path
    )


def _failure(where: str, path: str, error: Exception) -> ServerFailure:
    return ServerFailure(
        f"{where}: the server refused {path!r}: {error}",
        advice="The protocol gives no reason: look at free space, quota and rights on the server",
        path=path,
    )

"""What can go wrong with a connection to a partner, whatever it is made of."""

from __future__ import annotations

from ..errors import Retriable

__all__ = ["ConnectionLost", "ServerFailure"]


class ConnectionLost(Retriable):
    """The connection broke, timed out or never came to be: a new connection may do."""


class ServerFailure(Retriable):
    """The server refused without a reason that its protocol has a number for (disk full, quota, policy)."""

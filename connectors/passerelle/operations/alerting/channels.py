"""Channels: the ways by which people are told."""

from __future__ import annotations

from typing import Protocol

from ...errors import Retriable
from .digest import Digest
from .settings import MailSettings, WebhookSettings

__all__ = ["Channel", "Undelivered"]


class Undelivered(Retriable):
    """A message did not leave; `retry_after` is the other side's own hint in seconds, if it gave one."""


class Channel(Protocol):
    """One way, with a name of its own."""

    @property
    def name(self) -> str:
        """How the settings call it."""
        ...

    @property
    def settings(self) -> MailSettings | WebhookSettings:
        """Who is told of what, in which language."""
        ...

    def send(self, digest: Digest) -> str:
        """Send a message; give a note, empty when there is nothing to remark. Raises Undelivered."""
        ...

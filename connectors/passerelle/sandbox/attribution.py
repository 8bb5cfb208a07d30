"""Who changes something: the API client of the request at hand, as `lastModifiedBy` says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .store import Doc

__all__ = ["acting_as", "ask_as", "ask_for", "who_asks"]


def _mark(client_id: str, external_user_id: str | None = None) -> Doc:
    mark: Doc = {"clientId": client_id, "isPlatformClient": False}
    if external_user_id is not None:
        mark["externalUserId"] = external_user_id
    return mark


_USER: ContextVar[str | None] = ContextVar("user of the client", default=None)
_WHO: ContextVar[Doc] = ContextVar("who asks", default=_mark("sandbox"))  # noqa: B039 - stored documents are never changed in place


def ask_for(external_user_id: str | None) -> None:
    """From here on, in the task at hand, clients act for this user of theirs."""
    _USER.set(external_user_id)


def ask_as(client_id: str) -> None:
    """From here on, in the task at hand, changes are this client's."""
    _WHO.set(_mark(client_id, _USER.get()))


def who_asks() -> Doc:
    """What `createdBy` and `lastModifiedBy` say; never changed in place."""
    return _WHO.get()


@contextmanager
def acting_as(client_id: str) -> Iterator[None]:
    """Changes inside are this client's: what happens later than the request that caused it."""
    before = _WHO.set(_mark(client_id))
    try:
        yield
    finally:
        _WHO.reset(before)

"""Replacing: a price of another scope takes the place of one, and at no moment is there none of it.

The new price is made first, without the key, which the old one still has; then the old one goes, then the
new one gets the key. It can be stopped anywhere: the next plan finds what is left to do. After the first step
the old price is found by its key again, and the new one is in its place already; after the second the new
one is found by its scope, and gets the key like any price that somebody else made.
"""

from __future__ import annotations

from collections.abc import Callable

from ...errors import Conflict, Fatal, Refused
from ...sync.protocols import Change
from ..http.client import Client, Json

__all__ = ["Replacing", "in_the_way"]

_TAKEN = "DuplicateStandalonePriceScope"


class Replacing:
    """Carries out changes of the kind `replace` below a path."""

    def __init__(self, client: Client, path: str, goes: Callable[[str], bool]) -> None:
        self._client = client
        self._path = path
        #: Says of a live price whether it is going to make room.
        self._goes = goes

    async def carry_out(self, change: Change) -> Json:
        """Make the new price, delete the old one, name the new one; it is returned.

        Raises:
            Conflict: an answer was lost, the old price moved, or the new one was there already: read again,
                plan again.
            Refused, ReferenceMissing: the target said no to the new price, or has another one, with a key, in
                its place; the old one is as it was.
        """
        body, old, version = change.body, change.target_id, change.version
        if body is None or old is None or version is None:
            raise Fatal(f"replacement of {change.key} was planned without draft, id or version")
        nameless = {name: value for name, value in body.items() if name != "key"}
        try:
            new = await self._client.create(self._path, nameless)
        except Refused as refusal:
            if refusal.code != _TAKEN:
                raise
            await self._refuse_named(refusal)
            # A run that stopped after the first step, or a price that somebody made: it is taken over. Or one
            # that waits for this one to go: then there is none for the time of a call.
            await self._client.delete(self._path, old, version)
            raise Conflict(f"{change.key} has a price in its new scope already", code=_TAKEN) from refusal
        await self._client.delete(self._path, old, version)
        named = {"action": "setKey", "key": body["key"]}
        return await self._client.update(self._path, new["id"], new["version"], [named])

    async def _refuse_named(self, refusal: Refused) -> None:
        """Raise a refusal when what is in the way is another price, with a key, which stays."""
        live_id = in_the_way(refusal)
        if live_id and not self._goes(live_id):
            there = await self._client.query_in(self._path, "id", [live_id])
            if any("key" in price for price in there):
                raise refusal


def in_the_way(refusal: Refused) -> str:
    """The id of the price with which a refused one would hold at one time; empty when it is about others."""
    for error in refusal.data.get("errors", ()):
        other = error.get("conflictingStandalonePrice", {}).get("id")
        if other is not None:
            return str(other)
    return ""

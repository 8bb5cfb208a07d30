"""What the plan of every resource with a key must hold, proved in the strict shop for one pair of records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import strategies as st

from passerelle.commercetools import Client
from tests.commercetools.in_process import carry, pending, read_back, run

__all__ = ["KEYS", "localized", "maybe_localized", "prove"]

KEYS = ("k-one", "k-two", "k-three", "k-four")
_TEXT = st.text("abcXYZ éß-9", min_size=1, max_size=6).filter(lambda text: bool(text.strip()))


def localized() -> st.SearchStrategy[dict[str, str]]:
    """A text in both of two locales, so that nothing of an earlier one is left."""
    return st.fixed_dictionaries({"fr-FR": _TEXT, "nl-BE": _TEXT})


def maybe_localized() -> st.SearchStrategy[dict[str, str] | None]:
    """The same, or none at all."""
    return st.none() | localized()


def plain() -> st.SearchStrategy[str]:
    """A short text."""
    return _TEXT


def prove(
    make: Callable[[Client], Any],
    first: Any,
    second: Any,
    *,
    before: Callable[[Client], Awaitable[None]] | None = None,
    same: Callable[[Any], Any] = lambda record: record,
) -> None:
    """Prove the two records, of one key and with every field named, one after the other.

    What the draft of the first makes reads back as the first; the plan of the second turns it into the
    second, with which nothing is left to do, for the same sink and for one that knows nothing yet. `same`
    gives records whose order means nothing in one order.
    """

    async def example(client: Client) -> None:
        if before is not None:
            await before(client)
        for record in (first, second):
            sink = make(client)
            await carry(sink, record)
            assert await pending(sink, record) == [None]
            fresh = make(client)
            await fresh.prepare()
            assert await pending(fresh, record) == [None]
            (found,) = await read_back(fresh, [record])
            assert same(found) == same(record)

    run(example)

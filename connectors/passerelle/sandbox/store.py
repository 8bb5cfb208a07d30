"""Documents of one kind in memory: unique claims, look-ups and the order of ids, kept with every change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import orjson

from .problems import Problem, resource_not_found
from .timelines import Timeline

__all__ = ["Claim", "Collection", "Doc", "copied"]

Doc: TypeAlias = dict[str, Any]
#: What a document holds alone among its kind, or can be found by: a field's name and its value.
Claim: TypeAlias = tuple[str, Hashable]

_FEW = 64


def copied(doc: Any) -> Any:
    """Copy JSON deeply (an order of magnitude faster than `copy.deepcopy`)."""
    return orjson.loads(orjson.dumps(doc))


class Collection:
    """All documents of one kind in one project.

    `claims` names what must be unique, `finds` what several documents may share; `duplicate` words the
    refusal of a claim that is taken (it gets the field, the value and the document that holds it).
    """

    def __init__(
        self,
        claims: Callable[[Doc], Iterable[Claim]],
        finds: Callable[[Doc], Iterable[Claim]],
        duplicate: Callable[[str, Any], Problem],
    ) -> None:
        self.docs: dict[str, Doc] = {}
        #: How often something came or changed.
        self.changes = 0
        self._claims = claims
        self._finds = finds
        self._duplicate = duplicate
        self._holders: dict[Claim, str] = {}
        self._sharers: dict[Claim, dict[str, None]] = {}
        self._ordered: list[str] = []
        self._unordered: list[str] = []
        self._timelines: dict[str, Timeline] = {}
        self._news: list[Claim] | None = None

    def __len__(self) -> int:
        return len(self.docs)

    def by_claim(self, field: str, value: Hashable) -> Doc | None:
        """The document that holds `value` in the unique field."""
        found = self._holders.get((field, value))
        return None if found is None else self.docs[found]

    def get(self, kind: str, value: str) -> Doc:
        """The document that a path names by `ID` or by a unique field.

        Raises:
            Problem: 404 ResourceNotFound.
        """
        doc = self.docs.get(value) if kind == "ID" else self.by_claim(kind, value)
        if doc is None:
            raise resource_not_found(kind, value)
        return doc

    def found(self, field: str, value: Hashable) -> Sequence[str]:
        """Ids of the documents with `value` in an indexed field, unique or shared."""
        claim = (field, value)
        holder = self._holders.get(claim)
        if holder is not None:
            return (holder,)
        return tuple(self._sharers.get(claim, ()))

    def sharing(self, field: str, value: Hashable) -> Iterator[Doc]:
        """Documents that share `value` in an indexed field."""
        for found in tuple(self._sharers.get((field, value), ())):
            yield self.docs[found]

    def add(self, doc: Doc) -> None:
        """Take a new document in, or nothing of it.

        Raises:
            Problem: a claim is taken.
        """
        self.check(doc)
        resource_id = doc["id"]
        self.changes += 1
        self.docs[resource_id] = doc
        for claim in self._claims(doc):
            self._holders[claim] = resource_id
            if self._news is not None:
                self._news.append(claim)
        for find in self._finds(doc):
            self._sharers.setdefault(find, {})[resource_id] = None
        self._unordered.append(resource_id)
        for field, timeline in self._timelines.items():
            timeline.add(doc[field], resource_id)

    def check(self, doc: Doc) -> None:
        """Refuse a document whose claims another one holds."""
        resource_id = doc["id"]
        for claim in self._claims(doc):
            if self._holders.get(claim, resource_id) != resource_id:
                raise self._duplicate(*claim)

    def replace(self, old: Doc, new: Doc) -> None:
        """Put `new` in the place of `old`, or change nothing.

        Raises:
            Problem: a claim is taken.
        """
        self.check(new)
        resource_id = new["id"]
        self.changes += 1
        held, holds = set(self._claims(old)), set(self._claims(new))
        if held != holds:
            for claim in held - holds:
                del self._holders[claim]
            for claim in holds - held:
                self._holders[claim] = resource_id
                if self._news is not None:
                    self._news.append(claim)
        found, finds = set(self._finds(old)), set(self._finds(new))
        if found != finds:
            for find in found - finds:
                self._unshare(find, resource_id)
            for find in finds - found:
                self._sharers.setdefault(find, {})[resource_id] = None
        self.docs[resource_id] = new
        for field, timeline in self._timelines.items():
            if old[field] != new[field]:
                timeline.remove(old[field], resource_id)
                timeline.add(new[field], resource_id)

    def remove(self, doc: Doc) -> None:
        """Let a document go, and its claims with it."""
        resource_id = doc["id"]
        del self.docs[resource_id]
        for claim in set(self._claims(doc)):
            del self._holders[claim]
        for find in set(self._finds(doc)):
            self._unshare(find, resource_id)
        ids = self._ids()
        del ids[bisect_left(ids, resource_id)]
        for field, timeline in self._timelines.items():
            timeline.remove(doc[field], resource_id)

    def watch(self) -> None:
        """Note what is claimed from now on, for those who wait for it."""
        if self._news is None:
            self._news = []

    def unwatch(self) -> None:
        """Note nothing any more."""
        self._news = None

    def news(self) -> Sequence[Claim]:
        """What was claimed since the last time; nothing unless it is watched."""
        if not self._news:
            return ()
        news, self._news = self._news, []
        return news

    def timeline(self, field: str) -> Timeline:
        """All documents in the order of a moment that each has; kept from the first time it is asked for."""
        timeline = self._timelines.get(field)
        if timeline is None:
            pairs = ((doc[field], doc["id"]) for doc in self.docs.values())
            timeline = self._timelines[field] = Timeline(pairs)
        return timeline

    def _unshare(self, find: Claim, resource_id: str) -> None:
        sharers = self._sharers[find]
        del sharers[resource_id]
        if not sharers:
            del self._sharers[find]

    def ids_after(self, resource_id: str | None, *, inclusive: bool = False) -> Sequence[str]:
        """All ids in order, or those after one of them."""
        ids = self._ids()
        if resource_id is None:
            return ids
        return ids[(bisect_left if inclusive else bisect_right)(ids, resource_id) :]

    def _ids(self) -> list[str]:
        new = self._unordered
        if not new:
            return self._ordered
        self._unordered = []
        if len(new) <= _FEW:
            for resource_id in new:
                self._ordered.insert(bisect_left(self._ordered, resource_id), resource_id)
        else:
            self._ordered.extend(new)
            self._ordered.sort()
        return self._ordered

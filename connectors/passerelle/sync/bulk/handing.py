"""Handing over: the new records of a plan to the target's bulk door, each claimed before it leaves.

A record that an earlier run handed over, and that says the same, is not sent again. One that says something
else is left to the other way: its older version is still under way, and nothing can call it back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from ...errors import Refused, Retriable, Skippable
from ...ledger import Claim, PlanItem
from ..answers import Answer
from ..job import Job
from ..protocols import Change
from .door import BulkDoor, Parcel, Trouble, Unfit

__all__ = ["Handover", "refusal"]

R = TypeVar("R", bound=msgspec.Struct)

#: Records that are claimed, handed over and read back together.
GROUP = 1_000

#: A claim as the ledger takes it.
_Row: TypeAlias = tuple[str, str, str, bytes, str | None]


class _Sent(NamedTuple):
    """What one request came to: claims with their numbers, refusals, and keys left to the other way."""

    numbered: list[_Row]
    refused: list[Answer]
    free: list[str]


class Handover(Generic[R]):
    """Hands over what of a plan nobody has answered yet; `answered` is told what the door refuses at once."""

    def __init__(
        self, job: Job[R], door: BulkDoor, *, file: str, answered: Callable[[Sequence[Answer]], None]
    ) -> None:
        self._job = job
        self._door = door
        self._file = file
        self._answered = answered
        self.places: dict[str, None] = {}
        """Where things of ours are."""
        self.elsewhere: set[str] = set()
        """Records whose claim says something else than the plan: an older file's, still under way."""
        self.unfit: Counter[str] = Counter()
        """Records that cannot go through the door, by cause."""
        self.left: Counter[str] = Counter()
        """Records that are left to the other way, by what the door said."""
        self.broken: Retriable | Skippable | None = None
        """Why the door takes nothing more."""
        self.count = 0
        """Records handed over, by this run or before."""

    def groups(self) -> Iterator[list[PlanItem]]:
        """The new records of the plan that nobody has answered yet, group by group."""
        creates = (i for i in self._job.ledger.plans.stream(self._job.run_id) if i.kind == "create")
        while group := list(islice(creates, GROUP)):
            yield group

    def claims(self, group: Sequence[PlanItem]) -> dict[str, Claim]:
        """The claims on these records."""
        return self._job.ledger.claims.get(self._job.feed, [item.key for item in group])

    async def all(self) -> None:
        """Hand over everything that fits and is not under way."""
        for group in self.groups():
            if self.broken is not None:
                return
            parcels = await self._parcels(group)
            claims = self._job.ledger.claims.get(self._job.feed, [parcel.key for _, parcel in parcels])
            new: list[tuple[PlanItem, Parcel]] = []
            for item, parcel in parcels:
                claim = claims.get(item.key)
                if claim is None:
                    new.append((item, parcel))
                elif claim.digest == parcel.digest:
                    # A run that died handed it over: it is under way.
                    self.places[claim.place] = None
                    self.count += 1
                else:
                    self.elsewhere.add(item.key)
            await self._hand_over(new)

    async def again(self, numbers: set[str]) -> bool:
        """Hand over once more what the door gave up; False when nothing of it is ours."""
        found = False
        for group in self.groups():
            if self.broken is not None:
                break
            claims = self.claims(group)
            given_up = [item for item in group if item.key in claims and claims[item.key].number in numbers]
            if given_up:
                found = True
                parcels = await self._parcels(given_up)
                self.count -= len(parcels)
                await self._hand_over(parcels)
        return found

    async def _parcels(self, group: Sequence[PlanItem]) -> list[tuple[PlanItem, Parcel]]:
        changes = [msgspec.json.decode(item.change or b"", type=Change) for item in group]
        made = await self._door.parcels(changes)
        fitting: list[tuple[PlanItem, Parcel]] = []
        for item, parcel in zip(group, made, strict=True):
            if isinstance(parcel, Unfit):
                self.unfit[parcel.reason] += 1
            else:
                # The ledger's own word for the record, whatever the sink calls it.
                fitting.append((item, msgspec.structs.replace(parcel, key=item.key)))
        return fitting

    async def _hand_over(self, parcels: Sequence[tuple[PlanItem, Parcel]]) -> None:
        """Claim, hand over request by request, side by side, and keep the numbers; refusals are answered."""
        if not parcels:
            return
        claims, feed = self._job.ledger.claims, self._job.feed
        items = {parcel.key: item for item, parcel in parcels}
        try:
            place = await self._door.place(len(parcels))
        except (Retriable, Skippable) as error:
            self.broken = error
            return
        self.places[place] = None
        claims.put(feed, [_row(place, parcel, None) for _, parcel in parcels])
        requests = self._door.requests([parcel for _, parcel in parcels])
        sent = (self._send(place, request, items) for request in requests)
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        numbered: list[_Row] = []
        free: list[str] = []
        refused: list[Answer] = []
        fatal: list[BaseException] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                fatal.append(outcome)
                continue
            numbered += outcome.numbered
            refused += outcome.refused
            free += outcome.free
        claims.put(feed, numbered)
        claims.end(feed, [*free, *(answer.item.key for answer in refused)])
        self.count += len(numbered)
        self._answered(refused)
        if fatal:
            # What the other requests brought is noted.
            raise fatal[0]

    async def _send(self, place: str, request: Sequence[Parcel], items: dict[str, PlanItem]) -> _Sent:
        try:
            with self._job.journey(self._file, items[request[0].key].seq):
                receipts = await self._door.send(place, request)
        except Retriable as error:
            # It may have been taken: the claims stay, and reading tells.
            self.broken = error
            return _Sent([], [], [])
        except Skippable as error:
            self.left[f"refused a request, {error.code}: {error.message}"] += len(request)
            return _Sent([], [], [parcel.key for parcel in request])
        sent = _Sent([], [], [])
        for parcel, receipt in zip(request, receipts, strict=True):
            trouble = receipt.trouble
            if trouble is None:
                sent.numbered.append(_row(place, parcel, receipt.number))
            elif trouble.fate == "refused":
                sent.refused.append(refusal(items[parcel.key], trouble, self._door))
            else:
                self.left[trouble.code] += 1
                sent.free.append(parcel.key)
        return sent


def _row(place: str, parcel: Parcel, number: str | None) -> _Row:
    return (parcel.key, place, parcel.name, parcel.digest, number)


def refusal(item: PlanItem, trouble: Trouble, door: BulkDoor) -> Answer:
    """The answer for a record that the door refused."""
    error = Refused(f"the {door.name} refused it, {trouble.code}: {trouble.message}", code=trouble.code)
    return Answer(item, "refused", error=error)

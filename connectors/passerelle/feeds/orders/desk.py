"""The order desk: what comes in about orders is kept in the ledger; the shop is told afterwards.

A message that the ledger has already changes nothing, in whatever order and how often it comes. One about an
order that was not collected yet is parked, and taken up when the order is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from ...errors import Fault, Position, ReferenceMissing
from ...fulfilment import message_key
from ...ledger import Heard, Ledger, Noted, Quarantined
from ...ledger.orders.forgetting import FORGOTTEN
from ...ledger.orders.messages import Facts, is_known
from ...ledger.orders.placed import ELSEWHERE
from ...records import OrderMessage
from ...sync import RunReport
from ...sync.fingerprints import encode_record
from ...sync.protocols import Applied, Change, FieldChange, Live
from .foreseeing import Foresight, OrderForesight
from .speaking import Speaker

__all__ = ["OrderMessageSink"]

R = TypeVar("R", bound=msgspec.Struct)

#: Tells what became of messages that were noted: contradictions, unknown orders.
Told = Callable[[Noted], None]


class OrderMessageSink(Generic[R]):
    """Carries one kind of record about orders into the ledger, as a sink carries others into a shop.

    `speaker` says a record as messages. `foresight` is there in a dry run: it tells what would change.
    """

    hierarchical = False
    #: Nothing is called: one worker keeps the order of the file.
    concurrency = 1

    def __init__(
        self,
        ledger: Ledger,
        speaker: Speaker[R],
        report: RunReport,
        *,
        foresight: OrderForesight | None = None,
    ) -> None:
        self.entity = speaker.entity
        self.record_type = speaker.record_type
        self._ledger = ledger
        self._speaker = speaker
        self._report = report
        self._foresight = foresight
        self._known: Mapping[str, Facts] = {}
        #: What was told and is not kept: of orders that are forgotten, or were placed elsewhere.
        self._set_aside: set[tuple[str, str]] = set()
        self._foreseen: dict[str, Foresight] = {}
        #: Where records stand that are on their way from their plan to the ledger, by what they say.
        self._planned_at: dict[bytes, Position] = {}
        self._applied_at: dict[bytes, Position] = {}

    def key(self, record: R) -> str:
        """Name the fact: the order's number and what is said of it."""
        return self._speaker.key(record)

    def parents(self, record: R) -> Sequence[str]:  # noqa: ARG002 - the Protocol's signature
        """No message needs another one first: what comes too early waits in its order."""
        return ()

    async def prepare(self) -> None:
        """Nothing is needed before the first question."""

    def place(self, placed: Sequence[tuple[R, Position]]) -> None:
        """Keep where records stand, for those who have to look at them."""
        self._planned_at = {encode_record(record): position for record, position in placed}

    async def read_live(self, records: Sequence[R]) -> Mapping[str, Live]:
        """Read what the ledger holds of these facts: a few statements a batch."""
        self._speaker.learn(records)
        messages = [message for record in records for message in self._speaker.messages(record)]
        self._known = self._ledger.order_messages.known([message.order_number for message in messages])
        if self._foresight is not None:
            news = [message for message in messages if self._is_new(message)]
            self._foreseen = await self._foresight.of(news)
        return {
            self.key(record): Live(self.key(record), 1, {})
            for record in records
            if any(message_key(said) in self._facts(said) for said in self._speaker.messages(record))
        }

    def plan(self, record: R, live: Live | None) -> Change | None:
        """Compare with what the ledger holds: None when it was said before, word for word.

        Raises:
            ReferenceMissing: the ledger does not know the order, or the file that is spoken of.
        """
        self._speaker.check(record)
        messages = self._speaker.messages(record)
        missing = dict.fromkeys(
            said.order_number for said in messages if said.order_number not in self._known
        )
        if missing:
            raise ReferenceMissing(
                f"the ledger knows no order {', '.join(missing)}",
                reference=", ".join(missing),
                advice="It is taken up when the order is collected, unless it is another system's",
            )
        news = [said for said in messages if self._is_new(said)]
        if not news:
            return None
        return Change(
            key=self.key(record),
            kind="create" if live is None else "update",
            fields=(*(FieldChange(said.kind, None, told(said)) for said in news), *self._shown(record, news)),
            target_id=self.key(record),
            version=1,
            body=self._position(record),
        )

    async def apply(self, change: Change) -> Applied:
        """Answer at once: the ledger takes the message when it notes the answer, in one transaction."""
        at = change.body or {}
        if "record" in at:
            self._applied_at[at["record"].encode()] = Position(at["file"], at["ordinal"], at["line"])
        return Applied(change.key, 1)

    def note(self, records: Sequence[R]) -> None:
        """Take messages into the ledger, in the transaction in which the run notes them as known."""
        heard = [
            Heard(said, self._report.feed, position.file, position.line, self._report.run_id)
            for record in records
            for position in [self._applied_at.pop(encode_record(record), _NOWHERE)]
            for said in self._speaker.messages(record)
        ]
        if heard:
            self._tell(self._ledger.order_book.note(heard))

    def _facts(self, said: OrderMessage) -> Facts:
        return self._known.get(said.order_number, {})

    def _is_new(self, said: OrderMessage) -> bool:
        key = message_key(said)
        if (said.order_number, key) in self._set_aside:
            return False
        return said.order_number in self._known and not is_known(said, key, self._facts(said))

    def _position(self, record: R) -> dict[str, Any] | None:
        encoded = encode_record(record)
        at = self._planned_at.get(encoded)
        if at is None:
            return None
        return {"record": encoded.decode(), "file": at.file, "ordinal": at.record, "line": at.line}

    def _shown(self, record: R, news: Sequence[OrderMessage]) -> Sequence[FieldChange]:
        """Of a dry run: what would change of each order, told with the first message about it."""
        fields: list[FieldChange] = []
        for said in news:
            foreseen = self._foreseen.pop(said.order_number, None)
            if foreseen is None:
                continue
            fields += foreseen.fields
            at = self._planned_at.get(encode_record(record), _NOWHERE)
            for one in foreseen.contradictions:
                self._report.reject(one.code, f"{at}, order {said.order_number}: {one.text}", one.advice)
        return fields

    def _tell(self, noted: Noted) -> None:
        for number, contradiction, heard in noted.contradictions:
            at = "" if heard is None or heard.file is None else f"{Position(heard.file, line=heard.line)}, "
            if heard is not None and contradiction.code in (FORGOTTEN, ELSEWHERE):
                self._set_aside.add((number, message_key(heard.message)))
            self._report.reject(
                contradiction.code, f"{at}order {number}: {contradiction.text}", contradiction.advice
            )
        for one in noted.unknown:
            # It was there when we planned: what was said is kept for people.
            fault = Fault(
                "unknown_order",
                Position(one.file or self._report.feed, line=one.line),
                one.message.order_number,
                "an order whose record the ledger can read",
                "Collect the order again, then have the message sent again",
            )
            self._report.reject(fault.code, str(fault._replace(advice="")), fault.advice)
            self._ledger.quarantine.add(
                self._report.run_id,
                self._report.feed,
                [
                    Quarantined(
                        record_key=f"{one.message.order_number}/{message_key(one.message)}",
                        faults=(fault,),
                        raw=encode_record(one.message),
                        file=one.file,
                    )
                ],
            )


#: Of a message that comes from a stored plan of before, or was parked without a place.
_NOWHERE = Position("")


def told(said: OrderMessage) -> str:
    """Say in short what a message says, for lists of changes."""
    pieces = sum(line.quantity for line in said.lines)
    parts = [
        said.erp_number or said.ref,
        f"{pieces} pieces" if pieces else "",
        said.place or "",
        " ".join(filter(None, (said.carrier, said.tracking_id))),
        str(said.amount) if said.amount is not None else "",
        said.reason or "",
    ]
    return ", ".join(part for part in parts if part)

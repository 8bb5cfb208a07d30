"""The stock law of one feed in one run: claims of files, less what was sold since, by the rules of places."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import msgspec
from msgspec import UNSET

from ...errors import ConfigError
from ...fulfilment.availability import OpenPieces, StockAnswer, StockClaim, on_stock, published
from ...fulfilment.stock_levels import LawfulClaim, PublishedStock
from ...ledger import HeldClaim, Ledger, MetOrder, OrderCursor
from ...mapping import Mapping
from ...mapping.spec import StockSpec
from ...mapping.stock_places import digest
from ...records import StockLevel
from ...sync import Job, RunReport
from ...sync.protocols import Said
from .snapshots import Snapshot

if TYPE_CHECKING:  # a run over files alone does not load the shop's client
    from ...commercetools import Unheard

__all__ = ["AskUnheard", "Lawful", "StockLaw", "law_of"]

#: Asks the shop for the orders after a cursor.
AskUnheard: TypeAlias = "Callable[[OrderCursor], Awaitable[Sequence[Unheard]]]"

#: What left at the very moment of a count counts as unknown to it.
_INSTANT = dt.timedelta(microseconds=1)
#: Stands before the rules that are kept of a feed while records that were counted again are to be worked out:
#: a run that ends before that is made good by the next one.
_RECOUNTED = b"recounted"
#: A collector leaves the orders of the last minute to its next run; those that are known do no harm.
_LAST_MOMENTS = dt.timedelta(hours=1)
#: So many runs of a collector are looked at.
_RUNS = 10
#: Keys that a note names.
_NAMED = 5


class StockLaw:
    """Derives what the shop is told from what files say; a batch is one question to the ledger.

    `collectors` names the feeds that collect orders: what the shop sold after the last order that one of them
    met (after the moment when one looked, if none met any) is asked of the shop, once a run, before the first
    level is published.
    """

    def __init__(
        self,
        mapping: Mapping,
        ledger: Ledger,
        report: RunReport,
        *,
        ask: AskUnheard,
        collectors: Callable[[], Iterable[str]] = tuple,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        if mapping.spec.stock is None:
            raise ConfigError(f"Feed {mapping.feed} says nothing of its stock", advice="Give it `stock:`")
        self.spec: StockSpec = mapping.spec.stock
        self._places = mapping.stock_places
        self._feed = mapping.feed
        self._ledger = ledger
        self._report = report
        self._ask = ask
        self._collectors = collectors
        self.started = now()
        self._margin = dt.timedelta(seconds=self.spec.clock_margin)
        state = ledger.stock_claims.law(mapping.feed)
        self._full_at = state.full_at
        #: Rules by which all claims were worked out before this run; None when it is not known.
        self.rules_before = (state.rules or b"").removeprefix(_RECOUNTED) or None
        #: An earlier run counted records again and ended before it had worked them out.
        self.cut_short = (state.rules or b"").startswith(_RECOUNTED)
        self._unheard: dict[str, list[OpenPieces]] | None = None
        self._documents: dict[str, _Document] = {}
        self._waiting: frozenset[str] | None = None
        self._older: list[str] = []
        self._digests: dict[str | None, bytes] = {}
        #: Records whose numbers did not know of some pieces, and that were counted again in this run.
        self.recounted: set[str] = set()
        #: Taken for the newest word although it is not: a person replays a window on purpose.
        self.takes_older = False

    def begin(self) -> None:
        """Begin a file, or read it once more: nothing that it repeats is known yet."""
        self._documents.clear()
        self._older.clear()
        # The file before may have left some whose numbers do not know of all pieces.
        self._waiting = None

    def opened(self, document: str, counted: Snapshot, *, full: bool) -> None:
        """Note when a document of the file was counted, before its first record is read."""
        self._documents[document] = _Document(counted.at, full=full)
        if counted.note:
            self._report.notes.append(counted.note)

    async def derive(self, said: Sequence[Said[StockLevel]]) -> list[PublishedStock | None]:
        """Say what the shop is told of each level; None of one that was counted before what was applied."""
        counted = self._ledger.stock_claims.moments(self._feed, [one.key for one in said])
        claims: list[tuple[Said[StockLevel], StockClaim] | None] = []
        for one in said:
            claim = self._claim(one)
            if not self.takes_older and self._is_older(one, claim, counted.get(one.key)):
                self._older.append(one.key)
                claims.append(None)
            else:
                claims.append((one, claim))
        answers = iter(await self.answers([one[1] for one in claims if one is not None]))
        return [None if one is None else self._published(*one, next(answers)) for one in claims]

    async def answers(self, claims: Sequence[StockClaim]) -> list[StockAnswer]:
        """Apply the law to claims: one question to the ledger, and in the first batch of a run the shop's."""
        if not claims:
            return []
        moments = [claim.at for claim in claims if claim.at is not None]
        pieces: dict[str, list[OpenPieces]] = defaultdict(list)
        for piece in self._ledger.order_units.open_pieces(
            [claim.sku for claim in claims],
            left_after=min(moments) - self._margin - _INSTANT if moments else None,
        ):
            pieces[piece.sku].append(piece)
        unheard = await self._unheard_pieces()
        return [
            published(
                claim,
                [
                    piece
                    for piece in (*pieces[claim.sku], *unheard.get(claim.sku, ()))
                    if self._counts_in(piece, claim.place)
                ],
                self._places.rules(claim.place),
                margin=self._margin,
            )
            for claim in claims
        ]

    def said_again(self, keys: Sequence[str], document: str) -> None:
        """Keep which records a file repeats: their numbers were counted again.

        Of a full file only those whose number did not know of some pieces; that a full was applied is noted
        once for all others.
        """
        snapshot = self._documents.get(document)
        if snapshot is None or snapshot.at is None:
            return
        if self._waiting is None:
            pages = self._ledger.stock_claims.with_unknown(self._feed)
            self._waiting = frozenset(one.key for page in pages for one in page)
        snapshot.again += self._waiting.intersection(keys) if snapshot.full else keys

    def applied(self) -> None:
        """Note that the file was applied: what it repeats was counted then; in the caller's transaction."""
        claims = self._ledger.stock_claims
        for snapshot in self._documents.values():
            if snapshot.at is None:
                continue
            if claims.counted(self._feed, snapshot.again, snapshot.at):
                again = (self._waiting or frozenset()).intersection(snapshot.again)
                if again and not self.recounted:
                    claims.carried(self._feed, rules=_RECOUNTED + (self.rules_before or b""))
                self.recounted |= again
            if snapshot.full and (self._full_at is None or self._full_at <= snapshot.at):
                self._full_at = snapshot.at
                claims.carried(self._feed, full_at=snapshot.at)

    def tell_older(self, file: str) -> None:
        """Say in the report what a file says that was counted before what was applied already."""
        if self._older:
            named = ", ".join(self._older[:_NAMED])
            more = len(self._older) - _NAMED
            self._report.notes.append(
                f"{file}: {len(self._older)} records were counted before what was applied last and are left"
                f" as they are: {named}{f' and {more} others' if more > 0 else ''}"
            )

    def taken(self, records: Iterable[msgspec.Struct]) -> None:
        """Keep the claims of records that the shop holds as published now; in the caller's transaction."""
        self._ledger.stock_claims.put(
            self._feed,
            [
                held(record, record.law)
                for record in records
                if isinstance(record, PublishedStock) and isinstance(record.law, LawfulClaim)
            ],
        )

    def rules_of(self, place: str | None) -> bytes:
        """Tell two states of what holds for a place apart."""
        if place not in self._digests:
            self._digests[place] = digest(self.spec, self._places.rules(place))
        return self._digests[place]

    @property
    def digest(self) -> bytes:
        """Tell two states of what holds for any place apart."""
        named = sorted(self._places.named)
        each = [self.rules_of(None), *(place.encode() + self.rules_of(place) for place in named)]
        return hashlib.blake2b(b"/".join(each), digest_size=8).digest()

    def claim_of(self, one: HeldClaim) -> StockClaim:
        """Say what a feed claims, from what the ledger keeps of it."""
        return StockClaim(
            sku=one.sku,
            quantity=one.quantity,
            means=self.spec.means,
            at=one.at,
            place=one.place,
            file=one.file,
        )

    def _claim(self, one: Said[StockLevel]) -> StockClaim:
        """Say what a feed claims: of a record that was derived before, what it was derived from."""
        record, law = one.record, None
        if isinstance(record, PublishedStock) and isinstance(record.law, LawfulClaim):
            law = record.law
        snapshot = self._documents.get(one.file)
        at = None if snapshot is None else snapshot.at
        if isinstance(record.counted_at, dt.datetime):
            at = record.counted_at
        return StockClaim(
            sku=record.sku,
            quantity=record.quantity if law is None else law.claimed,
            means=self.spec.means,
            at=at if law is None else law.at,
            place=record.supply_channel,
            file=one.file if law is None else law.file,
        )

    def _is_older(self, one: Said[StockLevel], claim: StockClaim, last: dt.datetime | None) -> bool:
        if claim.at is None or isinstance(getattr(one.record, "law", UNSET), LawfulClaim):
            return False
        return any(claim.at < at for at in (last, self._full_at) if at is not None)

    def _published(self, one: Said[StockLevel], claim: StockClaim, answer: StockAnswer) -> PublishedStock:
        law = LawfulClaim(
            key=one.key,
            claimed=claim.quantity,
            available=answer.quantity,
            because=answer.because,
            rules=self.rules_of(claim.place),
            at=claim.at,
            file=claim.file,
            held=answer.held,
            unknown=answer.unknown,
        )
        said = {name: getattr(one.record, name) for name in StockLevel.__struct_fields__}
        said["quantity"] = on_stock(answer.quantity, answer.held, self.spec.inventory_mode)
        return PublishedStock(**said, law=law)

    def _counts_in(self, piece: OpenPieces, place: str | None) -> bool:
        """Say whether a piece was taken from a place; one that names none counts where the feed says."""
        if piece.place is not None or place is None:
            return piece.place == place
        return self.spec.unplaced in ("every", place)

    async def _unheard_pieces(self) -> dict[str, list[OpenPieces]]:
        """Ask the shop once a run what it sold that was not collected yet; tell how much that is."""
        if self._unheard is not None:
            return self._unheard
        self._unheard = defaultdict(list)
        last = self._last_heard()
        if last is None:
            return self._unheard
        orders = await self._ask(last)
        known = self._ledger.orders.known([order.id for order in orders])
        met = [MetOrder(one.number, one.id, one.cents, one.currency) for one in orders if one.number]
        elsewhere = self._ledger.placed_orders.among(met)
        orders = [one for one in orders if one.id not in known and one.number not in elsewhere]
        for order in orders:
            for piece in order.pieces:
                self._unheard[piece.sku].append(piece)
        if orders:
            count = sum(piece.pieces for order in orders for piece in order.pieces)
            self._report.notes.append(
                f"The shop has {len(orders)} orders ({count} pieces) that were not collected yet: they are"
                " taken off what is published"
            )
        return self._unheard

    def _last_heard(self) -> OrderCursor | None:
        """After which order the shop is asked: None while nobody has looked for orders at all."""
        feeds = list(self._collectors())
        cursors = [one for one in map(self._ledger.orders.cursor, feeds) if one is not None]
        if cursors:
            return max(cursors)
        looked = [
            run.started_at
            for feed in feeds
            for run in self._ledger.runs.last(feed, _RUNS)
            if run.outcome == "succeeded" and run.mode != "dry_run"
        ]
        # Who looked and met none has read all there were but those of the last moments.
        return OrderCursor(max(looked) - _LAST_MOMENTS, "") if looked else None


class _Document:
    """When a document was counted, whether it tells everything, and which records it repeats."""

    def __init__(self, at: dt.datetime | None, *, full: bool) -> None:
        self.at = at
        self.full = full
        self.again: list[str] = []


def held(record: PublishedStock, law: LawfulClaim) -> HeldClaim:
    """Put what was published into the form in which the ledger keeps it."""
    return HeldClaim(
        key=law.key,
        sku=record.sku,
        place=record.supply_channel,
        quantity=law.claimed,
        at=law.at,
        file=law.file,
        available=law.available,
        written=record.quantity,
        unknown=law.unknown,
        because=law.because,
        rules=law.rules,
    )


@runtime_checkable
class Lawful(Protocol):
    """A sink that follows a stock law."""

    law: StockLaw


def law_of(job: Job[Any]) -> StockLaw | None:
    """Give the stock law that a job's sink follows, None where it has none."""
    return job.sink.law if isinstance(job.sink, Lawful) else None

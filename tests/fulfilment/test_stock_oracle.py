"""No sequence of sales, counts, files, shipments and cancellations shows more than there is and is not sold.

The oracle is a building with pieces and orders of which everything is known. Ledger, ERP and shop each know
their part of it, late and in any order; what the shop offers is compared with the truth after every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from passerelle.fulfilment.availability import (
    InventoryMode,
    OpenPieces,
    PlaceRules,
    StockAnswer,
    StockClaim,
    StockMeaning,
    on_stock,
    published,
)

BEGIN = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
FREE = PlaceRules()


@dataclass
class Sold:
    """One piece of one order: what is true of it, and what the ledger heard of that."""

    ordered_at: datetime
    heard: bool = False
    known_at: datetime | None = None
    shipped_at: datetime | None = None
    cancelled: bool = False
    heard_shipped: bool = False
    heard_cancelled: bool = False
    released: bool = False

    @property
    def is_owed(self) -> bool:
        """Still to be taken from the building."""
        return self.shipped_at is None and not self.cancelled


class _House(RuleBasedStateMachine):
    """One SKU in one place, a shop that counts in one of the modes."""

    mode: InventoryMode

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.building = 0
        self.sold: list[Sold] = []
        self.files: list[StockClaim] = []
        self.claim: StockClaim | None = None
        self.shop = 0
        self.pending: StockAnswer | None = None

    @initialize(means=st.sampled_from(["physical", "available", "net_of_web"]), pieces=st.integers(0, 6))
    def opens(self, means: StockMeaning, pieces: int) -> None:
        """Some pieces, and a meaning of the ERP's number."""
        self.means: StockMeaning = means
        self.building = pieces
        self.counts()
        self.receives_a_file(0)

    # What happens ---------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, 3600]))
    def time_passes(self, seconds: int) -> None:
        """Many things happen in one moment otherwise."""
        self.now += timedelta(seconds=seconds)

    @rule(pieces=st.integers(1, 4))
    def goods_come_in(self, pieces: int) -> None:
        """A delivery of the supplier."""
        self.building += pieces

    @precondition(lambda self: self.offered > 0)
    @rule()
    def somebody_buys(self) -> None:
        """The shop sells what it shows."""
        self.sold.append(Sold(self.now))
        if self.mode == "TrackOnly":
            self.shop -= 1

    @rule()
    def orders_are_collected(self) -> None:
        """The poller had its turn."""
        for one in self.sold:
            one.heard = True

    @precondition(lambda self: any(s.heard and s.known_at is None and s.is_owed for s in self.sold))
    @rule(data=st.data())
    def the_erp_learns_of_an_order(self, data: st.DataObject) -> None:
        """It was exported and accepted."""
        self._pick(data, lambda s: s.heard and s.known_at is None and s.is_owed).known_at = self.now

    @precondition(lambda self: any(s.heard and s.is_owed for s in self.sold) and self.building > 0)
    @rule(data=st.data())
    def a_piece_leaves(self, data: st.DataObject) -> None:
        """From the ERP's warehouse, or from a store that the ERP was not told of yet."""
        self._pick(data, lambda s: s.heard and s.is_owed).shipped_at = self.now
        self.building -= 1

    @precondition(lambda self: any(s.heard and s.is_owed for s in self.sold))
    @rule(data=st.data())
    def an_order_is_cancelled(self, data: st.DataObject) -> None:
        """Before it left."""
        self._pick(data, lambda s: s.heard and s.is_owed).cancelled = True

    @precondition(lambda self: self.pending is None)
    @rule()
    def messages_arrive_and_the_shop_is_told(self) -> None:
        """What left and what was cancelled is heard, then shown in the shop, which lets go of it."""
        for one in self.sold:
            one.heard_shipped |= one.shipped_at is not None
            one.heard_cancelled |= one.cancelled
            if (one.heard_shipped or one.heard_cancelled) and not one.released:
                one.released = True
                if self.mode == "ReserveOnOrder" and one.heard_shipped:
                    self.shop -= 1

    @rule()
    def messages_arrive(self) -> None:
        """They are heard; the shop is told later."""
        for one in self.sold:
            one.heard_shipped |= one.shipped_at is not None
            one.heard_cancelled |= one.cancelled

    # What is counted and published ------------------------------------------------------------------------

    @rule()
    def counts(self) -> None:
        """The ERP writes a file; when it comes is another matter."""
        owed = [one for one in self.sold if one.is_owed]
        match self.means:
            case "physical":
                number = self.building
            case "available":
                number = self.building - sum(one.known_at is not None for one in owed)
            case "net_of_web":
                number = self.building - len(owed)
        self.files.append(StockClaim(sku="A", quantity=number, means=self.means, at=self.now))

    @precondition(lambda self: self.files and self.pending is None)
    @rule(place=st.integers(0, 9))
    def receives_a_file(self, place: int) -> None:
        """Any file, also one that is older than the last: that one is left alone."""
        file = self.files.pop(place % len(self.files))
        if self.claim is None or (file.at or BEGIN) >= (self.claim.at or BEGIN):
            self.claim = file
        self.works_out()
        self.writes()

    @precondition(lambda self: self.claim is not None and self.pending is None)
    @rule()
    def works_out(self) -> None:
        """Without a new file; the shop's orders are asked for at this moment."""
        assert self.claim is not None
        self.pending = published(self.claim, self._pieces(), FREE)
        if self.mode == "TrackOnly":
            # An absolute number takes back what was sold since it was worked out: it goes out at once.
            self.writes()

    @precondition(lambda self: self.pending is not None)
    @rule()
    def writes(self) -> None:
        """With what the shop holds reserved when it is written; others may have bought since."""
        if self.pending is not None:
            self.shop = on_stock(self.pending.quantity, self.pending.held, self.mode, reserved=self.reserved)
            self.pending = None

    # What must hold ---------------------------------------------------------------------------------------

    @property
    def reserved(self) -> int:
        """What the shop holds for orders."""
        return sum(not one.released for one in self.sold) if self.mode == "ReserveOnOrder" else 0

    @property
    def offered(self) -> int:
        """What a customer can buy now."""
        return self.shop - self.reserved

    @invariant()
    def nothing_is_offered_that_is_not_there(self) -> None:
        """The building, less what is owed, is all that can be sold."""
        free = self.building - sum(one.is_owed for one in self.sold)
        assert self.offered <= max(free, 0), (self.offered, free, self.claim, self.sold)

    def _pieces(self) -> list[OpenPieces]:
        """What the ledger knows, and what the shop tells when it is asked."""
        return [
            OpenPieces(
                sku="A",
                ordered_at=one.ordered_at,
                known_at=one.known_at,
                shipped_at=one.shipped_at if one.heard_shipped else None,
                kind="order" if one.heard else "unheard",
            )
            for one in self.sold
            if not one.heard_cancelled
        ]

    def _pick(self, data: st.DataObject, fits: object) -> Sold:
        assert callable(fits)
        return data.draw(st.sampled_from([one for one in self.sold if fits(one)]))


class _Reserving(_House):
    """A shop that reserves."""

    mode: InventoryMode = "ReserveOnOrder"


class _Tracking(_House):
    """A shop that takes off."""

    mode: InventoryMode = "TrackOnly"


TestAShopThatReserves = _Reserving.TestCase
TestAShopThatTracks = _Tracking.TestCase
for _case in (TestAShopThatReserves, TestAShopThatTracks):
    _case.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)

"""The stock law: what may be sold follows from a count, its moment, and the pieces that it cannot know of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.fulfilment.availability import (
    InventoryMode,
    OpenPieces,
    PlaceRules,
    StockClaim,
    StockMeaning,
    on_stock,
    published,
)

AT = datetime(2026, 11, 2, 3, 10, tzinfo=UTC)
FREE = PlaceRules()
MEANINGS: tuple[StockMeaning, ...] = ("physical", "available", "net_of_web")
meanings = st.sampled_from(MEANINGS)
moments = st.integers(-5, 5).map(lambda minutes: AT + timedelta(minutes=minutes))
pieces = st.builds(
    OpenPieces,
    sku=st.just("A"),
    pieces=st.integers(1, 4),
    ordered_at=moments,
    known_at=st.none() | moments,
    shipped_at=st.none() | moments,
    kind=st.sampled_from(["order", "reservation", "unheard"]),
)
places = st.builds(
    PlaceRules,
    eligible=st.booleans(),
    buffer=st.integers(0, 5),
    buffer_share=st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.5"), Decimal(1)]),
    minimum=st.integers(0, 5),
)
claims = st.builds(
    StockClaim, sku=st.just("A"), quantity=st.integers(-3, 30), means=meanings, at=st.none() | moments
)


def claim(quantity: int = 12, means: StockMeaning = "physical", at: datetime | None = AT) -> StockClaim:
    """Twelve pieces counted at ten past three."""
    return StockClaim(sku="A", quantity=quantity, means=means, at=at)


def sold(
    minutes: int = 0, *, known: int | None = None, left: int | None = None, count: int = 1
) -> OpenPieces:
    """Pieces ordered so many minutes after the count, known to the ERP and sent so many after it."""
    return OpenPieces(
        sku="A",
        pieces=count,
        ordered_at=AT + timedelta(minutes=minutes),
        known_at=None if known is None else AT + timedelta(minutes=known),
        shipped_at=None if left is None else AT + timedelta(minutes=left),
    )


class TestWhatANumberKnows:
    """Which pieces are taken off it, by what it means."""

    @pytest.mark.parametrize(
        ("piece", "physical", "available", "net_of_web"),
        [
            (sold(-60), 11, 11, 12),
            (sold(-60, known=-30), 11, 12, 12),
            (sold(-60, known=5), 11, 11, 12),
            (sold(-60, known=-30, left=-5), 12, 12, 12),
            (sold(-60, known=-30, left=5), 11, 12, 12),
            (sold(5), 11, 11, 11),
            (sold(5, known=10, left=20), 11, 11, 11),
        ],
        ids=["ordered", "known", "known-later", "left", "left-later", "ordered-later", "all-later"],
    )
    def test_a_piece_is_taken_off_when_the_number_cannot_know_of_it(
        self, piece: OpenPieces, physical: int, available: int, net_of_web: int
    ) -> None:
        """A count knows what had left; a number less orders also what was known, or ordered, by then."""
        assert [published(claim(means=means), [piece], FREE).quantity for means in MEANINGS] == [
            physical,
            available,
            net_of_web,
        ]

    @pytest.mark.parametrize("means", MEANINGS)
    def test_what_happened_at_the_very_moment_of_the_count_is_unknown_to_it(
        self, means: StockMeaning
    ) -> None:
        """Nobody can say which of the two came first: the piece is taken off."""
        at_once = sold(0, known=0, left=0)
        assert published(claim(means=means), [at_once], FREE).quantity == 11

    @pytest.mark.parametrize("means", MEANINGS)
    def test_what_happened_shortly_before_is_unknown_when_clocks_may_differ(
        self, means: StockMeaning
    ) -> None:
        """Within the margin a piece is taken off, before it, it is not."""
        piece = sold(-3, known=-2, left=-1)
        assert published(claim(means=means), [piece], FREE).quantity == 12
        assert published(claim(means=means), [piece], FREE, margin=timedelta(minutes=4)).quantity == 11

    @pytest.mark.parametrize("means", MEANINGS)
    def test_a_count_of_an_unknown_moment_knows_of_nothing(self, means: StockMeaning) -> None:
        """All pieces that are told are taken off."""
        assert published(claim(means=means, at=None), [sold(-99, known=-98, left=-97)], FREE).quantity == 11

    @pytest.mark.parametrize("means", MEANINGS)
    def test_a_promise_of_a_store_is_taken_off_until_it_left(self, means: StockMeaning) -> None:
        """The ERP is never told of an e-reservation, however old it is."""
        promise = OpenPieces(sku="A", ordered_at=AT - timedelta(days=1), kind="reservation", known_at=None)
        assert published(claim(means=means), [promise], FREE).quantity == 11


class TestPlaces:
    """What is kept back in a place."""

    @pytest.mark.parametrize(
        ("rules", "quantity"),
        [
            (PlaceRules(buffer=2), 10),
            (PlaceRules(buffer_share=Decimal("0.05")), 11),
            (PlaceRules(buffer_share=Decimal("0.10")), 10),
            (PlaceRules(buffer=3, buffer_share=Decimal("0.05")), 9),
            (PlaceRules(buffer=20), 0),
            (PlaceRules(minimum=13), 0),
            (PlaceRules(minimum=12), 12),
            (PlaceRules(eligible=False, why="inventory"), 0),
        ],
    )
    def test_buffers_minimum_and_closed_places(self, rules: PlaceRules, quantity: int) -> None:
        """A share of 12 is rounded up: 5 % are one piece, 10 % two; the larger buffer holds."""
        assert published(claim(), [], rules).quantity == quantity

    def test_the_share_is_of_the_files_number_not_of_what_is_left(self) -> None:
        """Half of 12 stays, whatever was sold since."""
        assert published(claim(), [sold(1, count=4)], PlaceRules(buffer_share=Decimal("0.5"))).quantity == 2


@given(claim=claims, open_pieces=st.lists(pieces, max_size=5), rules=places)
def test_the_reasons_add_up_and_nothing_is_below_zero(
    claim: StockClaim, open_pieces: list[OpenPieces], rules: PlaceRules
) -> None:
    """Whoever adds up what is told gets the number that is shown."""
    answer = published(claim, open_pieces, rules)
    assert answer.quantity >= 0
    assert sum(reason.pieces for reason in answer.because) == answer.quantity
    assert answer.because[0].pieces == claim.quantity


@given(claim=claims, open_pieces=st.lists(pieces, max_size=5), more=pieces, rules=places)
def test_another_piece_sold_never_raises_what_is_shown(
    claim: StockClaim, open_pieces: list[OpenPieces], more: OpenPieces, rules: PlaceRules
) -> None:
    """Hearing of a sale can only lower the number, and never by more than its pieces."""
    before, after = published(claim, open_pieces, rules), published(claim, [*open_pieces, more], rules)
    assert before.quantity >= after.quantity
    if not rules.minimum:
        assert before.quantity - after.quantity <= more.pieces


@given(claim=claims, open_pieces=st.lists(pieces, max_size=5), rules=places, minutes=st.integers(0, 9))
def test_a_later_count_of_the_same_number_never_shows_less(
    claim: StockClaim, open_pieces: list[OpenPieces], rules: PlaceRules, minutes: int
) -> None:
    """The later it was counted, the more it knows of; nothing changes when it knew of all already."""
    if claim.at is None:
        return
    later = StockClaim(
        sku="A", quantity=claim.quantity, means=claim.means, at=claim.at + timedelta(minutes=minutes)
    )
    before, after = published(claim, open_pieces, rules), published(later, open_pieces, rules)
    assert after.quantity >= before.quantity
    if before.unknown == 0:
        assert after.quantity == before.quantity


@settings(max_examples=50)
@given(open_pieces=st.permutations([sold(1), sold(-9, left=2), sold(2, known=3), sold(-60, count=3)]))
def test_the_order_of_the_pieces_does_not_matter(open_pieces: list[OpenPieces]) -> None:
    """A sum is a sum."""
    assert published(claim(), open_pieces, FREE).quantity == 12 - 6


class TestWhatTheShopIsTold:
    """Which stock on hand makes the shop show what may be sold."""

    @pytest.mark.parametrize(
        ("mode", "reserved", "told"),
        [
            ("None", 2, 9),
            ("TrackOnly", 2, 9),
            ("ReserveOnOrder", None, 12),
            ("ReserveOnOrder", 3, 12),
            ("ReserveOnOrder", 5, 12),
            ("ReserveOnOrder", 1, 10),
            ("ReserveOnOrder", 0, 9),
        ],
    )
    def test_reserved_pieces_lie_on_the_stock_of_a_shop_that_reserves(
        self, mode: InventoryMode, reserved: int | None, told: int
    ) -> None:
        """Nine for sale, three sold and not gone: no more than the shop holds reserved is added."""
        assert on_stock(9, 3, mode, reserved=reserved) == told

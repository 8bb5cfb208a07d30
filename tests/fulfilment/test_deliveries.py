"""Parcels and carriers: tracking that comes early, events that come out of order."""

from __future__ import annotations

from passerelle.fulfilment import view
from tests.fulfilment.invented_life import line, order, say
from tests.fulfilment.told import after, codes, where

TWO = order(line("A", 2, 2000))
LEFT = say("shipped", "BL-1", 10, of="A:2")


def test_tracking_before_its_delivery_waits_and_is_taken_up() -> None:
    """The carrier is faster than the warehouse: the parcel waits, and is there when the delivery is."""
    tracked = say("tracked", "x", 5, delivery="BL-1", carrier="GLS", parcel="4711", tracking_id="T1")
    early = after(TWO, tracked)
    assert (early.waiting, early.deliveries, codes(early)) == ((tracked,), (), [])
    state = after(TWO, tracked, LEFT)
    assert state.waiting == ()
    [parcel] = state.deliveries[0].parcels
    assert (parcel.key, parcel.carrier, parcel.tracking_id) == ("4711", "GLS", "T1")
    assert {unit.parcel for unit in state.units} == {"4711"}


def test_a_corrected_tracking_number_updates_its_parcel() -> None:
    """A correction updates, it does not add; a carrier that becomes known later is no second parcel."""
    state = after(
        TWO,
        LEFT,
        say("tracked", "x", 11, delivery="BL-1", parcel="1", tracking_id="T1"),
        say("tracked", "x", 12, delivery="BL-1", parcel="1", tracking_id="T2", carrier="GLS"),
    )
    [parcel] = state.deliveries[0].parcels
    assert (parcel.tracking_id, parcel.carrier) == ("T2", "GLS")


def test_what_a_later_word_does_not_say_stays() -> None:
    """The warehouse corrects the number and does not repeat the carrier."""
    state = after(
        TWO,
        LEFT,
        say("tracked", "x", 11, delivery="BL-1", parcel="1", tracking_id="T1", carrier="GLS"),
        say("tracked", "x", 12, delivery="BL-1", parcel="1", tracking_id="T2"),
    )
    [parcel] = state.deliveries[0].parcels
    assert (parcel.tracking_id, parcel.carrier) == ("T2", "GLS")


def test_a_parcel_without_a_delivery_is_of_the_first_that_holds_its_goods() -> None:
    """Carriers know parcels, not delivery numbers; a later delivery does not move the parcel."""
    state = after(
        TWO,
        say("shipped", "BL-1", 10, of="A:1"),
        say("shipped", "BL-2", 20, of="A:1"),
        say("tracked", "x", 15, parcel="4711", carrier="GLS"),
    )
    assert [[parcel.key for parcel in one.parcels] for one in state.deliveries] == [["4711"], []]


def test_carrier_events_out_of_order_keep_the_furthest() -> None:
    """Delivered at ten, in transit at eleven by another clock: it is delivered."""
    parcel = say("tracked", "x", 11, delivery="BL-1", parcel="4711")
    delivered = say("delivered", "e", 20, parcel="4711", event="DLV")
    late = say("in_transit", "e", 30, parcel="4711", event="HUB")
    state = after(TWO, LEFT, parcel, late, delivered)
    assert where(state) == {"A": {"delivered": 2}}
    assert (state.order_state, state.shipment_state) == ("Complete", "Delivered")


def test_an_event_may_name_the_tracking_id() -> None:
    """What one system calls parcel another calls tracking number."""
    parcel = say("tracked", "x", 11, delivery="BL-1", parcel="4711", tracking_id="T1")
    assert where(after(TWO, LEFT, parcel, say("delivered", "e", 20, parcel="T1"))) == {"A": {"delivered": 2}}


def test_an_event_of_an_unknown_parcel_waits() -> None:
    """It may be a parcel that nobody has told us of yet."""
    event = say("delivered", "e", 20, parcel="9999")
    state = after(TWO, LEFT, say("tracked", "x", 11, delivery="BL-1", parcel="4711"), event)
    assert (where(state), state.waiting) == ({"A": {"shipped": 2}}, (event,))


def test_a_delivery_of_two_parcels_is_there_when_both_are() -> None:
    """Nobody says what is in which parcel: one of two delivered means that the goods are on their way."""
    parcels = (
        say("tracked", "1", 11, delivery="BL-1", parcel="P1"),
        say("tracked", "2", 11, delivery="BL-1", parcel="P2"),
    )
    first, second = say("delivered", "e", 20, parcel="P1"), say("delivered", "e", 25, parcel="P2")
    assert where(after(TWO, LEFT, *parcels, first)) == {"A": {"in_transit": 2}}
    assert where(after(TWO, LEFT, *parcels, first, second)) == {"A": {"delivered": 2}}


def test_a_parcel_whose_content_is_known_is_delivered_alone() -> None:
    """The warehouse says what it put where: the piece in the first parcel has arrived."""
    parcels = (
        say("tracked", "1", 11, delivery="BL-1", parcel="P1", of="A:1"),
        say("tracked", "2", 11, delivery="BL-1", parcel="P2"),
    )
    state = after(TWO, LEFT, *parcels, say("delivered", "e", 20, parcel="P1"))
    assert where(state) == {"A": {"delivered": 1, "shipped": 1}}
    assert view(TWO, state).deliveries[0].parcels[0].items == (("L-A", 1),)


def test_a_failed_delivery_is_delayed_until_it_succeeds() -> None:
    """Nobody at home: delayed, with the carrier's reason; the second try delivers."""
    parcel = say("tracked", "x", 11, delivery="BL-1", parcel="4711")
    failed = say("delivery_failed", "e", 20, parcel="4711", reason="nobody at home")
    state = after(TWO, LEFT, parcel, failed)
    assert (state.shipment_state, state.units[0].why) == ("Delayed", "nobody at home")
    assert (
        after(TWO, LEFT, parcel, failed, say("delivered", "e", 40, parcel="4711")).shipment_state
        == "Delivered"
    )

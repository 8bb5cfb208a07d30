"""Messages: which fact they are about, and which of two holds."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.fulfilment import derive, from_ack, from_shipment, message_key
from passerelle.fulfilment.messages import content_order, is_before, settled
from passerelle.records import OrderAck, OrderMessage, Parcel, Shipment, ShipmentLine
from tests.fulfilment.invented_life import KINDS, at, line, messages, order, say


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (say("taken", "CMDWEB_00001.xml"), "taken/CMDWEB_00001.xml"),
        (say("accepted", "O-1", erp_number="ERP-77"), "accepted/ERP-77"),
        (say("changed", "x", revision=2), "changed/2"),
        (say("allocated", "A-1", of="B:1 A:2"), "allocated/A-1/A+B"),
        (say("claimed", "1", place="S1", of="A:1"), "claimed/S1/1/A"),
        (say("short", "S-1"), "short/S-1/all"),
        (say("shipped", "BL-1", of="A:1"), "shipped/BL-1"),
        (say("tracked", "x", carrier="GLS", parcel="4711"), "tracked/GLS/4711"),
        (say("delivered", "x", 5, parcel="4711", event="DLV"), f"delivered/4711/DLV/{at(5).isoformat()}"),
        (say("ready", "x", place="S1"), "ready/S1/x/all"),
        (say("collected", "T-9", place="S1", of="A:1"), "collected/S1/T-9/A"),
        (say("cancel_asked", "Q-1"), "cancel_asked/Q-1/all"),
        (say("return_announced", "x", return_number="R-9", of="A:1"), "return_announced/R-9/A"),
        (say("returned", "1", return_number="R-9", place="S1", of="A:1"), "returned/R-9/1/S1/-/A"),
        (say("refunded", "PSP-1", return_number="R-9"), "refunded/R-9/PSP-1/all"),
        (say("exchanged", "x", return_number="R-9", new_order="O-2"), "exchanged/R-9/O-2"),
        (say("invoiced", "F/2026/1"), "invoiced/F%2F2026%2F1"),
    ],
)
def test_a_key_is_made_of_the_business_facts_of_its_step(message: OrderMessage, key: str) -> None:
    """Each kind has the idempotency key that the sheet of the order's life gives to its step."""
    assert message_key(message) == key


def test_every_kind_has_a_key_that_tells_two_numbers_apart() -> None:
    """No kind is forgotten, and a sender's other number is another fact."""
    for kind in KINDS:
        first, second = say(kind, "1"), say(kind, "2")
        assert message_key(first).startswith(f"{kind}/")
        assert message_key(first) != message_key(second)


def test_a_slash_in_a_number_makes_no_other_key() -> None:
    """`a/b` of carrier c is not `b` of carrier `c/a`."""
    one = say("tracked", "x", carrier="c", parcel="a/b")
    other = say("tracked", "x", carrier="c/a", parcel="b")
    assert message_key(one) != message_key(other)


def test_the_key_of_many_lines_stays_short() -> None:
    """A message about a hundred lines has a key that a database can index."""
    many = say("short", "S-1", of=" ".join(f"SKU-{number}:1" for number in range(100)))
    fewer = say("short", "S-1", of=" ".join(f"SKU-{number}:1" for number in range(99)))
    assert len(message_key(many)) < 100
    assert message_key(many) != message_key(fewer)


def test_the_newer_telling_of_a_fact_holds_and_the_older_is_kept() -> None:
    """A correction carries a later time: it holds, whichever of the two is read first."""
    old, new = say("shipped", "BL-1", 1, of="A:1"), say("shipped", "BL-1", 2, of="A:2")
    for both in ([old, new], [new, old]):
        found = settled(both)
        assert [saying.message for saying in found.holds] == [new]
        assert found.older == (old,)


def test_of_two_tellings_of_one_moment_the_one_with_more_pieces_holds() -> None:
    """A delivery is completed more often than it is cut: this decides where the sender gives no time."""
    part, whole = say("shipped", "BL-1", of="B:1"), say("shipped", "BL-1", of="A:1 B:1")
    assert [saying.message for saying in settled([whole, part]).holds] == [whole]


def test_lines_of_one_ticket_that_come_in_two_rows_both_hold() -> None:
    """A till writes one row a line: the second row of a ticket does not replace the first."""
    rows = [
        say("collected", "T-1", 1, place="S1", of="A:1"),
        say("collected", "T-1", 2, place="S1", of="B:1"),
    ]
    assert [saying.lines for saying in settled(rows).holds] == [rows[0].lines, rows[1].lines]


def test_a_corrected_line_replaces_only_itself() -> None:
    """Told again with another number of A, a shortage keeps what it said of B."""
    first, second = say("short", "S-1", 1, of="A:2 B:1"), say("short", "S-1", 2, of="A:1")
    holds = settled([first, second]).holds
    assert [(saying.message, saying.lines) for saying in holds] == [
        (first, first.lines[1:]),
        (second, second.lines),
    ]


@given(st.lists(messages(), max_size=8), st.data())
def test_what_holds_does_not_depend_on_arrival(said: list[OrderMessage], data: st.DataObject) -> None:
    """Nothing is lost: what holds and what is older are together what was said, once each, in one order."""
    once = settled(said)
    assert once == settled(data.draw(st.permutations(said)))
    told = [saying.message for saying in once.holds] + list(once.older)
    assert sorted(map(msgspec.json.encode, told)) == sorted({msgspec.json.encode(one) for one in said})


def test_an_acknowledgement_is_a_message() -> None:
    """Accepted under the ERP's number, or refused with its reason."""
    accepted = from_ack(OrderAck(order_number="O-1", accepted=True, erp_number="E-1"))
    refused = from_ack(OrderAck(order_number="O-1", accepted=False, reason="unknown country"))
    assert (accepted.kind, message_key(accepted)) == ("accepted", "accepted/E-1")
    assert (refused.kind, refused.reason) == ("refused", "unknown country")


def test_a_shipment_is_a_delivery_and_its_parcels() -> None:
    """The ERP counts parcels from 1 in each delivery: the number of the delivery makes them unique."""
    delivery, parcel = from_shipment(
        Shipment(
            key="BL-1",
            order_number="O-1",
            lines=(ShipmentLine(sku="A", quantity=1), ShipmentLine(sku="A", quantity=2)),
            parcels=(Parcel(key="1", tracking_id="T1", carrier="GLS"),),
            shipped_at=at(3),
        )
    )
    assert (delivery.kind, delivery.ref, delivery.at) == ("shipped", "BL-1", at(3))
    assert [(line.sku, line.quantity) for line in delivery.lines] == [("A", 3)]
    assert (parcel.kind, parcel.delivery, parcel.parcel) == ("tracked", "BL-1", "BL-1/1")
    assert (parcel.tracking_id, parcel.carrier) == ("T1", "GLS")


def _answer(*, accepted: bool, minutes: int | None = None, sequence: int | None = None) -> OrderMessage:
    number = "C-1" if accepted else None
    moment = None if minutes is None else at(minutes)
    return from_ack(
        OrderAck(order_number="O-1", accepted=accepted, erp_number=number, at=moment, sequence=sequence)
    )


_LATER = st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda drawn: (drawn[0], sum(drawn)))


@given(_LATER, st.booleans(), st.booleans())
def test_a_refusal_before_an_acceptance_is_no_contradiction(
    moments: tuple[int, int],
    timed: bool,  # noqa: FBT001 - drawn
    first_refused: bool,  # noqa: FBT001 - drawn
) -> None:
    """The time tells which answer is the later one, else the number of the file; the other way it is told."""
    name = "minutes" if timed else "sequence"
    earlier, later = ({name: moment} for moment in moments)
    refused = _answer(accepted=False, **(earlier if first_refused else later))
    accepted = _answer(accepted=True, **(later if first_refused else earlier))
    placed = order(line("A", 1, 100))
    for said in ([refused, accepted], [accepted, refused]):
        state = derive(placed, said)
        found = [one.code for one in (*state.remarks, *state.contradictions)]
        assert found == ["refused_then_accepted" if first_refused else "refused_after_acceptance"]
        assert bool(state.contradictions) is not first_refused
        assert state.erp_number == "C-1"


def test_answers_without_time_and_number_contradict() -> None:
    """Nobody can say which came last: a person looks."""
    state = derive(order(line("A", 1, 100)), [_answer(accepted=False), _answer(accepted=True)])
    assert [one.code for one in state.contradictions] == ["refused_after_acceptance"]


def test_a_time_tells_more_than_the_number_of_a_file() -> None:
    """With a time, the file that says it is no part of what is said: told again it is the same message."""
    assert _answer(accepted=True, minutes=5, sequence=3) == _answer(accepted=True, minutes=5, sequence=9)


@given(st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3)), max_size=6))
def test_who_is_before_whom_agrees_with_the_order_of_messages(
    drawn: list[tuple[int | None, int | None]],
) -> None:
    """What is known to be older comes first, and nothing is before itself."""
    told = [
        OrderMessage(order_number="O-1", kind="taken", ref="F", at=None if m is None else at(m), sequence=s)
        for m, s in drawn
    ]
    for one in told:
        assert not is_before(one, one)
        for other in told:
            if is_before(one, other):
                assert not is_before(other, one)
                assert content_order(one) < content_order(other)

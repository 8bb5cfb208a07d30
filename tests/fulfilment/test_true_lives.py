"""Lives that really happened: told in any order and twice, they are found again, to the cent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from passerelle.fulfilment import derive, view
from passerelle.records import MessageKind, MessageLine, Order, OrderLine, OrderMessage
from tests.fulfilment.invented_life import at, eur, held, order

#: What may become of a piece that is sent home, by the last thing that is said of it.
FATES = (
    "confirmed",
    "allocated",
    "preparing",
    "packed",
    "cancelled by customer",
    "short",
    "shipped",
    "delivered",
    "return_announced",
    "returned",
    "restocked",
    "unusable",
)
_GONE = ("shipped", "delivered", "return_announced", "returned", "restocked", "unusable")
_BACK = ("returned", "restocked", "unusable")
_GIVEN_UP = ("cancelled by customer", "short")


@dataclass
class Life:
    """A true history: the fate of each piece, and the messages that tell it."""

    placed: Order
    fates: dict[str, list[str]]
    said: list[OrderMessage] = field(default_factory=list)

    def tell(self, kind: MessageKind, ref: str, minutes: int, pieces: Counter[str], **more: Any) -> None:
        """Say it of pieces, by line; of no piece it is not said."""
        if not pieces:
            return
        lines = tuple(MessageLine(line=name, quantity=count) for name, count in sorted(pieces.items()))
        self.said.append(
            OrderMessage(order_number="O-1", kind=kind, ref=ref, at=at(minutes), lines=lines, **more)
        )

    def of(self, *fates: str) -> Counter[str]:
        """How many pieces of each line have one of these fates."""
        return Counter(
            {
                name: count
                for name, all_ in self.fates.items()
                if (count := sum(fate in fates for fate in all_))
            }
        )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw a history: rerouted here and there, sent in two deliveries, each fate told step by step."""
    names = ["A", "B", "C"][: draw(st.integers(1, 3))]
    fates = {name: draw(st.lists(st.sampled_from(FATES), min_size=1, max_size=4)) for name in names}
    lines = [
        OrderLine(
            id=name,
            sku=f"SKU-{name}",
            name=name,
            quantity=len(all_),
            unit_price=eur(0),
            total=eur(draw(st.integers(0, 999))),
        )
        for name, all_ in fates.items()
    ]
    freight = draw(st.integers(0, 99))
    total = sum(line.total.cent_amount for line in lines) + freight
    life = Life(order(*lines, freight=freight, **draw(st.sampled_from([{}, held(total)]))), fates)
    life.said.append(OrderMessage(order_number="O-1", kind="accepted", ref="E-1", erp_number="E-1", at=at(1)))
    # Of a line the pieces that nobody works on are cancelled first. The others are given to a store, which
    # declines some; the warehouse has those then.
    placed = life.of(*FATES[1:]) - life.of("cancelled by customer")
    life.tell("allocated", "A1", 10, placed, place="S1")
    declined = Counter({name: draw(st.integers(0, count)) for name, count in placed.items()})
    life.tell("declined", "D1", 20, +declined, place="S1", reason="not here")
    life.tell("allocated", "A2", 30, +declined, place="W1")
    life.tell("preparing", "T1", 40, life.of("preparing", "packed", *_GONE))
    life.tell("cancel_asked", "Q1", 41, life.of("cancelled by customer"))
    life.tell("cancelled", "Q1", 45, life.of("cancelled by customer"))
    life.tell("packed", "T1", 50, life.of("packed", *_GONE))
    life.tell("short", "S1", 55, life.of("short"))
    for number, pieces in enumerate(_split(draw, life.of(*_GONE)), 1):
        life.tell("shipped", f"BL-{number}", 60 + number, pieces)
    life.tell("delivered", "e", 70, life.of(*_GONE[1:]))
    life.tell("return_announced", "R1", 80, life.of("return_announced", *_BACK), return_number="R1")
    for number, (fate, grade) in enumerate(
        [("returned", None), ("restocked", "sellable"), ("unusable", "unusable")]
    ):
        life.tell("returned", f"X{number}", 90 + number, life.of(fate), return_number="R1", grade=grade)
    return life


def _split(draw: st.DrawFn, pieces: Counter[str]) -> list[Counter[str]]:
    first = Counter({name: draw(st.integers(0, count)) for name, count in pieces.items()})
    return [+first, pieces - first]


def _retold(data: st.DataObject, said: list[OrderMessage]) -> list[OrderMessage]:
    return data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said), max_size=3))))


@given(lives(), st.data())
def test_every_piece_is_found_where_it_is(life: Life, data: st.DataObject) -> None:
    """A history without lies has no contradictions, nothing waits, and each piece has its true state."""
    state = derive(life.placed, _retold(data, life.said))
    found = {name: Counter(unit.state for unit in state.units if unit.line == name) for name in life.fates}
    true = {
        name: Counter("cancelled" if fate in _GIVEN_UP else fate for fate in all_)
        for name, all_ in life.fates.items()
    }
    assert found == true
    assert state.contradictions == ()
    assert state.waiting == ()


@given(lives(), st.data())
def test_the_view_shows_what_left_and_what_came_back(life: Life, data: st.DataObject) -> None:
    """Deliveries hold what left, returns what is or comes back, whatever order it was told in."""
    picture = view(life.placed, derive(life.placed, _retold(data, life.said)))
    delivered: Counter[str] = Counter()
    for delivery in picture.deliveries:
        delivered.update(dict(delivery.items))
    assert delivered == life.of(*_GONE)
    assert Counter(item.line for item in picture.returns) == life.of("return_announced", *_BACK)


@given(lives())
def test_what_the_shop_was_told_is_never_taken_back(life: Life) -> None:
    """Told as it happens, deliveries only grow and return items only go forward: a shop can always follow."""
    order_of = ["Advised", "Returned", "BackInStock", "Unusable"]
    before = view(life.placed, derive(life.placed, ()))
    for told in range(1, len(life.said) + 1):
        now = view(life.placed, derive(life.placed, life.said[:told]))
        deliveries = {one.key: dict(one.items) for one in now.deliveries}
        returns = {one.key: one for one in now.returns}
        for one in before.deliveries:
            assert Counter(dict(one.items)) <= Counter(deliveries[one.key])
        for item in before.returns:
            then, since = order_of.index(returns[item.key].shipment), order_of.index(item.shipment)
            # What is graded keeps its grade; before that it only goes forward.
            assert then == since if since > 1 else then >= since
        before = now


@given(lives(), st.data())
def test_money_goes_back_for_what_the_customer_does_not_have(life: Life, data: st.DataObject) -> None:
    """Paid at once: what was given up or came back is refunded. Held: what left is captured."""
    state = derive(life.placed, _retold(data, life.said))
    amounts: Counter[str] = Counter()
    for request in state.requests:
        if request.amount is not None:
            amounts[request.kind] += request.amount.cent_amount
    total = life.placed.total.cent_amount
    worth = {line.id: (line.total.cent_amount, line.quantity) for line in life.placed.lines}
    freight = 0 if life.placed.shipping_price is None else life.placed.shipping_price.cent_amount
    gone = life.of(*_GONE)
    if state.paid.cent_amount:
        back = life.of(*_GIVEN_UP, *_BACK)
        every_piece = all(fate in _GIVEN_UP for all_ in life.fates.values() for fate in all_)
        assert amounts["refund"] == _first(worth, back) + (freight if every_piece else 0)
        assert amounts["capture"] == 0
    elif total:
        assert amounts["capture"] == _first(worth, gone) + (freight if gone else 0)
        assert amounts["refund"] == 0


def _first(worth: dict[str, tuple[int, int]], pieces: Counter[str]) -> int:
    """What the first so many pieces of each line cost: the cents that are left go with the first of them."""
    amount = 0
    for name, count in pieces.items():
        whole, quantity = worth[name]
        each, left = divmod(whole, quantity)
        amount += each * count + min(count, left)
    return amount

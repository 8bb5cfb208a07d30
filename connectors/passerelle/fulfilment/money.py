"""Money: what was paid and given back, what is still to be captured or refunded; never more than was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..records import Money, OrderMessage
from .deliveries import Delivery
from .messages import Settled
from .pieces import Board, Piece, counted
from .rules import FulfilmentRules
from .states import Request
from .worth import Purse, Worth, worth

__all__ = ["Books", "Due", "balance"]

_SETTLED_STATES = frozenset({"Paid", "CreditOwed"})


@dataclass(slots=True)
class Due:
    """Pieces whose money is due together, under a key from business facts; no pieces: the charges.

    `settled` says that others moved the money already (a till, the provider, an exchange).
    """

    key: str
    because: str
    pieces: tuple[Piece, ...] = ()
    number: str | None = None
    settled: bool = False
    amount: int = 0
    charges: int = 0


@dataclass(slots=True)
class Books:
    """The accounts of one order in minor units; dues are in the order in which they are served."""

    worth: Worth
    paid: int = 0
    refunded: int = 0
    captures: list[Due] = field(default_factory=list)
    refunds: list[Due] = field(default_factory=list)
    heard: bool = False
    """Whether anybody told about money after the order was placed."""
    capture_failed: bool = False
    #: What may still be captured on the authorisation when nothing more will be.
    unused: int = 0


def balance(
    board: Board,
    told: Settled,
    deliveries: Sequence[Delivery],
    asked: Sequence[Request],
    rules: FulfilmentRules,
) -> Books:
    """Draw up the accounts: dues with their amounts; everything sums exactly and nothing is there twice."""
    books = Books(worth(board.order))
    books.heard = bool(told.of("captured", "capture_failed", "refunded", "refund_failed"))
    captured = [saying.message for saying in told.of("captured")]
    failed = [saying.message for saying in told.of("capture_failed")]
    books.capture_failed = bool(failed) and not {one.ref for one in failed} <= {one.ref for one in captured}
    shop_charged = sum(_cents(payment.charged) for payment in board.order.payments)
    books.paid = max(shop_charged, sum(_cents(message.amount) for message in captured))
    if not books.paid and not board.order.payments and board.order.payment_state in _SETTLED_STATES:
        books.paid = books.worth.total
    if board.order.kind == "reservation":
        return books
    _captures(board, books, captured, deliveries, asked)
    _refunds(board, told, books, asked, rules)
    return books


def _cents(money: Money | None) -> int:
    return 0 if money is None else money.cent_amount


def _captures(
    board: Board,
    books: Books,
    captured: Sequence[OrderMessage],
    deliveries: Sequence[Delivery],
    asked: Sequence[Request],
) -> None:
    """What left is captured, each delivery once; the charges go with the first that is captured."""
    dues = [
        Due(f"capture/{one.message.ref}", "shipped", _to_capture(one.pieces), one.message.ref)
        for one in deliveries
    ]
    tickets: dict[str, list[Piece]] = {}
    for piece in board.pieces:
        if piece.collected is not None and piece.shipped is None:
            tickets.setdefault(f"capture/ticket/{piece.place or '-'}/{piece.collected.ref}", []).append(piece)
    dues += [Due(key, "collected", tuple(pieces)) for key, pieces in sorted(tickets.items())]
    authorised = sum(_cents(payment.authorised) for payment in board.order.payments)
    if not authorised:
        return
    known = {request.key: request for request in asked if request.kind == "capture"}
    purse = Purse(books.worth)
    extra = books.worth.charges + books.worth.gift_cards
    for due in dues:
        answers = [one for one in captured if due.key == one.ref or (due.number in {one.delivery, one.ref})]
        if not answers and due.key not in known:
            continue
        goods = purse.take(known[due.key].lines if due.key in known else counted(due.pieces))
        due.amount = (
            _cents(known[due.key].amount) if due.key in known else sum(_cents(a.amount) for a in answers)
        )
        due.settled = bool(answers)
        if due.amount > goods:
            due.charges, extra = extra, 0
    done = sum(due.amount for due in dues) + sum(
        _cents(request.amount) for key, request in known.items() if key not in {due.key for due in dues}
    )
    # What we asked for and what the shop already shows as charged are the same money, told twice.
    left = max(books.worth.total - max(books.paid, done), 0)
    for due in dues:
        if due.amount or due.settled or due.key in known:
            continue
        goods = purse.take(counted(due.pieces))
        due.amount = max(min(goods + extra, left), 0)
        due.charges, extra = min(extra, max(due.amount - goods, 0)), 0
        left -= due.amount
    books.captures = [due for due in dues if due.amount]
    books.unused = max(authorised - max(books.paid, sum(due.amount for due in books.captures)), 0)


def _to_capture(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.ended is None)


def _refunds(
    board: Board, told: Settled, books: Books, asked: Sequence[Request], rules: FulfilmentRules
) -> None:
    """What came back or will not come is refunded, each set of pieces once, as far as it was paid."""
    dues = [*_returned(board), *_ended(board)]
    living = [piece for piece in board.pieces if piece.ended is None]
    kept = [piece for piece in living if piece.received is None]
    if board.pieces and not living:
        # Nothing was sent: freight and other charges go back with the goods, gift cards that were sold stay,
        # unless the order was cancelled as a whole.
        whole = any(not saying.lines for saying in told.of("cancelled", "cancel_asked"))
        charges = books.worth.charges + (books.worth.gift_cards if whole else 0)
        dues.append(Due("refund/charges", "charges", charges=charges))
    elif not board.pieces and told.of("cancelled"):
        dues.append(Due("refund/charges", "charges", charges=books.worth.charges + books.worth.gift_cards))
    elif rules.refund_charges_on_full_return and not kept:
        dues.append(Due("refund/charges", "charges", charges=books.worth.charges))
    match = _match(books.worth, told, dues)
    _contradict_twice(board, books, told, dues)
    shop = sum(_cents(payment.refunded) for payment in board.order.payments)
    said = max(shop, match.web) + match.store
    if said > books.paid:
        last = told.of("refunded")
        if last:
            board.contradict(
                "refunded_more_than_paid",
                f"{books.worth.money(said)} were refunded, {books.worth.money(books.paid)} were paid",
                last[-1].message,
                "Ask the payment provider: a refund was made twice, or a payment is not known here",
            )
    books.refunded = min(said, books.paid)
    _amounts(board, books, dues, asked, match)
    books.refunds = [due for due in dues if due.amount]


def _returned(board: Board) -> list[Due]:
    """One due for each receipt of each return; what is exchanged is not paid back."""
    found: dict[str, list[Piece]] = {}
    for piece in board.pieces:
        if piece.received is not None:
            found.setdefault(f"refund/{piece.return_number}/{piece.received.ref}", []).append(piece)
    return [
        Due(
            key,
            "returned",
            tuple(pieces),
            pieces[0].return_number,
            settled=any(piece.exchanged_for is not None for piece in pieces),
        )
        for key, pieces in sorted(found.items())
    ]


def _ended(board: Board) -> list[Due]:
    """One due for each message that gave pieces up."""
    found: dict[str, list[Piece]] = {}
    for piece in board.pieces:
        if piece.ended is not None:
            kind = "cancelled" if piece.ended.kind == "cancel_asked" else piece.ended.kind
            found.setdefault(f"refund/{kind}/{piece.ended.ref}", []).append(piece)
    return [Due(key, key.split("/")[1], tuple(pieces)) for key, pieces in sorted(found.items())]


@dataclass(slots=True)
class _Told:
    """Refunds that were told: by the provider, by a till, and how much of both is of dues that we know."""

    web: int = 0
    store: int = 0
    matched: int = 0
    refs: set[str] = field(default_factory=set)
    numbers: set[str | None] = field(default_factory=set)

    def tells(self, request: Request) -> bool:
        """Whether somebody told that a request of ours was carried out."""
        number = request.detail.get("return")
        return request.key in self.refs or (number is not None and number in self.numbers)


def _match(parts: Worth, told: Settled, dues: Sequence[Due]) -> _Told:
    """Find the dues that refunds settle: by our own key, else by the number of their return."""
    found = _Told()
    for saying in told.of("refunded"):
        message = saying.message
        amount = _cents(message.amount)
        of_ours = [
            due
            for due in dues
            if message.ref == due.key or (due.number is not None and message.return_number == due.number)
        ]
        if message.place is None:
            found.web += amount
        else:
            found.store += amount
        found.refs.add(message.ref)
        found.numbers.add(message.return_number)
        purse = Purse(parts)
        left = amount
        for due in of_ours:
            value = purse.take(counted(due.pieces))
            if (due.settled and not due.amount) or (message.amount is not None and left <= 0):
                continue
            # A refund in two parts is one refund of the same goods.
            part = left if due is of_ours[-1] else min(left, max(value - due.amount, 0))
            due.settled = True
            due.amount += part
            found.matched += part
            left -= part
    return found


def _contradict_twice(board: Board, books: Books, told: Settled, dues: Sequence[Due]) -> None:
    """Note a return that was paid back by two, a till and the provider for example."""
    by_number: dict[str, list[OrderMessage]] = {}
    for saying in told.of("refunded"):
        if saying.message.return_number is not None:
            by_number.setdefault(saying.message.return_number, []).append(saying.message)
    for number, messages in by_number.items():
        pieces = [piece for due in dues if due.number == number for piece in due.pieces]
        value = books.worth.of(pieces) + books.worth.charges
        amount = sum(_cents(message.amount) for message in messages)
        if len(messages) > 1 and pieces and amount > value:
            who = ", ".join(f"{message.place or 'the provider'} ({message.ref})" for message in messages)
            board.contradict(
                "refunded_twice",
                f"return {number} is worth {books.worth.money(value)} at most, "
                f"{books.worth.money(amount)} were paid back: {who}",
                messages[-1],
                "One of the two must be taken back: ask the store and the payment provider",
            )


def _amounts(board: Board, books: Books, dues: Sequence[Due], asked: Sequence[Request], said: _Told) -> None:
    """Give each due its amount: what went out already stands, the rest never exceeds what was paid."""
    known = {request.key: request for request in asked if request.kind == "refund"}
    purse = Purse(books.worth)
    keys = {due.key for due in dues}
    spent = books.refunded - min(said.matched, books.refunded)
    for key, request in known.items():
        purse.take(request.lines)
        if key not in keys and not said.tells(request):
            spent += _cents(request.amount)
    for due in dues:
        if due.key in known:
            due.amount = _cents(known[due.key].amount)
        elif due.settled:
            purse.take(counted(due.pieces))
        if due.key in known or due.settled:
            spent += due.amount
    shipped = [piece for piece in board.pieces if piece.gone]
    budget = books.paid - _kept(books, dues, shipped) - spent
    owing = books.paid < books.worth.of(shipped) and board.order.payment_state not in _SETTLED_STATES
    for due in dues:
        if due.key in known or due.settled:
            continue
        whole = due.charges + purse.take(counted(due.pieces))
        due.amount = max(min(whole, budget), 0)
        if owing and due.amount < whole:
            # A capture is under way: the refund waits for it, it is not cut.
            due.amount = 0
        budget -= due.amount


def _kept(books: Books, dues: Sequence[Due], shipped: Sequence[Piece]) -> int:
    """What the customer owes in any case: not what is given back, nor what was never taken.

    Of an order that is paid in full everything was taken that is not given back. Of one that is captured as
    it leaves, what left and stays away was taken, with the charges.
    """
    parts = books.worth
    back = sum(due.charges for due in dues)
    if books.paid >= parts.total:
        purse = Purse(parts)
        return parts.total - back - sum(purse.take(counted(due.pieces)) for due in dues)
    away = parts.of(shipped) - parts.of(piece for piece in shipped if piece.received is not None)
    return away + parts.charges + parts.gift_cards - back

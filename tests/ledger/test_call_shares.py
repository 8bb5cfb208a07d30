"""Call shares: all decide from the same book, one at a time, and nobody who died holds anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from passerelle.ledger import CallShare, Ledger


def _all_that_is_left(total: float) -> Callable[[Sequence[CallShare]], CallShare]:
    def share(others: Sequence[CallShare]) -> CallShare:
        return CallShare(1, max(0.0, total - sum(one.calls_per_second for one in others)), len(others))

    return share


def test_each_sees_what_the_others_hold(ledger: Ledger) -> None:
    """The second gets what the first left; renewing does not count against oneself; budgets are apart."""
    shares = ledger.call_shares
    half = CallShare(4, 5.0, 2)
    assert shares.renew("shop", "a", seconds=60, share=lambda _: half) == half
    assert shares.renew("shop", "b", seconds=60, share=_all_that_is_left(12)) == CallShare(1, 7, 1)
    assert shares.renew("shop", "b", seconds=60, share=_all_that_is_left(12)) == CallShare(1, 7, 1)
    assert shares.renew("other", "c", seconds=60, share=_all_that_is_left(12)) == CallShare(1, 12, 0)


def test_a_share_ends_by_itself_or_when_it_is_given_back(ledger: Ledger) -> None:
    """A process that died blocks nothing for longer than its slice."""
    shares = ledger.call_shares
    shares.renew("shop", "dead", seconds=0.05, share=_all_that_is_left(10))
    shares.renew("shop", "polite", seconds=60, share=_all_that_is_left(0))
    time.sleep(0.06)
    shares.give_back("shop", "polite")
    shares.give_back("shop", "nobody")
    assert shares.renew("shop", "next", seconds=60, share=_all_that_is_left(10)) == CallShare(1, 10, 0)


def test_many_who_ask_at_once_do_not_get_the_same_part_twice(ledger: Ledger) -> None:
    """One at a time decides: of eight who want all that is left, one gets it."""
    got: list[CallShare] = []
    start = threading.Barrier(8)

    def ask(name: str) -> None:
        start.wait()
        got.append(ledger.call_shares.renew("shop", name, seconds=60, share=_all_that_is_left(10)))

    threads = [threading.Thread(target=ask, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.calls_per_second for one in got) == [0.0] * 7 + [10.0]

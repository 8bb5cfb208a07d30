"""Temper: how the other side behaves. Every rate is a share of what could go that way, from 0 to 1."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CALM", "ROUGH", "Temper"]


class Temper(NamedTuple):
    """What goes wrong, and what happens often in a trade that goes right.

    The first group is about messages: what is told is late, told twice, told in another order, told wrong or
    not told at all. The second is about goods: it happens, and is told.
    """

    #: A message comes some turns later than it happened.
    delays: float = 0.0
    #: A message comes again in a later file.
    duplicates: float = 0.0
    #: A file's messages are told back to front.
    reordered: float = 0.0
    #: Something is told that cannot be true beside what was told.
    contradictions: float = 0.0
    #: A message is never told, until the other side is asked to tell all (`speak_up`).
    silence: float = 0.0

    #: The ERP refuses an order, a store declines it.
    refusals: float = 0.0
    #: A piece is not found when it is picked.
    shortages: float = 0.1
    #: The ERP takes pieces out of an order by itself, a line shortened or cancelled; the rest goes on.
    shortened: float = 0.0
    #: An order leaves in two deliveries.
    partial: float = 0.25
    #: A carrier comes in vain first.
    absences: float = 0.1
    #: Nobody collects what is ready in a store.
    uncollected: float = 0.1
    #: Goods come back, to the warehouse or to any store.
    returns: float = 0.2
    #: What comes back is exchanged, not paid back.
    exchanges: float = 0.2


#: Nothing goes wrong with messages.
CALM = Temper()
#: What a bad week looks like.
ROUGH = Temper(
    delays=0.3,
    duplicates=0.2,
    reordered=0.3,
    contradictions=0.05,
    silence=0.05,
    refusals=0.1,
    shortened=0.1,
)

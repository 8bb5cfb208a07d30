"""The ledger itself: one door to everything we already know, brought up to date when it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from .aging import Oldest, oldest
from .agreed import Agreed
from .alerts import Alerts
from .allowances import Allowances
from .audit import Audit
from .backfills import Backfills
from .before import BeforeImages
from .bindings import Bindings
from .call_shares import CallShares
from .claims import Claims
from .database import Database
from .decisions import Decisions
from .files import Files
from .fingerprints import Fingerprints
from .foreign_edits import ForeignEdits
from .latest import Latest
from .leases import LeaseHeld, Leases
from .orders.book import OrderBook
from .orders.deriving import Deriver, LifeRules
from .orders.edits import OrderEdits
from .orders.export_queue import ExportQueue
from .orders.messages import OrderMessages
from .orders.pictures import OrderPictures
from .orders.placed import PlacedOrders
from .orders.reckoning import OrderReckoning
from .orders.register import Orders
from .orders.requests import Requests
from .orders.sweeps import OrderSweeps
from .orders.units import OrderUnits
from .outbox import Outbox
from .parked import Parked
from .parts import Parts
from .peak import Peak
from .plans import Plans
from .presence import Presence
from .quarantine import Quarantine
from .runs import Runs
from .sequences import Sequences
from .stock_claims import StockClaims
from .upgrading import is_catching_up, note_caught_up, require_current, upgrade
from .wanted import Wanted
from .watching import Watching

__all__ = ["Ledger"]

T = TypeVar("T")

#: Longer than it ever takes to work out the orders of years; for a holder that died on another machine.
_CATCHING_UP_SECONDS = 6 * 3600.0


def _unwatched(done: int, total: int) -> None:
    """Nobody looks."""


class Ledger:
    """The ledger: files, sequences, fingerprints, bindings, plans, quarantine, orders, runs, what was wanted.

    Safe to use from several threads and several processes; after a fork, open it anew.
    """

    def __init__(self, database: Database, *, life: LifeRules | None = None) -> None:
        self._database = database
        self.audit = Audit(database)
        self.peak = Peak(database, self.audit)
        self.backfills = Backfills(database, self.audit)
        self.allowances = Allowances(database, self.audit)
        self.runs = Runs(database)
        self.leases = Leases(database)
        self.call_shares = CallShares(database)
        self.files = Files(database)
        self.latest = Latest(database)
        self.sequences = Sequences(database)
        self.fingerprints = Fingerprints(database)
        self.presence = Presence(database)
        self.plans = Plans(database)
        self.agreed = Agreed(database)
        self.parts = Parts(database)
        self.decisions = Decisions(database, self.audit)
        self.bindings = Bindings(database)
        self.quarantine = Quarantine(database)
        deriver = Deriver(database, life or LifeRules())
        self.orders = Orders(database, deriver)
        self.order_book = OrderBook(database, deriver)
        self.order_edits = OrderEdits(database)
        self.order_messages = OrderMessages(database)
        self.order_pictures = OrderPictures(database, deriver)
        self.order_reckoning = OrderReckoning(database, deriver)
        self.order_sweeps = OrderSweeps(database)
        self.order_units = OrderUnits(database)
        self.placed_orders = PlacedOrders(database)
        self.requests = Requests(database)
        self.outbox = Outbox(database, deriver, self.requests)
        self.export_queue = ExportQueue(database)
        self.wanted = Wanted(database)
        self.stock_claims = StockClaims(database)
        self.parked = Parked(database)
        self.claims = Claims(database)
        self.before = BeforeImages(database)
        self.foreign_edits = ForeignEdits(database)
        self.alerts = Alerts(database)
        self.watching = Watching(database)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        migrate: bool = True,
        life: LifeRules | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Open `sqlite:///folder/ledger.db` or `postgresql://user@host/database`; an SQLite file is made.

        `life` is what the retailer decides about lives of orders; without it the defaults hold. The first
        opening after an upgrade works out the orders of the older version: `progress` is told how many of how
        many; when that is cut short, the next opening goes on.
        Raises ConfigError when the address is wrong, when the ledger is newer than this version, or older
        and `migrate` is off; LedgerUnavailable when the database does not answer.
        """
        database = Database(url)
        try:
            if migrate:
                upgrade(database)
            else:
                require_current(database)
        except BaseException:
            database.close()
            raise
        ledger = cls(database, life=life)
        if migrate and is_catching_up(database):
            try:
                ledger._catch_up(progress or _unwatched)
            except BaseException:
                ledger.close()
                raise
        return ledger

    def _catch_up(self, progress: Callable[[int, int], None]) -> None:
        """Work out the orders of an older version; of several processes one does it, the others begin."""
        try:
            with self.leases.take("orders of an older version", ttl=_CATCHING_UP_SECONDS):
                self.order_book.catch_up(progress)
                note_caught_up(self._database)
        except LeaseHeld:
            return

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Make everything written inside the block one transaction, kept whole or dropped.

        `durable` waits for the disk; without it the last moments may be lost with the machine's power
        (never with the process), which is right where losing them costs a repeated absolute write.
        Keep it short and never wait for a network in it: every other writer waits meanwhile.
        """
        with self._database.write(durable=durable):
            yield

    def again(self, work: Callable[[], T]) -> T:
        """Do work that makes transactions of its own; once more when the database's server went away in it.

        Only for work that may be done twice, because nobody knows whether its last transaction was kept.
        """
        return self._database.again(work)

    def oldest(self) -> Oldest:
        """Tell since when there is something of each kind of row that goes when it is old."""
        return oldest(self._database)

    @property
    def name(self) -> str:
        """The ledger's address without its password."""
        return self._database.name

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

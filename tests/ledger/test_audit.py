from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from passerelle.ledger import Ledger, person
from passerelle.ledger.database import Database


class TestAudit:
    def test_a_line_says_who_what_when_and_why(self, ledger: Ledger) -> None:
        """Everything that was given is read back, and without a name the machine's user acted."""
        begun = dt.datetime.now(dt.UTC)
        said = {"by": "phone"}
        ledger.audit.note("alert_acknowledged", "late stock", who="Zoé", after=said, reason="known")
        ledger.audit.note("peak_off", "black-friday")
        second, first = ledger.audit.entries()
        assert (first.who, first.what, first.subject) == ("Zoé", "alert_acknowledged", "late stock")
        assert (first.before, first.after, first.reason) == (None, {"by": "phone"}, "known")
        assert begun <= first.at <= second.at
        assert second.who == person()
        assert "@" in second.who

    @pytest.mark.parametrize("act", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
    def test_the_database_refuses_to_change_it(self, ledger_url: str, act: str) -> None:
        """Rows are only ever added, whoever asks."""
        with Ledger.open(ledger_url) as ledger:
            ledger.audit.note("peak_on", "black-friday", who="Zoé")
        database = Database(ledger_url)
        with pytest.raises(sa.exc.DBAPIError, match="only ever added"), database.write() as connection:
            connection.execute(sa.text(act))
        with database.read() as connection:
            assert connection.execute(sa.text("SELECT who FROM audit")).scalars().all() == ["Zoé"]
        database.close()

    def test_a_long_log_is_walked_newest_first_and_chosen_from(self, ledger: Ledger) -> None:
        """More lines than a page come whole, in order; moment, word, subject and number choose."""
        with ledger.transaction(durable=False):
            for number in range(1203):
                ledger.audit.note("odd" if number % 2 else "even", f"s{number % 3}", who=str(number))
        walked = [int(entry.who) for entry in ledger.audit.entries()]
        assert walked == list(range(1202, -1, -1))
        assert [entry.who for entry in ledger.audit.entries(limit=2)] == ["1202", "1201"]
        assert len(list(ledger.audit.entries(limit=1000))) == 1000
        assert {entry.what for entry in ledger.audit.entries(what=["odd"])} == {"odd"}
        assert len(list(ledger.audit.entries(subject="s0"))) == 401
        middle = next(entry.at for entry in ledger.audit.entries() if entry.who == "600")
        late = [entry.at for entry in ledger.audit.entries(since=middle)]
        assert min(late) >= middle
        assert len(late) + len(list(ledger.audit.entries(until=middle))) == 1203

    def test_what_is_dropped_with_a_transaction_was_never_logged(self, ledger: Ledger) -> None:
        """A decision and its line are one thing."""
        with pytest.raises(RuntimeError, match="half way"), ledger.transaction():  # noqa: PT012 - a block is the point
            ledger.audit.note("peak_on", "black-friday")
            raise RuntimeError("half way")
        assert list(ledger.audit.entries()) == []


class TestConfiguration:
    def test_only_what_differs_is_logged(self, ledger: Ledger) -> None:
        """The first look logs that there is one, the same again nothing, a change the paths that differ."""
        audit = ledger.audit
        audit.note_config("mapping stock", "d1", {"guard.floor": 10, "folder": "out", "old": 1})
        assert audit.note_config("mapping stock", "d1", {"folder": "whatever"}) is None
        changed = audit.note_config(
            "mapping stock", "d2", {"guard.floor": 20, "folder": "out", "new": [1, 2]}, by="Zoé"
        )
        assert changed is not None
        assert changed.before == {"guard.floor": 10, "old": 1}
        assert changed.after == {"guard.floor": 20, "new": [1, 2]}
        assert [entry.what for entry in audit.entries()] == ["config_changed", "config_first_seen"]
        assert audit.config_seen("mapping stock") == "d2"
        assert audit.config_seen("mapping prices") is None


class TestDecisions:
    def test_every_decision_about_a_plan_is_logged_once(self, ledger: Ledger) -> None:
        """Approved, carried out, refused, an undo: who decided and why; who came too late is not logged."""
        for name, origin in (("r1", "run"), ("r2", "undo"), ("r3", "drift")):
            ledger.decisions.store(
                name,
                feed="stock",
                origin=origin,  # type: ignore[arg-type]  # one of three literals
                digest=f"{name}abcdef",
                facts={"undoes": "r0"} if origin == "undo" else {"guard": ["90 % go to zero"]},
            )
        one, two, three = (plan.id for plan in reversed(ledger.decisions.last()))
        ledger.decisions.decide(one, "approved", by="Zoé", reason="sale is over")
        assert ledger.decisions.decide(one, "approved", by="Max") is None
        ledger.decisions.close(one)
        ledger.decisions.decide(two, "approved", by="Zoé")
        ledger.decisions.decide(three, "refused", by="Max", reason="no")
        logged = list(ledger.audit.entries())[::-1]
        assert [(entry.what, entry.subject, entry.who) for entry in logged] == [
            ("plan_approved", f"plan {one}", "Zoé"),
            ("plan_carried_out", f"plan {one}", "Zoé"),
            ("undo_approved", f"plan {two}", "Zoé"),
            ("plan_refused", f"plan {three}", "Max"),
        ]
        assert logged[0].reason == "sale is over"
        assert logged[0].after["guard"] == ["90 % go to zero"]
        assert logged[2].after["undoes"] == "r0"

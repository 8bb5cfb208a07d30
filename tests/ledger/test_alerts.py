from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from passerelle.errors import ConfigError
from passerelle.ledger import Finding, Ledger

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
KINDS = ("late_file", "drift")


def late(feed: str = "stock", *, count: int = 1, severity: str = "warning") -> Finding:
    """A feed that is late."""
    return Finding(kind="late_file", feed=feed, severity=severity, count=count, since=NOW, facts={"n": count})  # type: ignore[arg-type]  # the tests name severities as text


def test_an_alert_is_one_row_until_its_cause_is_gone(ledger: Ledger) -> None:
    """Seen again it is the same alert with its newest facts; not seen any more it is closed."""
    first = ledger.alerts.note([late()], NOW, looked_for=KINDS)
    again = ledger.alerts.note([late(count=3)], LATER, looked_for=KINDS)
    assert [one.feed for one in first.opened] == ["stock"]
    assert (again.opened, again.closed) == ([], [])
    [only] = again.open
    assert (only.id, only.count, only.facts, only.opened_at) == (first.opened[0].id, 3, {"n": 3}, NOW)
    gone = ledger.alerts.note([], LATER, looked_for=KINDS)
    assert [(one.id, one.closed_at) for one in gone.closed] == [(only.id, LATER)]
    assert ledger.alerts.open() == []


def test_what_was_not_looked_for_stays_open(ledger: Ledger) -> None:
    """A rule that could not be asked says nothing: its alerts are not over."""
    ledger.alerts.note([late()], NOW, looked_for=KINDS)
    ledger.alerts.note([], LATER, looked_for=("drift",))
    assert len(ledger.alerts.open()) == 1


def test_what_comes_back_soon_is_the_same_alert(ledger: Ledger) -> None:
    """A cause that flickers is one alert; after a while it is a new one."""
    number = ledger.alerts.note([late()], NOW, looked_for=KINDS).opened[0].id
    ledger.alerts.note([], LATER, looked_for=KINDS)
    soon = timedelta(minutes=30)
    back = ledger.alerts.note([late()], LATER + soon / 2, looked_for=KINDS, again_within=soon)
    assert [(one.id, one.closed_at) for one in back.opened] == [(number, None)]
    ledger.alerts.note([], LATER + soon / 2, looked_for=KINDS)
    much_later = ledger.alerts.note([late()], LATER + 3 * soon, looked_for=KINDS, again_within=soon)
    assert much_later.opened[0].id != number


def test_a_channel_is_told_each_state_once(ledger: Ledger) -> None:
    """What a channel knows of an alert is the last state it was told; a closed one is over for it."""
    number = ledger.alerts.note([late()], NOW, looked_for=KINDS).opened[0].id

    def tell(channel: str) -> list[tuple[str | None, str]]:
        told = ledger.alerts.told(channel)
        news = [one for one in told if one.state != one.alert.state]
        message = ledger.alerts.messages.begin(channel, "k", severity="warning", subject="s", now=NOW)
        ledger.alerts.messages.sent(message, {one.alert.id: one.alert.state for one in news})
        return [(one.state, one.alert.state) for one in news]

    assert tell("ops") == [(None, "open warning 0")]
    assert tell("ops") == []
    ledger.alerts.note([late(count=25, severity="critical")], LATER, looked_for=KINDS)
    assert tell("ops") == [("open warning 0", "open critical 1")]
    ledger.alerts.note([], LATER, looked_for=KINDS)
    assert tell("ops") == [("open critical 1", "closed")]
    assert ledger.alerts.told("ops") == []
    # Whoever never heard of it hears nothing of its end.
    assert ledger.alerts.told("others") == []
    assert ledger.alerts.named(number).closed_at == LATER


def test_a_message_that_did_not_leave_is_tried_again_as_the_same_one(ledger: Ledger) -> None:
    """The key says what it tells; a success drops what failed before it."""
    messages = ledger.alerts.messages
    first = messages.begin("ops", "a", severity="warning", subject="1 late file", now=NOW)
    messages.failed(first, "refused", next_try_at=LATER)
    assert [(one.state, one.error, one.tries) for one in messages.unsent("ops")] == [("failed", "refused", 1)]
    again = messages.begin("ops", "a", severity="warning", subject="1 late file", now=LATER)
    assert (again.id, again.tries, again.state) == (first.id, 2, "trying")
    other = messages.begin("ops", "b", severity="warning", subject="2 late files", now=LATER)
    messages.sent(other, {})
    assert messages.unsent("ops") == []
    sent = messages.last_sent("ops", "warning")
    assert sent is not None
    assert sent.id == other.id


def test_a_person_looks_after_an_open_alert(ledger: Ledger) -> None:
    """Who and why is kept; what is over needs nobody."""
    number = ledger.alerts.note([late()], NOW, looked_for=KINDS).opened[0].id
    taken = ledger.alerts.acknowledge(number, by="anna", why="asked the ERP", now=LATER)
    assert (taken.acknowledged_by, taken.acknowledged_why, taken.acknowledged_at) == (
        "anna",
        "asked the ERP",
        LATER,
    )
    ledger.alerts.note([], LATER, looked_for=KINDS)
    with pytest.raises(ConfigError, match="over since"):
        ledger.alerts.acknowledge(number, by="anna", why="", now=LATER)
    with pytest.raises(ConfigError, match="no alert 99"):
        ledger.alerts.acknowledge(99, by="anna", why="", now=LATER)


def test_what_is_long_over_goes(ledger: Ledger) -> None:
    """Closed alerts go with what was told of them; open ones stay."""
    ledger.alerts.note([late("stock"), late("prices")], NOW, looked_for=KINDS)
    message = ledger.alerts.messages.begin("ops", "k", severity="warning", subject="s", now=NOW)
    ledger.alerts.messages.sent(message, {one.id: one.state for one in ledger.alerts.open()})
    ledger.alerts.note([late("prices")], LATER, looked_for=KINDS)
    assert ledger.alerts.drop_closed(NOW) == 0
    assert ledger.alerts.drop_closed(LATER + timedelta(days=1)) == 1
    assert [one.feed for one in ledger.alerts.last()] == ["prices"]

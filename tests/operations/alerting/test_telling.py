"""Who is told what, when, and once: windows, quiet hours, back-off, languages, what a channel asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import Response

from passerelle.ledger import Finding, Ledger
from passerelle.operations.alerting import (
    KINDS,
    AlertSettings,
    Channel,
    Delivery,
    Digest,
    MailChannel,
    QuietHours,
    Undelivered,
    WebhookSettings,
    channels_of,
    is_quiet,
    tell,
    trial_digest,
    try_channels,
)
from tests.sync.desk import open_ledger

from .ears import SECRETS, Ears

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of its own."""
    with open_ledger(tmp_path / "ledger.db") as opened:
        yield opened


def late(feed: str, severity: str = "warning", **more: Any) -> Finding:
    """A feed that is late since an hour ago."""
    since = NOW - timedelta(hours=1)
    return Finding(kind="late_file", feed=feed, severity=severity, since=since, **more)  # type: ignore[arg-type]  # the tests name severities as text


def note(ledger: Ledger, *findings: Finding, at: datetime = NOW) -> None:
    """A look finds these."""
    ledger.alerts.note(findings, at, looked_for=KINDS)


def states(deliveries: list[Delivery]) -> list[tuple[str, str]]:
    """What became of each message."""
    return [(one.channel, one.state) for one in deliveries]


def subjects(ears: Ears) -> list[str]:
    """What the address was told, in order."""
    return [body["subject"] for _, body in ears.posts]


def hooked(ears: Ears, **changes: Any) -> AlertSettings:
    """Settings with the address alone."""
    return ears.settings(mail={}, **changes)


def test_what_is_not_critical_is_gathered_into_one_message(ledger: Ledger, ears: Ears) -> None:
    """Three feeds turn late within minutes: one message, when the first of them waited for a window."""
    settings = hooked(ears, window=900)
    note(ledger, late("stock"))
    assert tell(ledger, settings, NOW) == []
    note(ledger, late("stock"), late("prices-fr"), late("prices-be"), at=NOW + 5 * MINUTE)
    assert tell(ledger, settings, NOW + 14 * MINUTE) == []
    assert states(tell(ledger, settings, NOW + 15 * MINUTE)) == [("machine", "sent")]
    assert subjects(ears) == ["3 late files"]
    # The next message waits for its own window, however long the news are there.
    note(ledger, late("stock"), late("prices-fr"), at=NOW + 16 * MINUTE)
    assert tell(ledger, settings, NOW + 29 * MINUTE) == []
    assert states(tell(ledger, settings, NOW + 31 * MINUTE)) == [("machine", "sent")]
    assert subjects(ears) == ["3 late files", "Over: 1 late file"]


def test_what_is_over_before_anybody_heard_of_it_is_not_told(ledger: Ledger, ears: Ears) -> None:
    """Nobody is woken for what mended itself within the window."""
    settings = hooked(ears, window=900)
    note(ledger, late("stock"))
    note(ledger, at=NOW + 5 * MINUTE)
    assert tell(ledger, settings, NOW + 60 * MINUTE) == []
    assert ears.posts == []


def test_critical_alerts_are_told_at_once_in_one_message(ledger: Ledger, ears: Ears) -> None:
    """The worst first, in the subject and in the list; what is not critical waits."""
    settings = hooked(ears, window=900)
    stopped = Finding(kind="guard_stop", feed="prices-fr", severity="critical", since=NOW)
    note(ledger, late("stock", "critical"), late("orders", "critical"), late("products-fr"), stopped)
    assert states(tell(ledger, settings, NOW)) == [("machine", "sent")]
    assert subjects(ears) == ["1 stopped by the guard, 2 late files"]
    assert [one["feed"] for one in ears.posts[0][1]["alerts"]] == ["prices-fr", "stock", "orders"]
    assert tell(ledger, settings, NOW + MINUTE) == []


def test_quiet_hours_let_only_critical_alerts_pass(ledger: Ledger, ears: Ears) -> None:
    """The rest is told when the night is over, by the clock of the people who sleep."""
    settings = hooked(ears, quiet=QuietHours(begin="22:00", end="06:30"))
    night = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    note(ledger, late("products-fr"), late("stock", "critical"), at=night)
    tell(ledger, settings, night)
    assert subjects(ears) == ["1 late file"]
    assert ears.posts[0][1]["alerts"][0]["feed"] == "stock"
    assert tell(ledger, settings, datetime(2026, 11, 23, 5, 29, tzinfo=UTC)) == []
    tell(ledger, settings, datetime(2026, 11, 23, 5, 30, tzinfo=UTC))
    assert ears.posts[1][1]["alerts"][0]["feed"] == "products-fr"


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        # The clock goes back at 03:00 on 2026-10-25 and forward at 02:00 on 2026-03-29, in Paris.
        ("2026-10-25T04:29:00+00:00", True),
        ("2026-10-25T05:30:00+00:00", False),
        ("2026-03-29T04:29:00+00:00", True),
        ("2026-03-29T04:30:00+00:00", False),
        ("2026-07-01T20:00:00+00:00", True),
        ("2026-07-01T19:59:00+00:00", False),
    ],
)
def test_quiet_hours_follow_the_clock(moment: str, *, quiet: bool) -> None:
    """22:00 to 06:30 is that in summer and in winter, and in the nights between."""
    hours = QuietHours(begin="22:00", end="06:30")
    assert is_quiet(hours, datetime.fromisoformat(moment)) is quiet


def test_a_message_that_is_not_taken_is_tried_again_later(ledger: Ledger, ears: Ears) -> None:
    """After a minute, two, four …; the same message, and one only in the end."""
    settings = hooked(ears)
    note(ledger, late("stock", "critical"))
    ears.answers += [Response(status_code=500), Response(status_code=500)]
    [failed] = tell(ledger, settings, NOW)
    assert (failed.state, failed.note) == ("failed", "the address answered HTTP 500")
    assert states(tell(ledger, settings, NOW + MINUTE / 2)) == [("machine", "waiting")]
    assert states(tell(ledger, settings, NOW + MINUTE)) == [("machine", "failed")]
    assert states(tell(ledger, settings, NOW + 2 * MINUTE)) == [("machine", "waiting")]
    assert states(tell(ledger, settings, NOW + 3 * MINUTE)) == [("machine", "sent")]
    assert tell(ledger, settings, NOW + 4 * MINUTE) == []
    assert len(ears.posts) == 1
    [message] = ledger.alerts.messages.last()
    assert (message.state, message.tries) == ("sent", 3)


def test_the_other_sides_own_hint_is_kept(ledger: Ledger, ears: Ears) -> None:
    """An address that is too busy says when to come back."""
    settings = hooked(ears)
    note(ledger, late("stock", "critical"))
    ears.answers.append(Response(status_code=429, headers={"Retry-After": "600"}))
    tell(ledger, settings, NOW)
    assert states(tell(ledger, settings, NOW + 9 * MINUTE)) == [("machine", "waiting")]
    assert states(tell(ledger, settings, NOW + 10 * MINUTE)) == [("machine", "sent")]


def test_what_is_new_does_not_wait_for_what_failed(ledger: Ledger, ears: Ears) -> None:
    """Another alert is another message: it goes at once, with everything that is not known yet."""
    settings = hooked(ears)
    note(ledger, late("stock", "critical"))
    ears.answers.append(Response(status_code=503))
    tell(ledger, settings, NOW)
    note(ledger, late("stock", "critical"), late("orders", "critical"))
    assert states(tell(ledger, settings, NOW + MINUTE / 2)) == [("machine", "sent")]
    assert subjects(ears) == ["2 late files"]
    assert ledger.alerts.messages.unsent() == []


class Dying:
    """A channel whose process dies when the message has left."""

    def __init__(self, channel: Channel) -> None:
        self.name, self.settings, self._channel = channel.name, channel.settings, channel

    def send(self, digest: Digest) -> str:
        """Send, and die."""
        self._channel.send(digest)
        raise KeyboardInterrupt


def test_a_process_that_died_while_sending_repeats_the_same_message(ledger: Ledger, ears: Ears) -> None:
    """Nobody knows whether it left: it goes once more under the key by which the other side knows it."""
    settings = hooked(ears)
    note(ledger, late("stock", "critical"))
    with pytest.raises(KeyboardInterrupt):
        tell(ledger, settings, NOW, [Dying(one) for one in channels_of(settings)])
    assert [one.state for one in ledger.alerts.messages.unsent()] == ["trying"]
    assert states(tell(ledger, settings, NOW + MINUTE)) == [("machine", "sent")]
    assert len({headers["idempotency-key"] for headers, _ in ears.posts}) == 1
    assert tell(ledger, settings, NOW + 2 * MINUTE) == []
    assert len(ears.posts) == 2


def test_it_is_told_again_when_it_becomes_worse(ledger: Ledger, ears: Ears) -> None:
    """More severe, or ten times as many; a little more, or less, is the same."""
    settings = hooked(ears)
    note(ledger, late("stock", count=2))
    tell(ledger, settings, NOW)
    note(ledger, late("stock", count=9))
    assert tell(ledger, settings, NOW + MINUTE) == []
    note(ledger, late("stock", count=20))
    tell(ledger, settings, NOW + 2 * MINUTE)
    note(ledger, late("stock", count=3))
    assert tell(ledger, settings, NOW + 3 * MINUTE) == []
    note(ledger, late("stock", "critical", count=3))
    tell(ledger, settings, NOW + 4 * MINUTE)
    assert [body["alerts"][0]["change"] for _, body in ears.posts] == ["opened", "worse", "worse"]


def test_who_looks_after_it_is_not_told_that_it_grows(ledger: Ledger, ears: Ears) -> None:
    """A person has it; only when it becomes critical the others hear of it again."""
    settings = hooked(ears)
    note(ledger, late("stock", count=2))
    tell(ledger, settings, NOW)
    [alert] = ledger.alerts.open()
    ledger.alerts.acknowledge(alert.id, by="anna", why="asked the ERP", now=NOW)
    note(ledger, late("stock", count=50))
    assert tell(ledger, settings, NOW + MINUTE) == []
    note(ledger, late("stock", "critical", count=50))
    tell(ledger, settings, NOW + 2 * MINUTE)
    assert ears.posts[1][1]["alerts"][0]["acknowledged_by"] == "anna"


def test_each_channel_hears_what_it_asked_for_in_its_language(ledger: Ledger, ears: Ears) -> None:
    """The team of prices, people who speak French, those who are woken for critical alerts only."""
    settings = ears.settings(
        mail={"direction": ears.mail(language="fr", to=("direction@shop.example",))},
        webhooks={
            "prices": ears.hook("json", feeds=("prices-fr",)),
            "night": ears.hook("json", critical_only=True),
        },
    )
    note(ledger, late("stock"), late("prices-fr"))
    assert states(tell(ledger, settings, NOW)) == [("direction", "sent"), ("prices", "sent")]
    [mail] = ears.mails
    assert (mail["Subject"], mail["Content-Language"]) == ("[Passerelle] 2 fichiers en retard", "fr")
    assert [one["feed"] for one in ears.posts[0][1]["alerts"]] == ["prices-fr"]


def test_one_channel_that_fails_does_not_keep_the_others_from_hearing(ledger: Ledger, ears: Ears) -> None:
    """The mail server is down; the address is told."""
    settings = ears.settings(mail={"ops": ears.mail(port=9, timeout=2)})
    note(ledger, late("stock", "critical"))
    assert states(tell(ledger, settings, NOW)) == [("ops", "failed"), ("machine", "sent")]
    assert states(tell(ledger, ears.settings(), NOW + 2 * MINUTE)) == [("ops", "sent")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "does not take the password (535)"),
        ({"ca_file": None}, "certificate verify failed"),
        ({"security": "none", "username": "", "password": None}, "530"),
    ],
)
def test_a_mail_that_is_not_taken_says_why_without_the_secret(
    ears: Ears, changes: dict[str, Any], said: str
) -> None:
    """A wrong password, a server that nobody trusts, one that wants encryption."""
    settings = ears.settings(mail={"ops": ears.mail(**changes)})
    digest = trial_digest("en", settings, NOW)
    with pytest.raises(Undelivered) as caught:
        MailChannel("ops", settings.mail["ops"]).send(digest)
    assert said in str(caught.value)
    assert not [secret for secret in (*SECRETS, "wrong") if secret in str(caught.value)]
    assert ears.raw == []


def test_a_server_that_refuses_is_quoted(ledger: Ledger, ears: Ears) -> None:
    """Its words are one line, and the message is tried again."""
    ears.mail_answers.append("451 come back\tlater")
    note(ledger, late("stock", "critical"))
    [failed] = tell(ledger, ears.settings(webhooks={}), NOW)
    assert failed.note == "the mail server said 451 come back later"


def test_a_trial_reaches_every_channel_and_is_not_written_down(ledger: Ledger, ears: Ears) -> None:
    """It says that nothing is wrong, so that nobody is frightened."""
    settings = ears.settings(webhooks={"slack": ears.hook("slack"), "teams": ears.hook("teams")})
    tried = try_channels(settings, NOW, channels_of(settings))
    assert [(one.channel, one.state) for one in tried] == [
        ("ops", "sent"),
        ("slack", "sent"),
        ("teams", "sent"),
    ]
    assert "nothing is wrong" in ears.mails[0]["Subject"]
    assert ledger.alerts.messages.last() == []


def test_secrets_are_not_shown_with_settings(ears: Ears) -> None:
    """A settings object in a log shows neither password nor address."""
    shown = repr(ears.settings())
    assert not [secret for secret in SECRETS if secret in shown]


class Memory:
    """A channel that keeps what it was told of each alert, and does not answer while `silent`."""

    name = "memory"
    settings = WebhookSettings(format="json", url=SecretStr("https://hooks.example/"))

    def __init__(self) -> None:
        self.told: dict[int, list[str]] = {}
        self.silent = False

    def send(self, digest: Digest) -> str:
        """Take the message, or not."""
        if self.silent:
            raise Undelivered("silent")
        for line in digest.lines:
            self.told.setdefault(line.alert.id, []).append(line.alert.state)
        return ""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    looks=st.lists(
        st.tuples(
            st.dictionaries(
                st.sampled_from(["stock", "prices", "orders"]),
                st.tuples(st.sampled_from(["warning", "critical"]), st.integers(1, 200)),
            ),
            st.integers(1, 40),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_happens_each_state_is_told_once_and_the_end_is_known(
    looks: list[tuple[dict[str, tuple[str, int]], int, bool]], tmp_path: Path
) -> None:
    """Causes come and go, grow and shrink, the channel answers or not: never twice, and all in the end."""
    memory, now = Memory(), NOW
    wishes = AlertSettings(window=600, again_within=600)
    path = tmp_path / f"{uuid4().hex}.db"
    with open_ledger(path) as ledger:
        for causes, minutes, memory.silent in looks:
            now += minutes * MINUTE
            note(ledger, *(late(feed, one, count=count) for feed, (one, count) in causes.items()), at=now)
            tell(ledger, wishes, now, [memory])
        memory.silent = False
        for _ in range(4):
            now += 60 * MINUTE
            tell(ledger, wishes, now, [memory])
        open_now = {one.id for one in ledger.alerts.open()}
    for states_told in memory.told.values():
        assert all(one != other for one, other in pairwise(states_told))
        assert states_told[0] != "closed"
    known = {number for number, told in memory.told.items() if told[-1] != "closed"}
    assert known == open_now

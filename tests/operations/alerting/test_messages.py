"""What is sent: words in both languages, text of others that acts nowhere, headers with one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from passerelle.errors import ConfigError
from passerelle.ledger import Alert
from passerelle.operations.alerting import (
    KINDS,
    WORDS,
    AlertSettings,
    Digest,
    MailSettings,
    News,
    WebhookSettings,
    digest_of,
    json_of,
    mail_of,
    slack_of,
    speak,
    teams_of,
)
from passerelle.operations.alerting.speaking import one_line

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SETTINGS = AlertSettings(runbook_url="https://wiki.example/runbook")
MAIL = MailSettings(host="127.0.0.1", security="none", sender="a@shop.example", to=("b@shop.example",))
HOSTILE = (
    "<img src=x onerror=alert(1)> & <!channel> [link](https://evil.example) *b*\r\nBcc: all@evil.example"
)


def alert(kind: str = "guard_stop", text: str = "", **more: Any) -> Alert:
    """An alert about a feed, with what others wrote."""
    facts = {"message": text, "file": text, "files": [text], "who": text, "orders": [text], "note": text}
    fields = {"id": 7, "feed": "stock", "severity": "critical", "count": 3, "opened_at": NOW, "seen_at": NOW}
    return Alert(kind=kind, since=NOW, facts=facts, **{**fields, **more})


def digest(*alerts: Alert, lang: str = "en") -> Digest:
    """One message about them."""
    news = [News(one, "closed" if one.closed_at else "opened") for one in alerts]
    return digest_of(news, "critical", lang, SETTINGS, NOW)  # type: ignore[arg-type]  # the tests name languages as text


class Page(HTMLParser):
    """Collects the tags, addresses and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and where it leads."""
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_effect_and_advice_in_both_languages(kind: str) -> None:
    """No text is missing, none is the same in both, none has a gap where a fact should stand."""
    said = [speak(alert(kind, "text"), lang, SETTINGS.time_zone) for lang in ("en", "fr")]
    for one in said:
        assert all(part and "{" not in part for part in one)
    assert said[0].what != said[1].what
    assert said[0].advice != said[1].advice
    words = WORDS[kind]  # type: ignore[index]  # one of KINDS
    assert words.one[0] != words.one[1]


def test_the_subject_says_the_worst_first_and_counts() -> None:
    """What is over comes last."""
    over = alert("drift", severity="warning", closed_at=NOW)
    late = [alert("late_file", id=number, feed=f"f{number}") for number in range(3)]
    told = digest(over, *late, alert("guard_stop", id=9))
    assert told.subject == "1 stopped by the guard, 3 late files; over: 1 feed that drifted"
    assert digest(over, *late, lang="fr").subject == "3 fichiers en retard; terminé : 1 flux avec des écarts"


def test_the_same_news_have_the_same_key() -> None:
    """A repetition is known as one; another state is another message."""
    assert digest(alert(), alert("drift", id=8)).key == digest(alert("drift", id=8), alert()).key
    assert digest(alert()).key != digest(alert(closed_at=NOW)).key


def test_text_of_others_acts_in_no_format() -> None:
    """No tag, no link, no call of people, no second header; what it says can still be read."""
    told = digest(alert(text=HOSTILE))
    mail = mail_of(told, MAIL)
    page = mail.get_body(("html",))
    assert page is not None
    shown = Page(page.get_content())
    assert shown.tags <= {"html", "head", "meta", "title", "body", "h1", "h2", "div", "p", "b", "a"}
    assert shown.links == ["https://wiki.example/runbook/guard-stop.md"]
    assert "<img src=x" in shown.text
    assert mail["Bcc"] is None
    slack = slack_of(told)
    marked = [part for part in _parts(slack["blocks"]) if part.get("type") == "mrkdwn"]
    assert [one["text"] for one in marked] == [
        "<https://wiki.example/runbook/guard-stop.md|First five minutes>"
    ]
    assert "<!channel>" not in slack["text"]
    teams = teams_of(told)["attachments"][0]["content"]
    assert not [part for part in _parts(teams) if part.get("type") == "TextBlock"]
    assert [part["url"] for part in _parts(teams) if "url" in part] == [
        "https://wiki.example/runbook/guard-stop.md"
    ]
    assert json.loads(json.dumps(json_of(told)))["alerts"][0]["facts"]["message"] == HOSTILE


@given(st.text(max_size=400))
def test_a_mail_is_whole_whatever_others_wrote(text: str) -> None:
    """It is read back with the headers that we wrote, each one line, and the same subject."""
    mail = mail_of(digest(alert("run_failed", text)), MAIL)
    back = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert back["Subject"] == "[Passerelle] CRITICAL: 1 feed that fails"
    assert back["To"] == "b@shop.example"
    assert set(back.keys()) == set(mail.keys())
    assert [part.get_content_type() for part in back.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@given(st.text(max_size=400))
def test_text_of_others_is_one_line_without_control_characters(text: str) -> None:
    """No line break of any script, no mark that turns the direction of writing."""
    line = one_line(text)
    assert len(line) <= 300
    assert line.splitlines() in ([], [line])
    assert not set(line) & set("\u202e\u2066\u200f\x00\x1b\u2028")


def test_formats_keep_to_what_the_services_take() -> None:
    """Slack: 50 blocks, 150 characters of a header, 3,000 of a text. What does not fit is counted."""
    told = digest(*(alert("run_failed", "x" * 900, id=number, feed=f"f{number}") for number in range(60)))
    assert (len(told.lines), told.more) == (40, 20)
    slack = slack_of(told)
    assert len(slack["blocks"]) <= 50
    assert all(len(part["text"]) <= 3000 for part in _parts(slack) if isinstance(part.get("text"), str))
    assert "and 50 more" in str(slack["blocks"][-1])
    assert len(json.dumps(teams_of(told))) < 28_000
    assert "and 20 more" in str(mail_of(told, MAIL).get_body(("plain",)))


def _parts(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [part for one in node for part in _parts(one)]
    if not isinstance(node, dict):
        return []
    return [node, *(part for one in node.values() for part in _parts(one))]


# Settings.


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"security": "none", "host": "mail.example"}, "use starttls or tls"),
        ({"sender": "a@shop.example\r\nBcc: x@evil.example"}, "one mail address"),
        ({"to": ("a@b.example, c@d.example",)}, "one mail address"),
        ({"to": ()}, "at least 1"),
        ({"username": "u"}, "username and password"),
    ],
)
def test_mail_settings_that_would_harm_are_refused(given_: dict[str, Any], said: str) -> None:
    """No mail in the clear, no second header, nobody forgotten."""
    with pytest.raises(ValidationError, match=said):
        MailSettings(**{**MAIL.model_dump(), **given_})


@pytest.mark.parametrize("url", ["http://hooks.example/x", "ftp://hooks.example", "hooks.example"])
def test_an_address_that_is_not_encrypted_is_refused(url: str) -> None:
    """What is told of a shop does not travel in the clear; the address itself is not repeated."""
    with pytest.raises(ValidationError) as caught:
        WebhookSettings(format="json", url=SecretStr(url))
    assert "expected" in str(caught.value) or "https" in str(caught.value)


def test_a_wrong_variable_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the environment."""
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__OPS__FORMAT", "slack")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__OPS__URL", "http://hooks.example/secret-4711")
    with pytest.raises(ConfigError, match="PASSERELLE_ALERTS__WEBHOOKS__OPS") as caught:
        AlertSettings.load()
    assert "secret-4711" not in str(caught.value)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Passwords of mail servers and addresses of webhooks, as every other secret."""
    path = tmp_path / "address"
    path.write_text("https://hooks.example/secret-4711\n")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__OPS__FORMAT", "slack")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__OPS__URL_FILE", str(path))
    hook = AlertSettings.load().webhooks["ops"]
    assert hook.url.get_secret_value() == "https://hooks.example/secret-4711"


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels by name, limits of a feed over the common ones, severities."""
    for name, value in {
        "MAIL__OPS__HOST": "mail.example",
        "MAIL__OPS__SENDER": "passerelle@shop.example",
        "MAIL__OPS__TO": '["ops@shop.example"]',
        "LIMITS__REJECTS": "10",
        "FEEDS__PRICES_FR__REJECT_SHARE": "0.1",
        "SEVERITIES": '{"drift": "critical"}',
        "QUIET__BEGIN": "22:00",
        "QUIET__END": "06:30",
    }.items():
        monkeypatch.setenv(f"PASSERELLE_ALERTS__{name}", value)
    settings = AlertSettings.load()
    assert (settings.mail["ops"].port, settings.mail["ops"].security) == (587, "starttls")
    assert settings.limits_of("stock").reject_share == 0.02
    own = settings.limits_of("prices-fr")
    assert (own.reject_share, own.rejects) == (0.1, 10)
    assert settings.severities == {"drift": "critical"}
    assert settings.quiet is not None

"""Webhooks: messages as Slack blocks, as a Teams card, or as plain JSON, posted to an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import httpx
import orjson

from .channels import Undelivered
from .digest import Digest, Line
from .settings import WebhookSettings
from .words import say

__all__ = ["WebhookChannel", "json_of", "slack_of", "teams_of"]

Json = dict[str, Any]

#: Slack takes 50 blocks and 150 characters of a header; Teams takes 28 KB.
_SLACK_LINES = 10
_SLACK_HEADER = 150
_TEAMS_LINES = 12
_MARKS = {"critical": "🔴", "warning": "🟠", "closed": "🟢"}
_COLOURS = {"critical": "attention", "warning": "warning", "closed": "good"}
_LONGEST_WAIT = 3600.0


class WebhookChannel:
    """Posts to one address."""

    def __init__(self, name: str, settings: WebhookSettings) -> None:
        self.name = name
        self.settings = settings

    def send(self, digest: Digest) -> str:
        """Post; raises Undelivered, which never names the address: who knows it may write there."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": digest.key}
        if self.settings.token is not None:
            headers["Authorization"] = f"Bearer {self.settings.token.get_secret_value()}"
        body = orjson.dumps(_FORMATS[self.settings.format](digest))
        try:
            with httpx.Client(timeout=self.settings.timeout, follow_redirects=False) as client:
                answer = client.post(self.settings.url.get_secret_value(), content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Undelivered(f"the address cannot be reached: {type(error).__name__}") from None
        if answer.is_success:
            return ""
        raise Undelivered(
            f"the address answered HTTP {answer.status_code}", retry_after=_seconds(answer.headers)
        )


def slack_of(digest: Digest) -> Json:
    """Write Slack blocks; what others wrote is plain text, so that nothing in it links or calls people."""
    lang = digest.language
    blocks: list[Json] = [{"type": "header", "text": _plain(digest.subject, _SLACK_HEADER)}]
    for line in digest.lines[:_SLACK_LINES]:
        blocks.append(_section(f"{_mark(line)} {line.spoken.what}\n{line.since} (#{line.alert.id})"))
        if line.change != "closed":
            effect, advice = line.spoken.effect, line.spoken.advice
            blocks.append(_section(f"{say('effect', lang)} {effect}\n{say('advice', lang)} {advice}"))
            blocks.append({"type": "context", "elements": [_slack_page(line, lang)]})
    blocks.append({"type": "context", "elements": [_plain(_closing(digest, _SLACK_LINES))]})
    return {"text": _escaped(f"[{digest.name}] {digest.subject}"), "blocks": blocks}


def teams_of(digest: Digest) -> Json:
    """Write a message with an adaptive card; text runs are shown as they are, without Markdown."""
    lang = digest.language
    body: list[Json] = [_run(f"[{digest.name}] {digest.subject}", weight="bolder", size="medium")]
    actions: list[Json] = []
    for line in digest.lines[:_TEAMS_LINES]:
        colour = _COLOURS["closed" if line.change == "closed" else line.alert.severity]
        items = [
            _run(f"{_mark(line)} {line.spoken.what}", weight="bolder", color=colour),
            _run(f"{line.since} (#{line.alert.id})", isSubtle=True),
        ]
        if line.change != "closed":
            items.append(_run(f"{say('effect', lang)} {line.spoken.effect}"))
            items.append(_run(f"{say('advice', lang)} {line.spoken.advice}"))
            if _is_link(line.page):
                actions.append(
                    {
                        "type": "Action.OpenUrl",
                        "title": f"#{line.alert.id} {say('runbook', lang)}",
                        "url": line.page,
                    }
                )
            else:
                items.append(_run(f"{say('page', lang)} {line.page}"))
        body.append({"type": "Container", "separator": True, "items": items})
    body.append(_run(_closing(digest, _TEAMS_LINES), isSubtle=True))
    card: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": lang,
        "body": body,
        "actions": actions[:6],
        "msteams": {"width": "Full"},
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def json_of(digest: Digest) -> Json:
    """Write everything as JSON for machines; `version` says by which words."""
    return {
        "version": 1,
        "key": digest.key,
        "name": digest.name,
        "language": digest.language,
        "severity": digest.severity,
        "subject": digest.subject,
        "made_at": digest.made_at.isoformat(),
        "more": digest.more,
        "alerts": [_json_line(line) for line in digest.lines],
    }


_FORMATS: dict[Literal["slack", "teams", "json"], Callable[[Digest], Json]] = {
    "slack": slack_of,
    "teams": teams_of,
    "json": json_of,
}


def _json_line(line: Line) -> Json:
    alert = line.alert
    return {
        "id": alert.id,
        "change": line.change,
        "kind": alert.kind,
        "feed": alert.feed,
        "subject": alert.subject,
        "severity": alert.severity,
        "count": alert.count,
        "since": alert.since.isoformat(),
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": None if alert.closed_at is None else alert.closed_at.isoformat(),
        "acknowledged_by": alert.acknowledged_by,
        "what": line.spoken.what,
        "effect": line.spoken.effect,
        "advice": line.spoken.advice,
        "runbook": line.page,
        "facts": alert.facts,
    }


def _mark(line: Line) -> str:
    return _MARKS["closed" if line.change == "closed" else line.alert.severity]


def _plain(text: str, longest: int = 2900) -> Json:
    return {"type": "plain_text", "text": text[:longest], "emoji": False}


def _section(text: str) -> Json:
    return {"type": "section", "text": _plain(text)}


def _slack_page(line: Line, lang: Literal["en", "fr"]) -> Json:
    said = say("runbook", lang)
    if not _is_link(line.page):
        return _plain(f"{say('page', lang)} {line.page}")
    return {"type": "mrkdwn", "text": f"<{_escaped(line.page)}|{said}>"}


def _escaped(text: str) -> str:
    """Slack reads these three signs in its own text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _run(text: str, **style: Any) -> Json:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _is_link(page: str) -> bool:
    return page.startswith(("https://", "http://"))


def _closing(digest: Digest, shown: int) -> str:
    lang = digest.language
    more = digest.more + max(0, len(digest.lines) - shown)
    return say("more", lang, n=more) if more else say("list", lang)


def _seconds(headers: httpx.Headers) -> float | None:
    try:
        return max(0.0, min(_LONGEST_WAIT, float(headers.get("Retry-After", ""))))
    except ValueError:
        return None

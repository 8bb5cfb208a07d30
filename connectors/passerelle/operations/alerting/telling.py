"""Telling: what channels do not know yet is sent, written down, and tried again when it did not leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ...ledger import AlertMessage, Ledger
from .channels import Channel, Undelivered
from .digest import Digest, News, digest_of, due, news_of, trial_digest
from .mailing import MailChannel
from .settings import AlertSettings
from .webhooks import WebhookChannel

__all__ = ["Delivery", "channels_of", "tell", "try_channels"]

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=30)
_MOST_DOUBLINGS = 6


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message: sent, failed (with the reason), or waiting for its next try."""

    channel: str
    state: Literal["sent", "failed", "waiting"]
    subject: str
    note: str = ""


def channels_of(settings: AlertSettings) -> list[Channel]:
    """Give the channels that the settings name."""
    mail = [MailChannel(name, one) for name, one in settings.mail.items()]
    return [*mail, *(WebhookChannel(name, one) for name, one in settings.webhooks.items())]


def tell(
    ledger: Ledger, settings: AlertSettings, now: datetime, channels: Sequence[Channel] | None = None
) -> list[Delivery]:
    """Tell every channel what it does not know and has to hear now.

    A message counts as told when the other side took it, and only then; the same state of an alert is never
    told twice. When the process dies between sending and writing that down, the same message (Message-ID,
    Idempotency-Key) goes once more: better than an alert that nobody got.
    """
    deliveries: list[Delivery] = []
    for channel in channels_of(settings) if channels is None else channels:
        news = news_of(ledger.alerts.told(channel.name), channel.settings)
        if not news:
            ledger.alerts.messages.drop_unsent(channel.name)
            continue
        last = ledger.alerts.messages.last_sent(channel.name, "warning")
        for severity, group in due(news, settings, now, last_told=None if last is None else last.tried_at):
            digest = digest_of(group, severity, channel.settings.language, settings, now)
            deliveries.append(_deliver(ledger, channel, digest, group, now))
    return deliveries


def try_channels(settings: AlertSettings, now: datetime, channels: Iterable[Channel]) -> list[Delivery]:
    """Send a message to each channel that says that it works; nothing is written down."""
    return [_sent(channel, trial_digest(channel.settings.language, settings, now)) for channel in channels]


def _deliver(
    ledger: Ledger, channel: Channel, digest: Digest, group: Sequence[News], now: datetime
) -> Delivery:
    messages = ledger.alerts.messages
    waiting = [
        one
        for one in messages.unsent(channel.name)
        if one.key == digest.key and one.next_try_at is not None and one.next_try_at > now
    ]
    if waiting:
        return Delivery(channel=channel.name, state="waiting", subject=digest.subject, note=waiting[0].error)
    message = messages.begin(
        channel.name, digest.key, severity=digest.severity, subject=digest.subject, now=now
    )
    hint: list[float] = []
    delivery = _sent(channel, digest, hint)
    if delivery.state == "sent":
        states = {one.alert.id: one.alert.state for one in group}
        messages.sent(message, states, note=delivery.note)
    else:
        messages.failed(message, delivery.note, next_try_at=now + _pause(message, hint))
    return delivery


def _sent(channel: Channel, digest: Digest, hint: list[float] | None = None) -> Delivery:
    try:
        note = channel.send(digest)
    except Undelivered as error:
        if hint is not None and error.retry_after is not None:
            hint.append(error.retry_after)
        return Delivery(channel=channel.name, state="failed", subject=digest.subject, note=error.message)
    return Delivery(channel=channel.name, state="sent", subject=digest.subject, note=note)


def _pause(message: AlertMessage, hint: Sequence[float]) -> timedelta:
    """Wait as the other side says, else a minute, two, four … at most half an hour."""
    backing_off = min(_FIRST_PAUSE * 2.0 ** min(message.tries - 1, _MOST_DOUBLINGS), _LONGEST_PAUSE)
    return max([backing_off, *(timedelta(seconds=seconds) for seconds in hint)])

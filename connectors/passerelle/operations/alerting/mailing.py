"""Mailing: one mail with text and HTML to everybody of a channel, over an encrypted connection."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from .channels import Undelivered
from .digest import Digest
from .mail_text import html_of, text_of
from .settings import MailSettings
from .speaking import one_line
from .words import say

__all__ = ["MailChannel", "mail_of"]

_SUBJECT = 180


def mail_of(digest: Digest, settings: MailSettings) -> EmailMessage:
    """Write the mail; its Message-ID comes from what it tells, so that a repetition is known as one."""
    urgent = digest.severity == "critical"
    mark = f"{say('critical', digest.language).upper()}: " if urgent else ""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.to)
    # Made of our own words and counts; made one line besides, for a header is no place for another one.
    mail["Subject"] = one_line(f"[{digest.name}] {mark}{digest.subject}", _SUBJECT)
    mail["Date"] = format_datetime(digest.made_at)
    mail["Message-ID"] = f"<{digest.key}@{settings.sender.rpartition('@')[2]}>"
    # Nobody's absence note answers (RFC 3834), and no list takes it for a person's mail.
    mail["Auto-Submitted"] = "auto-generated"
    if urgent:
        mail["Importance"] = "high"
    mail.set_content(text_of(digest))
    mail.add_alternative(html_of(digest), subtype="html")
    # Set last: the content takes such headers with it into its part.
    mail["Content-Language"] = digest.language
    return mail


class MailChannel:
    """Sends through one mail server."""

    def __init__(self, name: str, settings: MailSettings) -> None:
        self.name = name
        self.settings = settings

    def send(self, digest: Digest) -> str:
        """Send; give a note about addresses that were refused while others took it.

        Raises:
            Undelivered: nobody got it.
        """
        mail = mail_of(digest, self.settings)
        try:
            with self._connected() as server:
                if self.settings.password is not None:
                    server.login(self.settings.username, self.settings.password.get_secret_value())
                refused = server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise Undelivered(
                f"the mail server refused every address: {_answers(error.recipients)}"
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            raise Undelivered(f"the mail server does not take the password ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            said = one_line(_text(error.smtp_error))
            raise Undelivered(f"the mail server said {error.smtp_code} {said}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(
                f"{self.settings.host}:{self.settings.port}: {one_line(error) or type(error).__name__}"
            ) from None
        return f"refused: {_answers(refused)}" if refused else ""

    def _connected(self) -> smtplib.SMTP:
        chosen = self.settings
        trust = None
        if chosen.security != "none":
            trust = ssl.create_default_context(cafile=None if chosen.ca_file is None else str(chosen.ca_file))
        if chosen.security == "tls":
            return smtplib.SMTP_SSL(chosen.host, chosen.port, timeout=chosen.timeout, context=trust)
        server = smtplib.SMTP(chosen.host, chosen.port, timeout=chosen.timeout)
        try:
            if chosen.security == "starttls":
                server.starttls(context=trust)
        except BaseException:
            server.close()
            raise
        return server


def _answers(recipients: dict[str, tuple[int, bytes]]) -> str:
    return ", ".join(
        f"{address} ({code} {one_line(_text(said), 80)})" for address, (code, said) in recipients.items()
    )


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said

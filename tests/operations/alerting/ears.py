"""Ears: a mail server with STARTTLS and a password, and an address that takes posts; both real, both here."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.policy
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from passerelle.operations.alerting import AlertSettings, MailSettings, WebhookSettings
from tests.waiting import free_port

USER, PASSWORD, TOKEN = "passerelle", "mail-secret-4711", "hook-secret-4712"
PATH = "/services/T000/secret-path-4713"
SECRETS = (PASSWORD, TOKEN, "secret-path-4713")


class Ears:
    """What arrived, in the order of arrival; `answers` are given to the next posts, then 200."""

    def __init__(self, ca_file: Path) -> None:
        self.ca_file = ca_file
        self.smtp_port = 0
        self.http_port = 0
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.posts: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.answers: list[Response] = []
        self.mail_answers: list[str] = []

    def forget(self) -> None:
        """Begin anew."""
        for heard in (self.raw, self.recipients, self.posts, self.answers, self.mail_answers):
            heard.clear()

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails as a mail program reads them."""
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]

    def settings(self, **changes: Any) -> AlertSettings:
        """Settings with a channel to each ear; what is not critical is told at once."""
        address = SecretStr(f"http://127.0.0.1:{self.http_port}{PATH}")
        return AlertSettings(
            **{
                "mail": {"ops": self.mail()},
                "webhooks": {"machine": WebhookSettings(format="json", url=address, token=SecretStr(TOKEN))},
                "window": 0,
                "again_within": 0,
                **changes,
            }
        )

    def mail(self, **changes: Any) -> MailSettings:
        """A mail server that wants STARTTLS, then the password."""
        return MailSettings(
            **{
                "host": "127.0.0.1",
                "port": self.smtp_port,
                "ca_file": self.ca_file,
                "username": USER,
                "password": SecretStr(PASSWORD),
                "sender": "passerelle@shop.example",
                "to": ("ops@shop.example", "night@shop.example"),
                **changes,
            }
        )

    def hook(self, form: str, **changes: Any) -> WebhookSettings:
        """The address, asked in another format."""
        return WebhookSettings(
            format=form,  # type: ignore[arg-type]  # the tests name formats as text
            url=SecretStr(f"http://127.0.0.1:{self.http_port}{PATH}"),
            **changes,
        )

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name of aiosmtpd
        """Take a mail."""
        if self.mail_answers:
            return self.mail_answers.pop(0)
        content = envelope.content
        self.raw.append(content if isinstance(content, bytes) else str(content).encode())
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"

    async def take(self, request: Request) -> Response:
        """Take a post."""
        body = await request.body()
        if self.answers:
            return self.answers.pop(0)
        self.posts.append((dict(request.headers), orjson.loads(body)))
        return Response("ok")


@contextmanager
def listening(folder: Path) -> Iterator[Ears]:
    """Start both servers; end them."""
    trust, key = _certificate(folder)
    ears = Ears(trust)
    with _mail_server(ears, trust, key), _http_server(ears):
        yield ears


@contextmanager
def _mail_server(ears: Ears, certificate: Path, key: Path) -> Iterator[None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def login(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=known)

    ears.smtp_port = free_port()
    controller = Controller(
        ears,
        hostname="127.0.0.1",
        port=ears.smtp_port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login,
        ready_timeout=60,
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@contextmanager
def _http_server(ears: Ears) -> Iterator[None]:
    app = Starlette(routes=[Route(PATH, ears.take, methods=["POST"])])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", lifespan="off", ws="none", loop="asyncio"
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    ears.http_port = listener.getsockname()[1]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = dt.datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "mail.pem", folder / "mail.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths

"""Access: who asks, what they may do, and that a form was filled in on our own page."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .settings import Person, Role, WebSettings, holder_of

__all__ = ["Access", "Visitor", "form_of"]

_COOKIE = "passerelle_session"
#: A form of ours is a few lines; a longer body is none of ours.
_LONGEST_FORM = 20_000


class Visitor(NamedTuple):
    """Who asks: `person` is None for somebody unknown; `csrf` goes into each form."""

    person: Person | None
    csrf: str
    by_bearer: bool = False


class Access:
    """Log-ins by token. A session is a signed cookie; its key lives as long as this process."""

    def __init__(self, settings: WebSettings) -> None:
        self.settings = settings
        self.people = settings.people()
        self._key = secrets.token_bytes(32)

    @property
    def is_open(self) -> bool:
        """True without tokens: everybody who reaches the page reads, nobody acts."""
        return not self.people

    def visitor(self, request: Request) -> Visitor:
        """Say who asks: by bearer token, or by the cookie of a log-in."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return Visitor(holder_of(self.people, token.strip()), "", by_bearer=True)
        cookie = request.cookies.get(_COOKIE, "")
        person = self._signed(cookie)
        return Visitor(person, "" if person is None else self._sign(f"csrf {cookie}"))

    def require(self, request: Request, role: Role) -> Visitor:
        """Let pass who may; raises HTTPException 401 (log in) or 403 (may not)."""
        visitor = self.visitor(request)
        if self.is_open:
            if role == "read":
                return visitor
            raise HTTPException(403, "no_tokens")
        if visitor.person is None:
            raise HTTPException(401, "log_in_first")
        if not visitor.person.may(role):
            raise HTTPException(403, "role_missing")
        return visitor

    def check_form(self, request: Request, visitor: Visitor, form: dict[str, str]) -> None:
        """Refuse a form that another page sent in the name of somebody who is logged in here; raises 403."""
        self.check_origin(request)
        if visitor.by_bearer:
            return  # a browser never adds this header by itself
        if not visitor.csrf or not hmac.compare_digest(visitor.csrf, form.get("csrf", "")):
            raise HTTPException(403, "form_too_old")

    @staticmethod
    def check_origin(request: Request) -> None:
        """Refuse what a browser says that another page sent; raises 403."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPException(403, "other_page")
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise HTTPException(403, "other_page")

    def log_in(self, token: str, response: Response) -> bool:
        """Set the cookie of whoever has this token; False when nobody has."""
        person = holder_of(self.people, token.strip())
        if person is None:
            return False
        seconds = int(self.settings.session_hours * 3600)
        name = base64.urlsafe_b64encode(person.name.encode()).decode()
        said = f"{name}.{int(time.time()) + seconds}.{secrets.token_hex(8)}"
        response.set_cookie(
            _COOKIE,
            f"{said}.{self._sign(said)}",
            max_age=seconds,
            httponly=True,
            samesite="strict",
            secure=self.settings.https,
        )
        return True

    def log_out(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(_COOKIE, httponly=True, samesite="strict", secure=self.settings.https)

    def _signed(self, cookie: str) -> Person | None:
        said, _, signature = cookie.rpartition(".")
        if not said or not hmac.compare_digest(self._sign(said), signature):
            return None
        name, until, _ = said.split(".")
        if int(until) < time.time():
            return None
        try:
            known = base64.urlsafe_b64decode(name).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        return next((one for one in self.people if one.name == known), None)

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


async def form_of(request: Request) -> dict[str, str]:
    """Read a small form; raises 413 and 415 for what is none of ours."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "no_form")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise HTTPException(413, "no_form")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in fields.items()}

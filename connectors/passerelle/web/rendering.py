"""Rendering: templates with every text escaped, in the language of who reads, under a strict policy."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..operations.freshness_words import Language, number_in, span_in, when_in
from ..sync.causes import cause
from .access import Access, Visitor
from .words import chosen_language, said, say

__all__ = ["HERE", "Headers", "Rendering", "language_of", "set_language"]

HERE = Path(__file__).parent
_LANGUAGE = "passerelle_lang"
_YEAR = 365 * 86400

#: Nothing but our own style, script and answers; nobody puts the page into a frame.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Headers:
    """Puts the headers of a careful page on every answer, also on errors; pages are kept by nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                known = {name.lower() for name, _ in headers}
                headers += [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                if b"cache-control" not in known:
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        await self._app(scope, receive, with_headers)


def language_of(request: Request) -> Language:
    """Tell the language of who reads: asked for in the address, chosen before, else the browser's."""
    asked = request.query_params.get("lang") or request.cookies.get(_LANGUAGE)
    if asked in {"en", "fr"}:
        return "fr" if asked == "fr" else "en"
    return chosen_language(request.headers.get("accept-language", ""))


def set_language(request: Request, response: Response) -> None:
    """Keep a language that was asked for in the address."""
    asked = request.query_params.get("lang")
    if asked in {"en", "fr"}:
        response.set_cookie(_LANGUAGE, asked, max_age=_YEAR, httponly=True, samesite="lax")


class Rendering:
    """Makes pages; `zone` is that of the times on them."""

    def __init__(self, access: Access, *, zone: str) -> None:
        self._access = access
        self._zone = zone
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = _asset

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Make a page of a template; it knows who reads, their language, and the time."""
        lang = language_of(request)
        now = dt.datetime.now(dt.UTC)
        visitor: Visitor = self._access.visitor(request)
        text = self._environment.get_template(template).render(
            t=_Saying(lang),
            lang=lang,
            now=now,
            path=request.url.path,
            visitor=visitor,
            needs_log_in=not self._access.is_open,
            may=lambda role: visitor.person is not None and visitor.person.may(role),
            number=partial(number_in, lang=lang),
            span=partial(_span, lang),
            clock=partial(self._clock, lang, now),
            ago=partial(_ago, lang, now),
            cause=partial(cause, language=lang),
            **values,
        )
        response = HTMLResponse(text, status_code=status)
        set_language(request, response)
        return response

    def _clock(self, lang: Language, now: dt.datetime, moment: dt.datetime | None) -> Markup:
        """Write a moment as the clock of the page's zone shows it, and for machines."""
        if moment is None:
            return escape("—")
        shown = when_in(moment, self._zone, lang, now=now)
        local = moment.astimezone(ZoneInfo(self._zone))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S %Z}", shown
        )


class _Saying:
    """`t("word", name=value)` in templates."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def __call__(self, word: str, **values: object) -> Markup:
        """Say one of our words; what is put into it is escaped, unless it is HTML of ours."""
        return Markup(said(word, self._lang)).format(**values)  # noqa: S704 - our own words


def _span(lang: Language, span: dt.timedelta | float | None) -> str:
    if span is None:
        return "—"
    if isinstance(span, dt.timedelta):
        return span_in(span, lang)
    if 0 < span < 1:
        return f"{span * 1000:.0f} ms"
    return span_in(dt.timedelta(seconds=span), lang)


def _ago(lang: Language, now: dt.datetime, moment: dt.datetime | None) -> str:
    return say("never", lang) if moment is None else say("ago", lang, span=span_in(now - moment, lang))


def _asset(name: str) -> str:
    """Address a file of ours by its content, so that a browser may keep it."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"

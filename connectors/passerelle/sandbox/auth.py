"""Tokens: who asks for one, what it allows, when it ends."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_plus

from .config import ApiClient
from .problems import Problem, insufficient_scope, invalid_token
from .store import Doc

__all__ = ["Tokens"]

_MANY = 10_000


class Token(NamedTuple):
    """Whose it is, what its bearer may do, and until when (on the clock of `Tokens`)."""

    client_id: str
    scopes: frozenset[str]
    ends: float


class Tokens:
    """The tokens of all projects; `any_project` makes a client's scopes hold in every project."""

    def __init__(
        self,
        clients: Mapping[str, ApiClient],
        *,
        project: str,
        any_project: bool,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = clients
        self._project = "*" if any_project else project
        self._seconds = seconds
        self._clock = clock
        self._tokens: dict[str, Token] = {}

    def expire_all(self) -> int:
        """End every token now; says how many there were."""
        ended = len(self._tokens)
        self._tokens.clear()
        return ended

    def issue(self, authorization: str | None, body: bytes) -> Doc:
        """Answer `POST /oauth/token`.

        Raises:
            Problem: 401 invalid_client, 400 unsupported_grant_type, invalid_request or invalid_scope.
        """
        client = self._client(authorization)
        form = _form(body)
        if form.get("grant_type") != "client_credentials":
            raise _refused(400, "unsupported_grant_type", "grant_type must be client_credentials.")
        scopes = self._scopes(client, form.get("scope", ""))
        if len(self._tokens) >= _MANY:
            now = self._clock()
            self._tokens = {text: token for text, token in self._tokens.items() if token.ends > now}
        text = secrets.token_urlsafe(24)
        self._tokens[text] = Token(client.id, frozenset(scopes), self._clock() + self._seconds)
        return {
            "access_token": text,
            "token_type": "Bearer",
            "expires_in": int(self._seconds),
            "scope": " ".join(scopes),
        }

    def _client(self, authorization: str | None) -> ApiClient:
        scheme, _, encoded = (authorization or "").partition(" ")
        refused = _refused(401, "invalid_client", "Please provide valid client credentials using HTTP Basic.")
        if scheme.lower() != "basic":
            raise refused
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise refused from error
        client = self._clients.get(unquote_plus(name))
        expected = "" if client is None else client.secret.get_secret_value()
        if client is None or not (_same(secret, expected) or _same(unquote_plus(secret), expected)):
            raise refused
        return client

    def _scopes(self, client: ApiClient, asked: str) -> list[str]:
        if not asked.strip():
            return [f"{scope}:{self._project}" for scope in client.scopes]
        scopes = asked.split()
        for scope in scopes:
            name, _, project = scope.partition(":")
            if not project or self._project not in ("*", project) or not _covers(client.scopes, name):
                raise _refused(400, "invalid_scope", f"The client may not have the scope '{scope}'.")
        return scopes

    def require(self, authorization: str | None, project: str, scopes: tuple[str, ...]) -> str:
        """Let a request pass whose token has one of `scopes` in `project`; the id of its API client.

        Raises:
            Problem: 401 invalid_token, 403 insufficient_scope.
        """
        if authorization is None or not authorization.startswith("Bearer "):
            raise invalid_token()
        token = self._tokens.get(authorization[7:])
        if token is None or token.ends <= self._clock():
            raise invalid_token()
        granted = token.scopes
        for scope in (*scopes, "manage_project"):
            if f"{scope}:{project}" in granted or f"{scope}:*" in granted:
                return token.client_id
        raise insufficient_scope([f"{scope}:{project}" for scope in scopes])


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _covers(granted: tuple[str, ...], name: str) -> bool:
    if name in granted or "manage_project" in granted:
        return True
    return name.startswith("view_") and name.replace("view_", "manage_", 1) in granted


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body)))
    except ValueError as error:
        raise _refused(400, "invalid_request", "The body is no form (x-www-form-urlencoded).") from error


def _refused(status: int, code: str, message: str) -> Problem:
    headers = {"www-authenticate": "Basic"} if status == HTTPStatus.UNAUTHORIZED else {}
    return Problem(status, code, message, headers=headers, top={"error": code, "error_description": message})

"""The access token: fetched once, kept, renewed before it ends, by one caller at a time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import orjson

from ...errors import ConfigError, Retriable
from .config import CommercetoolsConfig
from .errors import Act, translated
from .retry import RetryPolicy
from .scopes import Need, missing, scope_for
from .wire import Answer, Sending, is_success

__all__ = ["TokenKeeper"]

#: A token is renewed when this share of its life is left, at the latest this many seconds before its end.
_EARLY_SHARE = 0.05
_EARLY_SECONDS = 300.0


#: Sends one request and reads the answer whole; raises errors of `passerelle.errors` when there is none.
Exchange = Callable[[Sending, Act, str], Awaitable[Answer]]


@dataclass(frozen=True)
class _Token:
    value: str
    renew_at: float
    ends_at: float
    scopes: frozenset[str]


class TokenKeeper:
    """Client credentials flow of one API client (api-specs oauth.raml); `clock` gives seconds, monotonic."""

    def __init__(
        self,
        config: CommercetoolsConfig,
        exchange: Exchange,
        *,
        retry: RetryPolicy,
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._exchange = exchange
        self._retry = retry
        self._clock = clock
        self._token: _Token | None = None
        self._lock = asyncio.Lock()
        self._needs: tuple[Need, ...] = ()

    @property
    def scopes(self) -> frozenset[str]:
        """What the token allows, without the project; empty when there is none or it does not say."""
        return frozenset() if self._token is None else self._token.scopes

    def require(self, needs: Iterable[Need]) -> None:
        """From now on a token that does not allow these is a ConfigError, before anything is asked with it.

        Raises:
            ConfigError: the token that is there already does not.
        """
        self._needs = tuple(dict.fromkeys((*self._needs, *needs)))
        if self._token is not None:
            self._check(self._token)

    async def token(self) -> str:
        """A token that is valid now.

        Raises:
            ConfigError: the API client is unknown, its secret wrong, or it lacks a scope that we require.
            Retriable: the authorization server cannot be reached and the old token has ended.
        """
        token = self._token
        if token is not None and self._clock() < token.renew_at:
            return token.value
        return await self._renewed(token)

    async def renew(self, refused: str) -> str:
        """A token other than the one that was refused; callers who were refused together share one."""
        token = self._token
        if token is not None and token.value != refused:
            return token.value
        self._token = None
        return await self._renewed(None)

    async def _renewed(self, seen: _Token | None) -> str:
        async with self._lock:
            if self._token is not None and self._token is not seen:
                return self._token.value
            try:
                self._token = await self._retry(self._fetch)
            except Retriable:
                # The renewal is early: the old token still carries us over a pause of the auth server.
                if seen is None or self._clock() >= seen.ends_at:
                    raise
                return seen.value
            return self._token.value

    async def _fetch(self) -> _Token:
        config = self._config
        identity = f"{config.client_id}:{config.client_secret.get_secret_value()}".encode()
        form = {"grant_type": "client_credentials"}
        if config.scopes:
            form["scope"] = " ".join(config.full_scopes())
        asked_at = self._clock()
        sending = Sending(
            "POST",
            f"{config.auth_url}/oauth/token",
            {
                "Authorization": f"Basic {base64.b64encode(identity).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            urlencode(form).encode(),
        )
        response = await self._exchange(sending, "read", "oauth/token")
        if response.status_code in {400, 401, 403}:
            error = translated(response, "create", "oauth/token")
            raise ConfigError(
                f"no access token for API client {config.client_id} of project {config.project_key}: {error}",
                advice="Check client id, secret and scopes; a deleted API client is refused likewise",
            )
        if not is_success(response):
            raise translated(response, "read", "oauth/token", now=datetime.now(UTC))
        try:
            answer = orjson.loads(response.content)
            value, life = str(answer["access_token"]), float(answer["expires_in"])
        except (ValueError, KeyError, TypeError) as error:
            raise Retriable("the authorization server answered without a token") from error
        # Counted from before the call: the server's clock started no earlier than that.
        early = min(_EARLY_SECONDS, life * _EARLY_SHARE)
        scopes = _ours(str(answer.get("scope") or ""), config.project_key)
        token = _Token(value, asked_at + life - early, asked_at + life, scopes)
        self._check(token)
        return token

    def _check(self, token: _Token) -> None:
        """Compare with what we are going to do; a token that does not name its scopes is believed."""
        lacking = missing(self._needs, token.scopes) if token.scopes else []
        if lacking:
            config = self._config
            asked = "; the settings ask for fewer scopes than that" if config.scopes else ""
            raise ConfigError(
                f"API client {config.client_id} may not {', '.join(map(str, lacking))} in project "
                f"{config.project_key}{asked}",
                advice="Give it "
                + ", ".join(dict.fromkeys(map(scope_for, lacking)))
                + "; `passerelle doctor` shows all that is missing",
            )


def _ours(scopes: str, project: str) -> frozenset[str]:
    """The scopes that hold in this project, without its key."""
    split = (scope.partition(":") for scope in scopes.split())
    return frozenset(name for name, _, where in split if where in {project, "*"})

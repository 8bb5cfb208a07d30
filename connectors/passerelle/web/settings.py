"""Settings of the page: who may come in and what they may do, under which names it is reached."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from ..errors import ConfigError
from ..feeds.loaded_settings import LoadedSettings

__all__ = ["ROLES", "Person", "Role", "WebSettings", "digest_of", "holder_of"]

#: What a person may do; each role may what the ones before it may.
Role: TypeAlias = Literal["read", "operate", "approve"]
ROLES: tuple[Role, ...] = ("read", "operate", "approve")
_NAME = re.compile(r"[\w.@ -]{1,60}")
#: A token that can be guessed is none.
_SHORTEST = 20
_ADVICE = "Write name:role:token for each person, on lines of their own or between semicolons"


class Person(NamedTuple):
    """Somebody who may come in, and the SHA-256 of their token."""

    name: str
    role: Role
    digest: bytes

    def may(self, role: Role) -> bool:
        """Say whether what this role may do is allowed."""
        return ROLES.index(self.role) >= ROLES.index(role)


class WebSettings(LoadedSettings):
    """Read from `PASSERELLE_WEB_…`.

    Without tokens whoever reaches the page may read, and nobody may do anything; it is then served on
    127.0.0.1 alone.
    """

    model_config = SettingsConfigDict(env_prefix="PASSERELLE_WEB_", frozen=True, extra="ignore")

    #: `name:role:token`, several on lines of their own or between semicolons; roles: read, operate, approve.
    tokens: SecretStr = SecretStr("")
    #: The same in a file, which only its owner should be able to read.
    tokens_file: Path | None = None
    #: Names under which the page is reached besides 127.0.0.1 and localhost, between commas.
    hosts: str = ""
    #: The page is reached by https alone (behind a proxy): cookies then never leave by http.
    https: bool = False
    #: Times are shown in this zone.
    zone: str = "Europe/Paris"
    #: How long a log-in lasts, in hours.
    session_hours: float = Field(default=12.0, gt=0, le=168)

    def people(self) -> list[Person]:
        """Read who may come in; raises ConfigError that tells the place of a mistake, never a token."""
        text = self.tokens.get_secret_value()
        if self.tokens_file is not None:
            try:
                text = f"{text}\n{self.tokens_file.read_text(encoding='utf-8')}"
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"PASSERELLE_WEB_TOKENS_FILE cannot be read: {error}") from error
        people: list[Person] = []
        for place, entry in enumerate(filter(None, map(str.strip, re.split(r"[\n;]", text))), 1):
            if entry.startswith("#"):
                continue
            people.append(_person(entry, place))
        if len({one.name for one in people}) < len(people) or len({one.digest for one in people}) < len(
            people
        ):
            raise ConfigError("PASSERELLE_WEB_TOKENS has a name or a token twice", advice=_ADVICE)
        return people

    def allowed_hosts(self) -> list[str]:
        """The names that a request may ask for: others are somebody else's page that points here."""
        return ["127.0.0.1", "localhost", *filter(None, (name.strip() for name in self.hosts.split(",")))]


def _person(entry: str, place: int) -> Person:
    name, _, rest = entry.partition(":")
    role, _, token = rest.partition(":")
    name, role, token = name.strip(), role.strip(), token.strip()
    if _NAME.fullmatch(name) is None or role not in ROLES or len(token) < _SHORTEST:
        raise ConfigError(
            f"PASSERELLE_WEB_TOKENS, entry {place}: expected a name, a role ({', '.join(ROLES)}) and a token"
            f" of {_SHORTEST} characters or more",
            advice=_ADVICE,
        )
    known: Role = next(one for one in ROLES if one == role)
    return Person(name, known, digest_of(token))


def digest_of(token: str) -> bytes:
    """Hash a token, so that only its digest is compared and kept."""
    return hashlib.sha256(token.encode()).digest()


def holder_of(people: list[Person], token: str) -> Person | None:
    """Find whose token this is, in the same time whoever it is."""
    digest, found = digest_of(token), None
    for one in people:
        if hmac.compare_digest(one.digest, digest):
            found = one
    return found

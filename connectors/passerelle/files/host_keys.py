"""Is this the server we know? Strict: an unknown or changed host key is never accepted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    import paramiko

__all__ = ["HostKeys", "parse_host_key"]

_PARTS_OF_A_KEY = 2  # type and base64; a comment may follow


def parse_host_key(text: str) -> str:
    """Return `ssh-ed25519 AAAA…` (comment dropped) or `SHA256:…` as it is compared; raise ValueError."""
    text = text.strip()
    if text.startswith("SHA256:"):
        return text.rstrip("=")
    parts = text.split()
    if len(parts) >= _PARTS_OF_A_KEY:
        try:
            blob = base64.b64decode(parts[1], validate=True)
        except binascii.Error:
            blob = b""
        if blob[4:].startswith(parts[0].encode()):
            return f"{parts[0]} {parts[1]}"
    raise ValueError(
        f"{text!r} is not a host key: expected `ssh-ed25519 AAAA…` as in a known_hosts file, "
        "or its fingerprint `SHA256:…`"
    )


class HostKeys:
    """The keys a server may show: from settings, or from a known_hosts file."""

    def __init__(self, host: str, port: int, keys: Sequence[str], known_hosts: Path | None) -> None:
        self.server = f"{host}:{port}"
        self.source = "setting host_keys"
        self.known = [parse_host_key(key) for key in keys]
        if known_hosts is not None:
            import paramiko  # noqa: PLC0415 - fifteen megabytes, and settings check keys without any

            self.source = str(known_hosts)
            name = host if port == paramiko.config.SSH_PORT else f"[{host}]:{port}"
            try:
                found = paramiko.HostKeys(str(known_hosts)).lookup(name)
            except OSError as error:
                raise ConfigError(f"known_hosts file {known_hosts} cannot be read: {error}") from error
            if found is not None:
                self.known += [f"{key.get_name()} {key.get_base64()}" for key in found.values()]

    def preferred(self, offered: Sequence[str]) -> list[str]:
        """Put the kinds of key that are known first: a server with several keys then shows a known one."""
        kinds = {key.split(" ", maxsplit=1)[0] for key in self.known}
        if "ssh-rsa" in kinds:
            kinds |= {"rsa-sha2-256", "rsa-sha2-512"}
        return [kind for kind in offered if kind in kinds] + [kind for kind in offered if kind not in kinds]

    def check(self, key: paramiko.PKey) -> None:
        """Accept the key that the server proved to hold, or raise ConfigError with both keys."""
        text, fingerprint = f"{key.get_name()} {key.get_base64()}", key.fingerprint
        if text in self.known or fingerprint in self.known:
            return
        expected = ", ".join(map(_short, self.known)) if self.known else f"nothing ({self.source} has no key)"
        raise ConfigError(
            f"Host key of {self.server} is not the known one: seen {key.get_name()} {fingerprint}, "
            f"expected {expected} from {self.source}",
            advice="Ask the partner whether the server or its key changed; only then write down the new key: "
            f"{text}",
            seen=text,
            expected=tuple(self.known),
        )


def _short(known: str) -> str:
    kind, _, blob = known.partition(" ")
    if not blob:
        return known
    import paramiko  # noqa: PLC0415 - as above

    digest = paramiko.PKey.from_type_string(kind, base64.b64decode(blob)).fingerprint
    return f"{kind} {digest}"

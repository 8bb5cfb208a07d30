"""PGP: a file for our eyes only becomes plain, and its signature is one of those that we expect."""

from __future__ import annotations

import datetime as dt
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import SecretStr

from ..errors import ConfigError
from .unpacked_streams import refuse

if TYPE_CHECKING:
    import types

    import pysequoia

__all__ = ["PgpRules", "decrypt", "expiring_keys"]

_WARNED_BEFORE = dt.timedelta(days=30)
_PACKET = 0x80


class PgpRules(NamedTuple):
    """Our key and theirs, for one partner.

    `secret_key` is a file, or the armoured key itself; `password` opens it. With `signers` (files, or
    armoured public keys), a file must carry a good signature of one of them; without, none is asked for.
    """

    secret_key: Path | SecretStr
    password: SecretStr | None = None
    signers: tuple[Path | str, ...] = ()


def decrypt(source: Path, target: Path, rules: PgpRules, *, file: str, limit: int) -> None:
    """Write the plain content of `source` to `target`, at most `limit` bytes of it.

    Raises:
        ConfigError: the extra `pgp` is not installed, or a key cannot be read or opened.
        FileRefused: `not_packed`, `not_for_us`, `bad_signature`, `damaged`, `too_large`.
    """
    library = _library()
    key = _secret_key(library, rules)
    certificates = [_certificate(library, signer) for signer in rules.signers]
    with source.open("rb") as packed:
        head = packed.read(1)
    if not head or (head != b"-" and not head[0] & _PACKET):
        expected = "a message encrypted with PGP"
        raise refuse(file, "not_packed", "plain content", expected, "Ask the partner why it is not encrypted")
    password = None if rules.password is None else rules.password.get_secret_value()
    try:
        decryptor = key.decryptor(password)
    except RuntimeError as error:
        raise ConfigError(
            f"The PGP key {_named(rules.secret_key)} does not open: {_first_line(error)}",
            advice="Check its password, and that it has a part for encryption",
        ) from None
    store = (lambda _ids: certificates) if certificates else None
    try:
        with _at_most(limit):
            result = library.decrypt_file(source, target, decryptor, store)
    except (RuntimeError, OSError) as error:
        target.unlink(missing_ok=True)
        raise _refusal(file, _first_line(error), target, limit) from None
    if certificates and not result.valid_sigs:
        target.unlink(missing_ok=True)
        raise refuse(file, "bad_signature", "no signature", _EXPECTED_SIGNATURE, _ASK_SIGNER)


_EXPECTED_SIGNATURE = "a good signature of one of this partner's keys"
_ASK_SIGNER = "Ask the partner whether the key changed; take no file on the word of an unknown one"


def expiring_keys(
    rules: PgpRules, now: dt.datetime, *, within: dt.timedelta = _WARNED_BEFORE
) -> Iterator[str]:
    """Tell which keys have expired or will soon: a sentence for each.

    Raises ConfigError when a key cannot be read.
    """
    library = _library()
    ours = _secret_key(library, rules).extract_certificate()
    theirs = [_certificate(library, signer) for signer in rules.signers]
    for whose, certificate in [("Our", ours), *(("The partner's", one) for one in theirs)]:
        name = f"{whose} PGP key {certificate.fingerprint[-16:].upper()}"
        if certificate.is_revoked:
            yield f"{name} is revoked. Exchange new keys with the partner"
        elif certificate.expiration is not None and certificate.expiration <= now + within:
            verb = "expired" if certificate.expiration <= now else "expires"
            yield f"{name} {verb} on {certificate.expiration:%Y-%m-%d}. Exchange new keys with the partner"


def _library() -> types.ModuleType:
    try:
        import pysequoia  # noqa: PLC0415 - an extra: only those whose partners encrypt have it
    except ImportError as error:
        raise ConfigError(
            "PGP files need the extra `pgp`", advice="Install it: pip install 'passerelle[pgp]'"
        ) from error
    return pysequoia


def _secret_key(library: types.ModuleType, rules: PgpRules) -> pysequoia.Tsk:
    key = rules.secret_key
    content = key.get_secret_value().encode() if isinstance(key, SecretStr) else _content(key)
    try:
        return library.Tsk.from_bytes(content)  # type: ignore[no-any-return]  # the module is imported late
    except RuntimeError as error:
        raise ConfigError(f"{_named(key)} is no secret PGP key: {_first_line(error)}") from None


def _certificate(library: types.ModuleType, signer: Path | str) -> pysequoia.Cert:
    content = signer.encode() if isinstance(signer, str) else _content(signer)
    try:
        return library.Cert.from_bytes(content)  # type: ignore[no-any-return]  # the module is imported late
    except RuntimeError as error:
        name = "the signer's key" if isinstance(signer, str) else str(signer)
        raise ConfigError(f"{name} is no public PGP key: {_first_line(error)}") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The PGP key {path} cannot be read: {error.strerror}") from error


def _named(key: Path | SecretStr) -> str:
    return "from the settings" if isinstance(key, SecretStr) else str(key)


def _first_line(error: Exception) -> str:
    """Leave out the stack that the library appends to its texts."""
    return str(error).partition("\n")[0]


def _refusal(file: str, text: str, target: Path, limit: int) -> Exception:
    if "No key to decrypt" in text:
        advice = "The partner encrypted it for another key: give them our public key"
        return refuse(file, "not_for_us", text, "a message encrypted for our key", advice)
    if "ignature" in text:
        return refuse(file, "bad_signature", text, _EXPECTED_SIGNATURE, _ASK_SIGNER)
    if "File too large" in text:
        return refuse(
            file, "too_large", text, f"at most {limit:,} bytes in all", f"{target.name} was removed"
        )
    return refuse(file, "damaged", text, "a whole PGP message", "Ask for the file again")


@contextmanager
def _at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` meanwhile: a message may hold little that becomes much.

    The limit is the process's own. The library keeps the interpreter to itself while it writes, so that
    no other file of ours is in the way.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

"""Preflight: what a project lacks for the feeds that are to run, told before anything is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Literal, NamedTuple

from ...errors import Fatal, PasserelleError
from ..http.client import Client, Json
from ..http.scopes import Need, allowed, scope_for

__all__ = ["CHECKS", "Finding", "Wants", "examine"]

Check = Literal[
    "token",
    "identity",
    "scopes",
    "clock",
    "locales",
    "currencies",
    "countries",
    "catalog_model",
    "channels",
    "roles",
    "references",
    "attributes",
    "price_mode",
    "importing",
]

#: Every check in the order in which it is made.
CHECKS: tuple[Check, ...] = (
    "token",
    "identity",
    "scopes",
    "clock",
    "locales",
    "currencies",
    "countries",
    "catalog_model",
    "channels",
    "roles",
    "references",
    "attributes",
    "price_mode",
    "importing",
)

#: Clocks that are further apart than this make "orders since" and validity of prices wrong.
_SKEW_SECONDS = 60.0
#: What a run does that hands new records to the Import API, beside what its feed needs.
_IMPORTING = Need("import:containers", write=True)


@dataclass
class Wants:
    """What one feed wants of the project.

    `channels` names the roles that each channel needs; `keys` what must exist by path and key; `attributes`
    the attributes that are filled, by the key of their product type; `price_mode` how a product must take
    its prices for those of this feed to show; `importing` whether its new records go by the Import API, or
    may where that is cheaper.
    """

    feed: str
    entity: str
    needs: tuple[Need, ...] = ()
    locales: set[str] = field(default_factory=set)
    currencies: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    channels: dict[str, frozenset[str]] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)
    attributes: dict[str, frozenset[str]] = field(default_factory=dict)
    price_mode: Literal["Standalone", "Embedded"] | None = None
    importing: Literal["import", "auto"] | None = None


class Finding(NamedTuple):
    """The answer to one check: `subject` is what is missing (or what was seen), `feeds` who wants it.

    `state`: `good`, `missing` (a run would fail or write what nobody sees), `unknown` (we may not look, or
    the shop does not say).
    """

    check: Check
    state: Literal["good", "missing", "unknown"]
    subject: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


async def examine(client: Client, wants: Sequence[Wants], *, now: datetime | None = None) -> list[Finding]:
    """Make every check; reads only, a handful of calls.

    Raises Retriable when the shop does not answer; what it refuses is a finding.
    """
    try:
        granted = await client.scopes()
    except Fatal as error:
        return [Finding("token", "missing", (error.message,))]
    findings = [Finding("token", "good", (client.config.client_id,))]
    project: Json | None = None
    here: datetime | None = now
    there: datetime | None = None
    try:
        project, there = await client.project()
        here = here or datetime.now(UTC)
    except Fatal as error:
        findings.append(_unreadable(error))
    else:
        findings.append(_identity(client, project))
    findings.append(_scopes(wants, granted))
    if here is not None and there is not None:
        apart = (there - here).total_seconds()
        state: Literal["good", "missing"] = "good" if abs(apart) <= _SKEW_SECONDS else "missing"
        findings.append(Finding("clock", state, (f"{apart:+.0f} s",)))
    else:
        findings.append(Finding("clock", "unknown"))
    findings += _settings(wants, project)
    async for finding in _resources(client, wants, granted):
        findings.append(finding)
    findings.append(_importing(wants, granted))
    return findings


def _unreadable(error: PasserelleError) -> Finding:
    """A project that may not be read is not known; one that is not there is not ours."""
    state: Literal["missing", "unknown"] = "unknown" if error.data.get("status") == 403 else "missing"  # noqa: PLR2004 - the status that says "may not"
    return Finding("identity", state, (error.message,))


def _identity(client: Client, project: Json) -> Finding:
    """Compare key and, where the settings say one, name: two projects of one company look alike."""
    config = client.config
    got = (str(project.get("key")), str(project.get("name")))
    same = got[0] == config.project_key and config.project_name in {"", got[1]}
    expected = (config.project_key, config.project_name) if config.project_name else (config.project_key,)
    return Finding(
        "identity",
        "good" if same else "missing",
        (f"{got[0]} ({got[1]})",) if same else (f"{got[0]} ({got[1]})", *expected),
    )


def _scopes(wants: Sequence[Wants], granted: frozenset[str]) -> Finding:
    if not granted:
        return Finding("scopes", "unknown")
    lacking: dict[str, list[str]] = {}
    for want in wants:
        for need in want.needs:
            if not allowed(need, granted):
                lacking.setdefault(scope_for(need), []).append(want.feed)
    if not lacking:
        return Finding("scopes", "good", tuple(sorted(granted)))
    return Finding("scopes", "missing", tuple(lacking), _once(chain.from_iterable(lacking.values())))


def _importing(wants: Sequence[Wants], granted: frozenset[str]) -> Finding:
    """Say whether the Import API is open to us; a feed that may go one by one as well lacks nothing."""
    by_it = [want for want in wants if want.importing is not None]
    if not by_it:
        return Finding("importing", "good")
    scope = (scope_for(_IMPORTING),)
    if not granted or allowed(_IMPORTING, granted):
        return Finding("importing", "good" if granted else "unknown", scope)
    bound = [want for want in by_it if want.importing == "import"]
    feeds = tuple(want.feed for want in bound or by_it)
    return Finding("importing", "missing" if bound else "unknown", scope, feeds)


def _settings(wants: Sequence[Wants], project: Json | None) -> list[Finding]:
    """Compare with the project's own settings, where they may be read and say something."""
    checks: tuple[tuple[Check, str, Callable[[Wants], Iterable[str]]], ...] = (
        ("locales", "languages", lambda want: want.locales),
        ("currencies", "currencies", lambda want: want.currencies),
        ("countries", "countries", lambda want: want.countries),
    )
    findings = [_listed(check, project, name, wants, wanted) for check, name, wanted in checks]
    findings.append(_catalog_model(wants, project))
    return findings


def _catalog_model(wants: Sequence[Wants], project: Json | None) -> Finding:
    """Which model the project has; in Modular there are no embedded prices, and a feed of some is refused."""
    model = None if project is None else project.get("productCatalogModel")
    if model is None:
        return Finding("catalog_model", "unknown")
    embedded = tuple(want.feed for want in wants if want.price_mode == "Embedded")
    refused = model == "Modular" and embedded
    return Finding("catalog_model", "missing" if refused else "good", (model,), embedded if refused else ())


def _listed(
    check: Check,
    project: Json | None,
    name: str,
    wants: Sequence[Wants],
    wanted: Callable[[Wants], Iterable[str]],
) -> Finding:
    if project is None or name not in project:
        return Finding(check, "unknown")
    return _compared(check, set(project[name]), wants, wanted)


def _compared(
    check: Check, there: set[str], wants: Sequence[Wants], wanted: Callable[[Wants], Iterable[str]]
) -> Finding:
    lacking: dict[str, list[str]] = {}
    for want in wants:
        for one in sorted(set(wanted(want)) - there):
            lacking.setdefault(one, []).append(want.feed)
    if not lacking:
        return Finding(check, "good", tuple(sorted({one for want in wants for one in wanted(want)})))
    return Finding(check, "missing", tuple(lacking), _once(chain.from_iterable(lacking.values())))


async def _resources(
    client: Client, wants: Sequence[Wants], granted: frozenset[str]
) -> AsyncIterator[Finding]:
    """Look for what the feeds name by key; what we may not read is not known."""
    channels = await _by_key(client, "channels", {key for want in wants for key in want.channels}, granted)
    if channels is None:
        yield Finding("channels", "unknown")
        yield Finding("roles", "unknown")
    else:
        yield _compared("channels", set(channels), wants, lambda want: want.channels)
        yield _compared(
            "roles",
            {_role(key, role) for key, found in channels.items() for role in found.get("roles", ())},
            wants,
            lambda want: (
                _role(key, role) for key, roles in want.channels.items() if key in channels for role in roles
            ),
        )
    found: set[str] = set()
    types: dict[str, Json] = {}
    unread: list[str] = []
    for path in sorted({path for want in wants for path in want.keys}):
        keys = {key for want in wants for key in want.keys.get(path, ())}
        there = await _by_key(client, path, keys, granted)
        if there is None:
            unread.append(path)
            continue
        found |= {f"{path}/{key}" for key in there}
        types = there if path == "product-types" else types
    references = _compared(
        "references",
        found,
        wants,
        lambda want: (
            f"{path}/{key}" for path, keys in want.keys.items() if path not in unread for key in keys
        ),
    )
    hidden = Finding("references", "unknown", tuple(unread))
    yield hidden if unread and references.state == "good" else references
    if "product-types" in unread:
        yield Finding("attributes", "unknown")
    else:
        yield _compared(
            "attributes",
            {f"{key}.{one['name']}" for key, kind in types.items() for one in kind.get("attributes", ())},
            wants,
            lambda want: (
                f"{key}.{name}" for key, names in want.attributes.items() if key in types for name in names
            ),
        )
    yield await _price_mode(client, wants, granted)


async def _by_key(
    client: Client, path: str, keys: set[str], granted: frozenset[str]
) -> dict[str, Any] | None:
    if granted and not allowed(Need(path), granted):
        return None
    if not keys:
        return {}
    return {one["key"]: one for one in await client.query_in(path, "key", sorted(keys))}


async def _price_mode(client: Client, wants: Sequence[Wants], granted: frozenset[str]) -> Finding:
    """A product shows prices of one kind only; those of the other are taken without a word."""
    modes = {want.price_mode: want.feed for want in wants if want.price_mode is not None}
    if not modes:
        return Finding("price_mode", "good")
    if len(modes) > 1:
        return Finding("price_mode", "missing", tuple(sorted(modes)), tuple(modes.values()))
    if granted and not allowed(Need("products"), granted):
        return Finding("price_mode", "unknown")
    ((mode, feed),) = modes.items()
    other = "Embedded" if mode == "Standalone" else "Standalone"
    where = (
        f'priceMode = "{other}"'
        if other == "Standalone"
        else 'priceMode is not defined or priceMode = "Embedded"'
    )
    found = await client.page("products", [("where", where), ("limit", "5"), ("withTotal", "false")])
    names = tuple(str(product.get("key", product["id"])) for product in found)
    return (
        Finding("price_mode", "missing", (other, *names), (feed,))
        if found
        else Finding("price_mode", "good", (mode,))
    )


def _role(key: str, role: str) -> str:
    return f"{key}: {role}"


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

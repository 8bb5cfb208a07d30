"""The workspace: settings and mappings of one installation, and the real parts that they name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .. import tracks
from ..errors import ConfigError
from ..files import Archive, Folder, LocalFolder, safe_name
from ..ledger import Ledger
from ..mapping import Mapping, OutgoingMapping, load_feed, load_feeds
from .orders.life_rules import read_life_rules
from .settings import PartnerSettings, Settings

if TYPE_CHECKING:
    from ..commercetools import Allowance, Client
    from ..files import PgpRules

__all__ = ["Workspace"]

# What everything else points to comes first, in this order; it is carried with the categories.
_REFERENCE_DATA = (
    "custom_type", "product_type", "tax_category", "channel", "customer_group", "state",
    "product_selection", "store",
)  # fmt: skip
#: Kinds of feeds as people group them; what comes and goes about orders is one group.
_GROUPS = {
    "category": "category",
    "product": "product",
    "price": "price",
    "stock": "stock",
    **dict.fromkeys(_REFERENCE_DATA, "category"),
}
#: What is no feed to run: `passerelle reconcile` reads it when it compares.
_READ_OTHERWISE = ("order_statement",)


class Workspace:
    """One installation; nothing is opened before it is needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loaded: dict[str, Mapping | OutgoingMapping] = {}

    @classmethod
    def load(cls) -> Self:
        """Take the settings from the environment (`PASSERELLE_…`); raises ConfigError."""
        return cls(Settings.load())

    @property
    def home(self) -> Path:
        """Where ledger, archive and reports are kept."""
        return self.settings.home

    @cached_property
    def mappings(self) -> dict[str, Mapping | OutgoingMapping]:
        """Every feed by name; raises ConfigError with all faults of all mappings."""
        if not self.settings.mappings.is_dir():
            raise ConfigError(
                f"There is no folder {self.settings.mappings}",
                advice="Run from the project's folder, or set PASSERELLE_MAPPINGS",
            )
        return load_feeds(self.settings.mappings)

    def feeds(self) -> dict[str, list[str]]:
        """Name the feeds to run by group (category, product, price, stock, order), each in running order."""
        groups: dict[str, list[str]] = {name: [] for name in (*_GROUPS.values(), "order")}
        for name, mapping in self.mappings.items():
            if mapping.entity in _READ_OTHERWISE:
                continue
            groups[_GROUPS.get(mapping.entity, "order")].append(name)
        for names in groups.values():
            names.sort(key=lambda name: (self._turn(name), name))
        return groups

    def _turn(self, name: str) -> tuple[int, bool]:
        """Put what others point to first, and what creates records before what completes them."""
        mapping = self.mappings[name]
        rank = (
            _REFERENCE_DATA.index(mapping.entity)
            if mapping.entity in _REFERENCE_DATA
            else len(_REFERENCE_DATA)
        )
        return rank, not getattr(mapping.spec, "creates", True)

    def mapping(self, feed: str) -> Mapping | OutgoingMapping | None:
        """Give the mapping of one feed, None when there is none; the others are not loaded.

        Raises ConfigError with all faults of this mapping, or of all when no single one has the name.
        """
        if "mappings" in self.__dict__ or not self.settings.mappings.is_dir():
            return self.mappings.get(feed)
        if feed not in self._loaded:
            found = load_feed(self.settings.mappings, feed)
            if found is None:
                return self.mappings.get(feed)
            self._loaded[feed] = found
        return self._loaded[feed]

    def incoming(self, feed: str) -> Mapping:
        """Give the mapping of a feed that comes in; raises ConfigError naming what there is."""
        mapping = self.mapping(feed)
        if not isinstance(mapping, Mapping):
            names = ", ".join(name for name, known in self.mappings.items() if isinstance(known, Mapping))
            raise ConfigError(f"There is no incoming feed {feed!r}", advice=f"Known feeds: {names}")
        return mapping

    def outgoing(self, feed: str) -> OutgoingMapping:
        """Give the mapping of a feed that goes out; raises ConfigError naming what there is."""
        mapping = self.mapping(feed)
        if not isinstance(mapping, OutgoingMapping):
            names = ", ".join(
                name for name, known in self.mappings.items() if isinstance(known, OutgoingMapping)
            )
            raise ConfigError(f"There is no outgoing feed {feed!r}", advice=f"Known feeds: {names}")
        return mapping

    def ledger(self) -> Ledger:
        """Open the ledger; the caller closes it."""
        self.settings.require_secrets()
        self.home.mkdir(parents=True, exist_ok=True)
        rules = read_life_rules(self.settings.order_rules)
        return Ledger.open(self.settings.ledger_url, life=rules, progress=_show_upgrade)

    def folder(self, partner: str = "") -> Folder:
        """Open the root folder of a partner, the ERP without a name; the caller closes it."""
        self.settings.require_secrets()
        place = self._partner(partner)
        # A connection that is not made costs no memory either (docs/adr/0009).
        if place.sftp is not None:
            from ..files import SftpFolder  # noqa: PLC0415 - as said

            return SftpFolder(place.sftp, place.sftp_root)
        if place.https is not None:
            from ..files import HttpsFolder  # noqa: PLC0415 - as said

            return HttpsFolder(place.https)
        if place.folder is not None:
            return LocalFolder(place.folder)
        raise ConfigError(
            "Nothing says where the ERP's files are",
            advice="Set PASSERELLE_SFTP__HOST and its companions, or PASSERELLE_FOLDER",
        )

    def pgp(self, partner: str = "") -> PgpRules | None:
        """Give the keys for a partner's files, where there are any."""
        keys = self._partner(partner).pgp
        return None if keys is None else keys.rules

    def _partner(self, name: str) -> Settings | PartnerSettings:
        if not name:
            return self.settings
        if name not in self.settings.partners:
            known = ", ".join(self.settings.partners) or "none"
            raise ConfigError(
                f"The settings know no partner {name!r}, only: {known}",
                advice=f"Set PASSERELLE_PARTNERS__{name.upper()}__SFTP__HOST and its companions",
            )
        return self.settings.partners[name]

    @property
    def archive(self) -> Archive:
        """Where every original is kept."""
        return Archive(self.home / "archive", level=1)

    def workdir(self, feed: str) -> Path:
        """Where files of a feed are worked on; nothing in it outlives a run (`upkeep.sweep`)."""
        path = self.home / "work" / safe_name(feed)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @asynccontextmanager
    async def client(self, allowance: Allowance | None = None) -> AsyncIterator[Client]:
        """Open the connection to the shop; `allowance` is its part of a call budget."""
        self.settings.require_secrets()
        if self.settings.commercetools is None:
            raise ConfigError(
                "Nothing says which commercetools project to write to",
                advice="Set PASSERELLE_COMMERCETOOLS__PROJECT_KEY and its companions",
            )
        from ..commercetools import Client  # noqa: PLC0415 - as in `folder`

        async with Client(self.settings.commercetools, allowance=allowance) as client:
            yield client


def _show_upgrade(done: int, total: int) -> None:
    for show in tracks.upgrades:
        show(done, total)

"""Import containers: what requests are put into, for as long as their retention policy says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..moments import moment_text, now
from ..problems import Problem, duplicate_field, invalid_field, invalid_operation
from ..store import Doc
from ..vocabulary import Key, Model
from .refusals import container_not_found

__all__ = ["MAX_CONTAINERS", "ContainerDraft", "ContainerUpdate", "Containers", "ResourceType"]

MAX_CONTAINERS = 1_000
#: Without a retention policy: counted from the creation, not from the last use.
_USUAL = timedelta(hours=72)
_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(days=30)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

ResourceType: TypeAlias = Literal[
    "business-unit", "category", "customer", "discount-code", "inventory", "order", "order-patch",
    "price", "product", "product-draft", "product-selection", "product-tailoring", "product-type",
    "product-variant", "product-variant-patch", "standalone-price", "variant", "type",
]  # fmt: skip


class TimeToLive(Model):
    """How long, as `36h` or `7d`: from one hour to thirty days."""

    time_to_live: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[mhd]$")]


class RetentionPolicy(Model):
    """When a container goes, and all operations in it."""

    strategy: Literal["ttl"]
    config: TimeToLive


class ContainerDraft(Model):
    """A new container; with `resourceType` it takes requests of that type only."""

    key: Key
    resource_type: ResourceType | None = None
    retention_policy: RetentionPolicy | None = None


class ContainerUpdate(Model):
    """What of a container can be changed; `resourceType` left out is removed."""

    version: int
    resource_type: ResourceType | None = None


class Containers:
    """The containers of a project, by key."""

    def __init__(self) -> None:
        self.docs: dict[str, Doc] = {}

    def get(self, key: str) -> Doc:
        """One container.

        Raises:
            Problem: 404 ResourceNotFound.
        """
        found = self.docs.get(key)
        if found is None:
            raise container_not_found(key)
        return found

    def create(self, draft: ContainerDraft) -> Doc:
        """A new container.

        Raises:
            Problem: 400 DuplicateField for the key, InvalidField for the time to live, InvalidOperation when
                there are a thousand.
        """
        if draft.key in self.docs:
            raise duplicate_field("key", draft.key)
        if len(self.docs) >= MAX_CONTAINERS:
            raise invalid_operation(f"A project has {MAX_CONTAINERS} import containers at most.")
        created = now()
        moment = moment_text(created)
        doc: Doc = {"key": draft.key, "version": 1, "createdAt": moment, "lastModifiedAt": moment}
        if draft.resource_type is not None:
            doc["resourceType"] = draft.resource_type
        lives = _USUAL
        if draft.retention_policy is not None:
            doc["retentionPolicy"] = msgspec.to_builtins(draft.retention_policy)
            lives = _lifetime(draft.retention_policy.config.time_to_live)
        doc["expiresAt"] = moment_text(created + lives)
        self.docs[draft.key] = doc
        return doc

    def update(self, doc: Doc, update: ContainerUpdate) -> Doc:
        """Change a container.

        Raises:
            Problem: 409 ConcurrentModification.
        """
        if update.version != doc["version"]:
            raise Problem(
                409,
                "ConcurrentModification",
                "A concurrent modification was detected",
                specifiedVersion=update.version,
                currentVersion=doc["version"],
                conflictedResource=doc["key"],
            )
        changed = {name: value for name, value in doc.items() if name != "resourceType"}
        if update.resource_type is not None:
            changed["resourceType"] = update.resource_type
        changed["version"] += 1
        changed["lastModifiedAt"] = moment_text(now())
        self.docs[doc["key"]] = changed
        return changed

    def expired(self, moment: datetime) -> list[str]:
        """Keys of the containers whose time is over."""
        text = moment_text(moment)
        return [key for key, doc in self.docs.items() if doc["expiresAt"] <= text]


def _lifetime(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([mhd])", text)
    lives = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not _SHORTEST <= lives <= _LONGEST:
        raise invalid_field("retentionPolicy.config.timeToLive", text)
    return lives

"""Notifications as they are written: in the platform's own format, or as CloudEvents 1.0."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from ..moments import now_text
from ..store import Doc
from ..vocabulary import new_id

__all__ = ["MOST_BYTES", "Notice", "change_notice", "message_notice", "written"]

#: What a standard queue takes in one message.
MOST_BYTES = 256 * 1024
Change: TypeAlias = Literal["ResourceCreated", "ResourceUpdated", "ResourceDeleted"]
#: What a message without its payload still says.
_KEPT = frozenset(
    {
        "resource", "resourceUserProvidedIdentifiers", "id", "version", "createdAt", "lastModifiedAt",
        "sequenceNumber", "resourceVersion",
    }
)  # fmt: skip
_NOT_TOLD = frozenset({"createdBy", "lastModifiedBy"})


class Notice(NamedTuple):
    """One notification before it is written: its payload, and what an envelope says of it."""

    payload: Doc
    kind: Literal["message", "change"]
    type: str
    path: str
    sequence: int | None


def message_notice(project_key: str, path: str, message: Doc) -> Notice:
    """A message of a resource whose kind is at `path`."""
    told = {name: value for name, value in message.items() if name not in _NOT_TOLD}
    payload = {"notificationType": "Message", "projectKey": project_key, **told}
    return Notice(payload, "message", message["type"], path, message["sequenceNumber"])


def change_notice(project_key: str, type_id: str, path: str, old: Doc | None, new: Doc | None) -> Notice:
    """That a resource was created, changed or deleted; nothing of what it is."""
    doc = new if new is not None else old or {}
    change: Change = "ResourceUpdated"
    versions: dict[str, Any] = {"version": doc["version"]}
    if old is None:
        change = "ResourceCreated"
    elif new is None:
        change = "ResourceDeleted"
        versions["dataErasure"] = False
    else:
        versions["oldVersion"] = old["version"]
    payload: Doc = {
        "notificationType": change,
        "projectKey": project_key,
        "resource": {"typeId": type_id, "id": doc["id"]},
        **versions,
        "modifiedAt": doc["lastModifiedAt"] if new is not None else now_text(),
    }
    identifiers = {name: doc[name] for name in ("key", "orderNumber") if name in doc}
    if identifiers:
        payload["resourceUserProvidedIdentifiers"] = identifiers
    return Notice(payload, "change", change, path, None)


def written(notice: Notice, delivery_format: Doc, most_bytes: int = MOST_BYTES) -> str:
    """The text that goes into a queue; a message that is too long for it goes without its payload."""
    text = _text(notice, notice.payload, delivery_format)
    if len(text) > most_bytes and notice.kind == "message":
        left = {name: value for name, value in notice.payload.items() if name in _KEPT}
        reason = {"reason": "Payload too large", "payloadType": notice.type}
        short = {
            "notificationType": "Message",
            "projectKey": notice.payload["projectKey"],
            **left,
            "payloadNotIncluded": reason,
        }
        text = _text(notice, short, delivery_format)
    return text.decode()


def _text(notice: Notice, payload: Doc, delivery_format: Doc) -> bytes:
    if delivery_format["type"] == "Platform":
        return orjson.dumps(payload)
    project, resource = payload["projectKey"], payload["resource"]
    event: Doc = {
        "specversion": delivery_format["cloudEventsVersion"],
        "id": payload.get("id") or new_id(),
        "type": f"com.commercetools.{resource['typeId']}.{notice.kind}.{notice.type}",
        "source": f"/{project}/{notice.path}",
        "subject": resource["id"],
        "time": payload.get("lastModifiedAt") or payload["modifiedAt"],
        "data": payload,
    }
    if notice.sequence is not None:
        event["sequence"] = str(notice.sequence)
        event["sequencetype"] = "Integer"
        event["dataref"] = f"/{project}/messages/{payload['id']}"
    return orjson.dumps(event)

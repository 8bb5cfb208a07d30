"""What is told of custom fields: their type set or removed, one field added, changed or removed."""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from ..told import Told

__all__ = ["tell_of_custom"]


def tell_of_custom(old: Doc, new: Doc, prefix: str, where: Doc) -> Iterator[Told]:
    """What became of the custom fields of a document or a part; messages begin with `prefix` (`Order`).

    `where` names the part, and is in each message.
    """
    was, now = old.get("custom"), new.get("custom")
    if was == now:
        return
    if now is None:
        if was is not None:
            yield Told(f"{prefix}CustomTypeRemoved", {**where, "previousTypeId": was["type"]["id"]})
        return
    if was is None or was["type"] != now["type"]:
        previous = {} if was is None else {"previousTypeId": was["type"]["id"]}
        yield Told(f"{prefix}CustomTypeSet", {**where, "customFields": now, **previous})
        return
    before, after = was["fields"], now["fields"]
    for name in before.keys() - after.keys():
        yield Told(f"{prefix}CustomFieldRemoved", {**where, "name": name})
    for name, value in after.items():
        told = {**where, "name": name, "value": value}
        if name not in before:
            yield Told(f"{prefix}CustomFieldAdded", told)
        elif before[name] != value:
            yield Told(f"{prefix}CustomFieldChanged", {**told, "previousValue": before[name]})

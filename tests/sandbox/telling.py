"""What messages tell, asked by somebody whose answers are not judged.

The description lists the messages of orders below a schema of their own, and knows no page of them: each is
held against the schema of its type instead.
"""

from __future__ import annotations

from typing import Any

from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront

__all__ = ["told"]


def told(front: Shopfront, where: str, official: OfficialContract | None) -> list[dict[str, Any]]:
    """The messages that a predicate finds, in the order of their numbers, each as its schema has it."""
    quiet = Shopfront(front.sandbox, front.project)
    found = quiet.results("messages", where=where, limit=500)
    quiet.close()
    if official is not None:
        faults = [f for one in found for f in official.check_schema(f"{one['type']}Message", one)]
        assert faults == []
    return sorted(found, key=lambda one: (one["resource"]["id"], one["sequenceNumber"]))

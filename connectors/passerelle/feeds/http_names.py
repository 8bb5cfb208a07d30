"""Names of records that leave by HTTP: the key that their receiver takes once, and its attempts."""

from __future__ import annotations

from ..ledger import OutboxFile
from ..records import Order, OrderRequest

__all__ = ["attempt_name", "key_of", "record_key"]


def record_key(record: Order | OrderRequest) -> str:
    """The key of a record, made of business facts: an order and its revision, or a request of an order."""
    if isinstance(record, Order):
        return f"{record.order_number}-{record.revision}"
    return f"{record.order_number}/{record.key}"


def attempt_name(key: str, sequence: int | None) -> str:
    """The name under which a record is stored; a second attempt has its number behind the same key."""
    return key if sequence is None else f"{key}#{sequence}"


def key_of(file: OutboxFile) -> str:
    """The key of a stored record, the same at every attempt."""
    return file.name.removesuffix(f"#{file.sequence}")

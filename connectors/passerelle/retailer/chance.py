"""Chance: one die per subject, so that inventing one more thing never shifts the others."""

from __future__ import annotations

from random import Random

__all__ = ["dice"]


def dice(seed: int, *subject: str | int) -> Random:
    """Return the die of one subject: the same seed and subject throw the same numbers on every machine.

    Seeding by text goes through SHA-512 in the standard library, so neither the hash seed of the process
    nor the platform has a say.
    """
    return Random("/".join(str(part) for part in (seed, *subject)))  # noqa: S311 invented goods, no secrets

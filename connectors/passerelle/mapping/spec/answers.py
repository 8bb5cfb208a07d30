"""Answers: what a partner gets back for each file received, and how outgoing names may look."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from .base import Names, Spec

__all__ = ["AcknowledgeSpec", "NamesSpec", "RejectsSpec"]


class NamesSpec(Spec):
    """What the partner's server makes of the names of our files."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    reserved: Names = ("progress", "test", "done", "tmp", "filepart")
    """Words that make the partner pass over a file; looked for anywhere in the name, in any case."""
    allowed: str = "A-Za-z0-9._-"
    """Letters that may stand in a name, ranges written `A-Z`."""
    longest: int = Field(default=100, ge=1)
    """Most characters of a name."""


class AcknowledgeSpec(Spec):
    """Which files answer each file received: the names of feeds of `entity: receipt` that lay them out."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    technical: str | None = None
    """Feed of the answer that says: received, and readable or not. One record."""
    functional: str | None = None
    """Feed of the answer that says what was made of the records: the counts, and a record a reject."""
    language: Literal["fr", "en"] = "fr"
    """Language of the reasons that the code table does not have."""
    reasons: str | None = None
    """A code table of the feed: from our fault's code (`missing_value`) to the partner's words."""
    at_most: int = Field(default=500, ge=1)
    """Most records in one answer; more of them go in further files."""


class RejectsSpec(Spec):
    """The records that were not taken, given back as the partner wrote them, each with its reason."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    folder: str
    """Where they are put, below the partner's root."""
    name: str = "REJETS_{name}"
    """Their file's name; `{name}` is that of the file received."""
    language: Literal["fr", "en"] = "fr"
    """Language of the reasons that the code table does not have."""
    reasons: str | None = None
    """A code table of the feed: from our fault's code (`missing_value`) to the partner's words."""
    code_field: str = "REJET_CODE"
    """Element, column or key that holds the code."""
    reason_field: str = "REJET_MOTIF"
    """Element, column or key that holds the reason."""
    marker: str | None = None
    """Suffix of the marker that is put last, such as `.ok`."""

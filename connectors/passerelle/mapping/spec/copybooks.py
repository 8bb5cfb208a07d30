"""Copybooks: the file beside the mapping that describes a record as COBOL does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from .base import Names, Spec

__all__ = ["Copybook", "CopybookSpec"]


class CopybookSpec(Spec):
    """Which record of which copybook: `copybook: DTAR020.cbl`, or `{file: …, record: …}`."""

    file: str = Field(description="The copybook, beside the mapping.")
    record: str | None = Field(None, description="The 01 level that is meant, when there are several.")
    redefines: Names = Field(
        (), description="The REDEFINES to be read in place of what they redefine, by their names."
    )


def _short(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


#: The name of a file, or which record of it.
Copybook = Annotated[CopybookSpec, BeforeValidator(_short, json_schema_input_type=str | CopybookSpec)]

"""Owners: who has the word on a field when somebody else changed it in the target."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from .base import Spec

__all__ = ["ForeignEditsSpec", "ForeignPolicy", "WrittenForeignEdits"]

#: What is done with a field that somebody else changed after we wrote it: set right, left to them, or left
#: to them and told as a question.
ForeignPolicy: TypeAlias = Literal["overwrite", "keep", "report"]


class ForeignEditsSpec(Spec):
    """What is done with fields that others changed in the shop after the feed wrote them.

    `keep`, `{policy: overwrite, limit: 5, owners: {pim: report}}`; a field says it for itself.
    """

    policy: ForeignPolicy = Field(
        default="overwrite",
        description="The feed's value wins and the edit is told; or the edit is left in the shop: quietly"
        " (keep), or told as something that a person is to decide (report)",
    )
    limit: int = Field(
        default=3,
        ge=1,
        description="So often the same field is set right; then it is left as it is and told as a fight",
    )
    owners: dict[str, ForeignPolicy] = Field(
        default={}, description="The policy for the fields of an owner (`pim: keep`)"
    )


def _policy(value: Any) -> Any:
    return {"policy": value} if isinstance(value, str) else value


WrittenForeignEdits = Annotated[
    ForeignEditsSpec,
    BeforeValidator(_policy, json_schema_input_type=ForeignEditsSpec | ForeignPolicy),
]

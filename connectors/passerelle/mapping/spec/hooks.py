"""The spec of hooks: which functions of your own are asked before a record is created or updated."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .base import Spec

__all__ = ["HooksSpec"]


class HooksSpec(Spec):
    """`{before_create: new_ones_hidden, before_update: keep_what_was_curated}`."""

    before_create: str | None = Field(
        default=None, description="The hook that is asked about a record that the target does not have"
    )
    before_update: str | None = Field(
        default=None,
        description="The hook that is asked about a record that the target has; it sees what is there",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.before_create is None and self.before_update is None:
            raise ValueError("say before_create, before_update, or both")
        return self

"""Files: where they lie, what their names mean, when they may be taken."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .base import Duration, Spec

__all__ = ["FilesSpec", "ReadySpec"]


class ReadySpec(Spec):
    """When a file may be taken: a marker beside it, or no change over two looks `stable_for` apart."""

    marker: str | None = None
    stable_for: Duration | None = None

    @model_validator(mode="after")
    def _one(self) -> ReadySpec:
        if (self.marker is None) == (self.stable_for is None):
            raise ValueError("say either marker: .ok or stable_for: 30s")
        return self


class FilesSpec(Spec):
    """Where the files lie below the partner's root, and what their names mean."""

    folder: str
    pattern: str
    modes: dict[str, Literal["full", "delta"]] = Field(default={})
    ready: ReadySpec

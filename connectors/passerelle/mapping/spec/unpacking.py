"""Unpacking: how the files of a partner are packed, from the outside in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from .base import Spec, several

__all__ = ["Packed", "UnpackSpec"]

Layer = Literal["gz", "zip", "tar", "pgp"]


class UnpackSpec(Spec):
    """How a file is packed: `unpack: gz`, `unpack: [gz, tar]`, or `unpack: {as: zip, members: …}`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    as_: Annotated[tuple[Layer, ...], BeforeValidator(several)] = Field(alias="as", min_length=1)
    """The layers from the outside in: `[pgp, zip]` is a zip that was encrypted; tar.gz is `[gz, tar]`."""
    members: str = "*"
    """Which members of an archive are read, such as `STOCK_*.xml`; each has the feed's format."""
    manifest: str | None = None
    """The member that lists the others with their checksums, such as `*.md5`; all of them must agree."""


def _short(value: Any) -> Any:
    return {"as": value} if isinstance(value, str | list) else value


#: `gz`, a list of layers, or the whole of it.
Packed = Annotated[
    UnpackSpec, BeforeValidator(_short, json_schema_input_type=Layer | list[Layer] | UnpackSpec)
]

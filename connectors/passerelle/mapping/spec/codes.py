"""Code tables: what a partner's codes mean, in a CSV that people edit or in the mapping itself."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from .base import Names, Spec, several
from .conditions import Plain

__all__ = ["CodesSpec"]


def _columns(value: Any) -> Any:
    return value if isinstance(value, dict) else several(value)


#: Meanings: one column, several, or columns under names of their own (such as locales).
_Columns = Annotated[
    dict[str, str] | tuple[str, ...],
    BeforeValidator(_columns, json_schema_input_type=str | list[str] | dict[str, str]),
]


class CodesSpec(Spec):
    """A code table: CSV files beside the mapping with their columns, values in the mapping itself, or both.

    What comes later lies over what comes before: the second file over the first, values over the files.
    """

    file: Names | None = Field(
        default=None,
        description="The CSV file, beside the mapping that names it; several with the same columns lie over"
        " one another, so that a country adds rows to those of all",
    )
    from_: Names | None = Field(
        default=None, alias="from", description="The column of the code, or several that make it together"
    )
    to: _Columns | None = Field(
        default=None,
        description="The column of the meaning; several, or `{fr-FR: LABEL_FR}`, are chosen by `column`",
    )
    values: dict[str, Plain | dict[str, Plain]] | None = Field(
        default=None, description="Instead of a file: code to meaning, or code to meanings by column"
    )

    @model_validator(mode="after")
    def _one(self) -> CodesSpec:
        if not self.file and self.values is None:
            raise ValueError("a code table has a file, values or both")
        if self.file and (self.from_ is None or self.to is None):
            raise ValueError("a table in a file needs its columns: from and to")
        if not self.file and (self.from_ is not None or self.to is not None):
            raise ValueError("a table of values has no columns to name")
        if self.values is not None and len(self.from_ or ()) > 1:
            raise ValueError("a code of several columns stands in files: name another file, not values")
        return self

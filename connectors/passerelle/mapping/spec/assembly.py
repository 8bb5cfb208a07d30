"""Assembly: how the rows of one or several files become one raw record, before any field is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Names, Spec, several
from .conditions import ConditionSpec
from .controls import SourceControlsSpec
from .fields import Steps
from .files import FilesSpec
from .formats import FormatSpec

__all__ = [
    "AssemblySpec",
    "ComputeSpec",
    "FoldSpec",
    "GroupSpec",
    "InputSpec",
    "JoinSpec",
    "PairSpec",
    "SplitSpec",
    "inherited",
]


class ComputeSpec(Spec):
    """A raw name that is worked out from others, with the functions of fields: `{to, from, via}`."""

    to: str = Field(description="The new name; it replaces one that is there.")
    from_: Names = Field(
        (), alias="from", description="The paths it is made of; where all are absent, it is too."
    )
    first_of: Names = Field(
        (),
        description="Instead of `from`: paths that are tried in order; the first that has a text gives it.",
    )
    via: Steps = Field((), description="Functions, as in fields; numbers and yes or no become their text.")

    @model_validator(mode="after")
    def _one_origin(self) -> ComputeSpec:
        if bool(self.from_) == bool(self.first_of):
            raise ValueError("say either from or first_of")
        return self


Computes = Annotated[tuple[ComputeSpec, ...], BeforeValidator(several)]


class SplitSpec(Spec):
    """A cell that holds a list, such as `DE-EUR 154;EUR 191#wien`: it becomes a list of its items."""

    cell: str = Field(description="The path of the cell; it is taken away from where it stood.")
    by: str | None = Field(
        None, min_length=1, description="What stands between two items; without it the cell is one item."
    )
    parts: str | None = Field(
        None,
        description="A regular expression with named groups that each item fits as a whole; the item becomes"
        " a group with these names. A part that is not there is absent. Without it an item is a text.",
    )
    compute: Computes = Field((), description="Further names of each item.")


class FoldSpec(Spec):
    """Columns that stand side by side several times: each set becomes one group of a list."""

    columns: Annotated[tuple[Names, ...], BeforeValidator(several)] = Field(
        description="The sets of columns, all of one length; they are taken away from where they stood."
    )
    names: Names = Field(description="What the columns of each set are called in their group.")
    drop_empty: str | None = Field(
        None, description="The name (one of names) without which there is no group; else it needs any text."
    )

    @model_validator(mode="after")
    def _even(self) -> FoldSpec:
        if any(len(columns) != len(self.names) for columns in self.columns):
            raise ValueError(f"every set has {len(self.names)} columns, one for each of names")
        if self.drop_empty is not None and self.drop_empty not in self.names:
            raise ValueError(f"drop_empty is one of names, not {self.drop_empty!r}")
        return self


class PairSpec(Spec):
    """Names that repeat side by side: the first of each belong together, then the second, and so on."""

    lists: Names = Field(
        description="The names that repeat; they are taken away from where they stood, into the groups."
    )
    uneven: Literal["reject", "pad"] = Field(
        "reject", description="What happens when one repeats more often than another."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"lists": value} if isinstance(value, list) else value


class JoinSpec(Spec):
    """Rows of another input that belong to each row, hung below it under the name of the join."""

    input: str = Field(description="Which of the inputs they come from.")
    on: dict[str, str] = Field(
        default={},
        description="What must be equal: paths of this row, and for each a path of the other input's row."
        " Blanks around a value do not count; an empty value equals nothing.",
    )
    by: Literal["order"] | None = Field(
        None, description="`order`: the first row with the first, the second with the second (no `on` then)."
    )
    at: str | None = Field(
        None,
        description="The path of a list in this row: its items are joined, each for itself, and `on` starts"
        " from them.",
    )
    take: Literal["one", "all", "first", "last"] = Field(
        "one",
        description="How many rows: `one` is a group (a second row is a fault that names both), `all` is a"
        " list, `first` and `last` are those of the file.",
    )
    missing: Literal["keep", "reject", "blank"] = Field(
        "keep",
        description="When there is no row: `keep` the row without (with `all`: with an empty list), `reject`"
        " it, or hang a `blank` group, so that a product without variants has one.",
    )
    join: dict[str, JoinSpec] = Field(
        default={}, description="What is joined to each row that was found, by its name."
    )

    @model_validator(mode="after")
    def _linked(self) -> JoinSpec:
        if bool(self.on) == (self.by is not None):
            raise ValueError("say either on: {ID: ID_PRODUCT} or by: order")
        return self


class GroupSpec(Spec):
    """Rows that are parts of one record: the rows of one style, the lines of one product."""

    by: Names = Field((), description="The paths whose values the rows of a group share.")
    starts_when: ConditionSpec | None = Field(
        None, description="Instead of `by`: what holds for the first row of each group."
    )
    as_: str = Field(alias="as", description="The name of the list that holds the rows of the group.")
    order: Literal["adjacent", "any"] = Field(
        "adjacent",
        description="`adjacent`: the rows of a group follow each other (a group that comes back is a fault)."
        " `any`: they stand anywhere in the file; they are put in order first.",
    )
    empty: Literal["reject", "above"] = Field(
        "reject",
        description="What a row with an empty `by` is: a fault, or part of the group `above` it.",
    )
    lift: Names = Field(
        (),
        description="Names that stand on the group itself, taken from its rows; empty values say nothing.",
    )
    clash: Literal["reject", "first", "last"] = Field(
        "reject",
        description="When rows differ in a lifted name: a fault that names both lines, or which wins.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> GroupSpec:
        if bool(self.by) == (self.starts_when is not None):
            raise ValueError("say either by: [STYLE] or starts_when: {path: TYPE, is: main}")
        if self.order == "any" and (self.starts_when is not None or self.empty == "above"):
            raise ValueError("rows that belong to the group above are adjacent: leave order out")
        return self


class AssemblySpec(Spec):
    """What happens to rows before fields are read, in the order of these names."""

    where: ConditionSpec | None = Field(
        None, description="Only rows that meet it are read; the others are counted."
    )
    compute: Computes = Field(
        (), description="Names that are worked out from others, for joining and grouping."
    )
    split: dict[str, SplitSpec] = Field(
        default={}, description="Cells that hold a list, by the name of the list."
    )
    fold: dict[str, FoldSpec] = Field(
        default={}, description="Columns that repeat side by side, by the name of the list."
    )
    pair: dict[str, PairSpec] = Field(
        default={},
        description="Names that repeat and belong together by their order, by the name of the list.",
    )
    join: dict[str, JoinSpec] = Field(
        default={}, description="Rows of other inputs, by the name they have in this row."
    )
    group: GroupSpec | None = Field(None, description="Rows that make one record together.")
    keep: ConditionSpec | None = Field(
        None, description="Only assembled records that meet it are kept; the others are counted."
    )
    each: str | None = Field(
        None,
        description="The path of a list: one record for each of its items. The list is that one item then,"
        " and the rest stands around it as before.",
    )
    then_compute: Computes = Field(
        (), description="Names of each record that are worked out last, from what was joined: a key, say."
    )
    then_keep: ConditionSpec | None = Field(
        None,
        description="Asked last, of each record that `each` made: only those that meet it are kept; the"
        " others are counted.",
    )


class InputSpec(AssemblySpec):
    """A source beside the main one, of which rows are joined; what it leaves out it has from the main one."""

    files: FilesSpec | None = Field(
        None,
        description="Where its files lie: what differs from the main `files`. Left out: its rows stand in the"
        " main file itself.",
    )
    format: FormatSpec = Field(description="How they are laid out: what differs from the main `format`.")
    controls: SourceControlsSpec = Field(
        default=SourceControlsSpec(),
        description="What its files say of themselves, compared with what was read of them.",
    )
    same: Names | None = Field(
        None,
        description="Named parts that its file names share with the main file's, such as date. Left out: all"
        " parts that both patterns name.",
    )
    expect: dict[str, Names] = Field(
        default={},
        description="Values of a named part of which each needs a file: {language: [fr, en]}.",
    )
    optional: bool = Field(
        default=False, description="true: the main file does not wait for it, and no file means no rows."
    )


def inherited(values: Any) -> Any:
    """Fill what inputs leave out of `files` and `format` with what the main source says."""
    if not isinstance(values, Mapping) or not isinstance(values.get("inputs"), Mapping):
        return values
    filled: dict[str, Any] = {}
    for name, given in values["inputs"].items():
        source = dict(given) if isinstance(given, Mapping) else given
        if isinstance(source, dict):
            if isinstance(source.get("files"), Mapping):
                source["files"] = _files_over(values.get("files"), source["files"])
            source["format"] = _format_over(values.get("format"), source.get("format"))
        filled[name] = source
    return {**values, "inputs": filled}


def _files_over(main: Any, own: Mapping[str, Any]) -> Any:
    """Lay what an input says over the main files; a folder of its own has none of the main folder's parts."""
    if isinstance(main, Mapping) and "folder" in own:
        main = {name: value for name, value in main.items() if name != "each_of"}
    return _over(main, own)


def _format_over(main: Any, own: Any) -> Any:
    """Lay the settings of one format over those of the same; another format replaces it."""
    if own is None:
        return main
    if not isinstance(main, Mapping) or not isinstance(own, Mapping) or main.keys() != own.keys():
        return own
    return {kind: _over(settings, own[kind]) for kind, settings in main.items()}


def _over(below: Any, above: Any) -> Any:
    """Lay names over names; null takes one away."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {name: value for name, value in {**below, **above}.items() if value is not None}

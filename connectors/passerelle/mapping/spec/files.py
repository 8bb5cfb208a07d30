"""Files: where they lie, what their names mean, when they may be taken, what becomes of them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from .answers import AcknowledgeSpec, NamesSpec, RejectsSpec
from .base import Duration, Names, Spec, several
from .readiness import ReadySpec
from .unpacking import Packed
from .visits import VisitsSpec

__all__ = ["AfterwardsSpec", "ContentOrderSpec", "FilesSpec", "SchemaSpec", "SequenceSpec"]

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_FOLDER_PART = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class SequenceSpec(Spec):
    """How the numbers in the names count."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    first: int = Field(default=1, ge=0)
    """The number after the last one, and the first one of a year that counts anew."""
    last: int | None = Field(default=None, ge=1)
    """The number after which it begins again at `first`, such as 99999."""
    restarts: Literal["yearly"] | None = None
    """Counts anew each year, told by the date in the name."""
    by: Names = ()
    """Parts of the name that have a count of their own, such as `zone`."""
    wait: Duration = 0.0
    """A missing number is waited for so long; then the run stops and says whom to ask for what."""

    @model_validator(mode="after")
    def _ordered(self) -> SequenceSpec:
        if self.last is not None and self.last <= self.first:
            raise ValueError(f"last must be more than first, which is {self.first}")
        return self


class ContentOrderSpec(Spec):
    """Files are taken in the order of a moment that stands in their header, not of their names or dates."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    header: str
    """Path of the moment in the header, such as `ENTETE/HORODATAGE`."""
    form: str = "AAAAMMJJhhmmss"
    """How it is written, in the letters of name patterns: AAAA or YYYY, MM, JJ or DD, hh, mm, ss."""


class AfterwardsSpec(Spec):
    """What becomes of the partner's files when we are done with them."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    taken: Literal["archive", "delete", "leave"] | None = None
    """Moved to the partner's archive, deleted, or left where they are; else the setting of the workspace."""
    archive: str = "archive"
    """Folder for what was taken; `{date:AAAA/MM/JJ}` in it is the day of the move."""
    error: str = "error"
    """Folder for what was refused; `ours` keeps a copy with its reason on our side instead."""
    partner_keeps: Duration | None = None
    """The partner deletes files of this age: the run warns when one that is not applied comes near it."""
    warn_before: Duration = 86400.0
    """How long before that the warning begins."""
    originals: Duration | None = None
    """How long we keep the originals, such as 180d; without it for ever. What was not applied stays."""


class SchemaSpec(Spec):
    """The partner's XML schema: a file that does not keep to it is refused whole."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    file: str
    """The `.xsd`, beside the mapping."""
    let_pass: Names = ()
    """Names of elements whose faults are counted and noted, not refused."""


class FilesSpec(Spec):
    """Where the files lie below the partner's root, what their names mean, and how they are handled."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    partner: str = ""
    """Whose server it is: a name in the settings (`PASSERELLE_PARTNERS__…`); empty for the ERP's."""
    folder: str
    """Folder below the partner's root; parts such as `{country}` are filled from `each_of`."""
    each_of: dict[str, Names] = Field(default={})
    """The values of the folder's parts: `{country: [fr, be]}` reads `out/fr` and `out/be`."""
    pattern: str
    """How the names are made: `STOCK_{zone}_{mode}_{sequence:5}_{date:AAAAMMJJ}.xml`."""
    case: Literal["exact", "any"] = "exact"
    """`any`: capitals and small letters in names are the same."""
    temporary: Names = ()
    """Further suffixes of files that are still being written, beside `.tmp`, `.part`, `.filepart`, …"""
    modes: dict[str, Literal["full", "delta"]] = Field(default={})
    """What the codes in `{mode}` and `mode_from` mean."""
    mode: Literal["full", "delta"] | None = None
    """What every file is, when neither its name nor its header says so."""
    mode_from: str | None = None
    """Path in the header that says what the file is, in the codes of `modes`."""
    full_on: Annotated[tuple[Weekday, ...], BeforeValidator(several)] = ()
    """Days of the week whose files are full, the others are deltas; told by the date in the name."""
    ready: ReadySpec
    """When a file may be taken."""
    unpack: Packed | None = None
    """How the files are packed."""
    limit: int | None = Field(default=None, ge=1)
    """Most files of one run; the oldest come first."""
    in_order_of: ContentOrderSpec | None = None
    """Order by a moment in the content."""
    sequence: SequenceSpec = SequenceSpec()
    """Where the numbers in the names begin and end, and what happens when one is missing."""
    after: Names = ()
    """Feeds whose files of the same business day are applied first; until then these wait."""
    empty: Literal["nothing_to_say", "suspicious"] | None = None
    """What a file without records is: taken as no news, or held for a person."""
    claim: Literal["lease", "rename"] = "lease"
    """How several collectors keep off each other's files: by our ledger, or by a rename on the server."""
    control_reference: str | None = None
    """Path in the header of a reference that no two files share: a second one is skipped."""
    xsd: SchemaSpec | None = None
    """The partner's XML schema."""
    afterwards: AfterwardsSpec = AfterwardsSpec()
    """What becomes of the files."""
    visits: VisitsSpec = VisitsSpec()
    """When the partner's server may be asked."""
    acknowledge: AcknowledgeSpec = AcknowledgeSpec()
    """The answers to each file."""
    return_rejects: RejectsSpec | None = None
    """The rejected records, given back."""
    names: NamesSpec = NamesSpec()
    """For files that we deliver: what their names may be."""
    acknowledged_within: Duration | None = None
    """For files that we deliver: the partner answers in this time, else the run lists what is overdue."""

    @model_validator(mode="after")
    def _agree(self) -> FilesSpec:
        parts = set(_FOLDER_PART.findall(self.folder))
        if parts != set(self.each_of):
            raise ValueError(
                f"the parts of folder ({', '.join(sorted(parts)) or 'none'}) and of each_of "
                f"({', '.join(sorted(self.each_of)) or 'none'}) must be the same"
            )
        told = [word for word in ("mode", "mode_from") if getattr(self, word) is not None]
        told += ["full_on"] if self.full_on else []
        told += ["{mode} in the pattern"] if "{mode" in self.pattern else []
        if len(told) > 1:
            raise ValueError(f"say once what a file is, not by {' and '.join(told)}")
        return self

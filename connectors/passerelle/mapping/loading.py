"""Loading: YAML files and code tables to mappings, with every flaw of them told at once."""

from __future__ import annotations

import copy
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import ConfigError
from ..formats import codec_name
from .assembly import compile_assembly
from .codes import CodeTable
from .compiling import Compiler, Context, raw_paths
from .controls import compile_controls
from .copybooks import lay_out_copybooks
from .documents import address, addresses, feeds_of, file_of
from .entities import ENTITIES, Target, shape_of
from .feed_checks import check_movements, code_tables, delete_flag, own_functions, scoped_fields, scopes_of
from .fields import Leaf
from .format_checks import check_format, check_parents
from .functions import READING
from .hooks import compile_hooks
from .mapping import Extras, Mapping
from .misses import Misses
from .outgoing import OUTGOING, OutgoingCompiler, OutgoingMapping, Sheet, Totals, places_of
from .pipeline import build
from .repair import TextDoctor
from .scopes import Scopes, scope_name
from .spec import MappingSpec, OutgoingSpec, StepSpec
from .stock_places import stock_places
from .yaml_source import Flaw, Node, Place, find, load, nearest, plain

__all__ = ["load_feed", "load_feeds", "load_incoming", "load_mapping", "mapping_files", "yaml_files"]

S = TypeVar("S", MappingSpec, OutgoingSpec)

# Where a mapping says which feed it is: at the margin, the name bare or in quotes.
_FEED = re.compile(r"""^feed:[ \t]*["']?([^"'#\s]+)""", re.MULTILINE)
#: The file in which a system declares its own model; it is no feed.
MODEL = "model.yaml"
#: The folder of mappings that show how; their files are nobody's feeds.
EXAMPLES = "examples"
#: The folder of profiles of peak mode; they say nothing of records.
PEAK = "peak"
_ADVICE = "Nothing was started: correct the mapping, then check it again"
# A raw key is what the source says, after trim.
_KEY = Target("key", "plain", "text", absent=..., empty=..., nullable=False)


def load_mapping(path: Path) -> Mapping | OutgoingMapping:
    """Load one mapping with its code tables; `path` is a file, or one feed of it: `poland.yaml#prices-pl`.

    Raises:
        ConfigError: with every flaw as `file:line:column: what is wrong`; `data["flaws"]` lists them. Or the
            file holds several feeds and the path names none of them.
    """
    flaws: list[Flaw] = []
    mapping = _load(path, flaws)
    if flaws or mapping is None:
        raise _refused(flaws)
    return mapping


def load_incoming(path: Path) -> Mapping:
    """Load one mapping of a feed that comes in.

    Raises:
        ConfigError: as `load_mapping` does, or because it is a feed that goes out.
    """
    mapping = load_mapping(path)
    if isinstance(mapping, OutgoingMapping):
        raise ConfigError(
            f"{path}: feed {mapping.feed!r} goes out: it writes {mapping.entity} records, it reads no rows",
            advice="Name the mapping of a feed that comes in, or use load_mapping for this one",
        )
    return mapping


def load_feeds(folder: Path) -> dict[str, Mapping | OutgoingMapping]:
    """Load every mapping below a folder, by feed name; a file may hold several, `---` between them.

    Raises:
        ConfigError: with every flaw of all of them.
    """
    flaws: list[Flaw] = []
    feeds: dict[str, Mapping | OutgoingMapping] = {}
    for path in feeds_of(mapping_files(folder)):
        mapping = _load(path, flaws)
        if mapping is None:
            continue
        if mapping.feed in feeds:
            message = f"feed {mapping.feed!r} is already in {feeds[mapping.feed].file}"
            flaws.append(Flaw(Place(str(file_of(path)[0]), 1, 1), message))
        feeds[mapping.feed] = mapping
    if flaws:
        raise _refused(flaws)
    return feeds


def load_feed(folder: Path, feed: str) -> Mapping | OutgoingMapping | None:
    """Load the one mapping below a folder that names this feed; None when none does, or several.

    The others are only looked at for their name: `load_feeds` tells what is wrong with them.

    Raises:
        ConfigError: with every flaw of this mapping.
    """
    files = mapping_files(folder)
    found = [path for path in files if feed in _FEED.findall(path.read_text("utf-8", "replace"))]
    if len(found) != 1:
        return None
    several = addresses(found[0])
    mapping = load_mapping(several[0] if len(several) == 1 else address(found[0], feed))
    return mapping if mapping.feed == feed else None


def mapping_files(folder: Path) -> list[Path]:
    """List the files below a folder that hold feeds, or what feeds extend: no model, no example."""
    return [path for path in yaml_files(folder) if EXAMPLES not in path.relative_to(folder).parts[:-1]]


def yaml_files(folder: Path) -> list[Path]:
    """List the files below a folder that could hold feeds, examples too: no model, no peak profile."""
    return [
        path
        for path in sorted(folder.rglob("*.yaml"))
        if path.name != MODEL and PEAK not in path.relative_to(folder).parts[:-1]
    ]


def _refused(flaws: list[Flaw]) -> ConfigError:
    ordered = tuple(sorted(set(flaws)))
    lines = "\n".join(str(flaw) for flaw in ordered)
    return ConfigError(
        f"{len(ordered)} flaw{'s' * (len(ordered) != 1)}:\n{lines}\n", advice=_ADVICE, flaws=ordered
    )


def _load(path: Path, flaws: list[Flaw]) -> Mapping | OutgoingMapping | None:
    node = load(path, flaws)
    if node is None:
        return None
    loader = _Loader(path, node, flaws)
    values = plain(node)
    lay_out_copybooks(values, partial(find, node), flaws)
    # What comes in has a key; orders go both ways.
    if values.get("entity") in OUTGOING and "key" not in values:
        out = loader.spec(OutgoingSpec, values)
        return None if out is None else loader.outgoing(out)
    incoming = loader.spec(MappingSpec, values)
    return None if incoming is None else loader.incoming(incoming)


class _Loader:
    """One mapping on its way, with the flaws found so far."""

    def __init__(self, path: Path, node: Node, flaws: list[Flaw]) -> None:
        self._path = path
        self._node = node
        self._flaws = flaws
        #: Where a name was misspelt: what seems to be missing there is not, and is not told.
        self._misspelt: set[Place] = set()

    def report(self, location: Sequence[str | int], message: str, *, key: bool = False) -> None:
        """Note a flaw where a value stands, or where its key stands."""
        place = find(self._node, location, key=key)
        if place not in self._misspelt:
            self._flaws.append(Flaw(place, message))

    def spec(self, model: type[S], values: Any) -> S | None:
        """Check the values against the models; None when they do not fit.

        What is only too much is taken out after it was told, so that the rest is compiled and all of its
        flaws are told in the same go.
        """
        try:
            return model.model_validate(values)
        except ValidationError as error:
            faults = error.errors()
            for fault in faults:
                location, kind = fault["loc"], fault["type"]
                name = ".".join(str(step) for step in location)
                received = fault["input"]
                if kind == "extra_forbidden":
                    known = nearest(str(location[-1]), _known(model, location[:-1]))
                    self.report(location, f"unknown key {location[-1]!r}; {known}", key=True)
                elif kind == "missing":
                    self.report(location, f"{name} is missing")
                elif kind == "value_error":
                    self.report(location, f"{name}: {fault['ctx']['error']}, not {received!r}")
                else:
                    expected = fault["msg"].removeprefix("Input should be ")
                    self.report(location, f"{name} must be {expected}, not {received!r}")
            if any(fault["type"] != "extra_forbidden" for fault in faults):
                return None
            for fault in faults:
                self._misspelt.add(find(self._node, fault["loc"][:-1]))
            try:
                return model.model_validate(_without(values, [fault["loc"] for fault in faults]))
            except (ValidationError, LookupError, TypeError):
                # The place of a flaw in one of several forms is no path of names.
                return None

    def _report_input(self, name: str, location: Sequence[str | int], message: str) -> None:
        self.report(("inputs", name, *location), message)

    def incoming(self, spec: MappingSpec) -> Mapping | None:
        """Compile an incoming feed."""
        before = len(self._flaws)
        check_format(spec.format, self.report)
        for name, source in spec.inputs.items():
            check_format(source.format, partial(self._report_input, name))
        modules = own_functions(spec.functions, self.report)
        tables = self._tables(spec)
        misses = Misses()
        for name, table in tables.items():
            tables[name] = replace(table, misses=misses)
        assembly = compile_assembly(spec, tables, self.report)
        doctor = TextDoctor(self._repair_charset(spec), keep_lost=spec.repair.lost_characters == "keep")
        context = Context(tables, doctor, spec.format.header_name, self.report, misses, spec.locales)
        scopes = scopes_of(spec, context)
        compiler = Compiler(context)
        fields = (*spec.fields, *scoped_fields(scopes))
        record = compiler.record(shape_of(ENTITIES[spec.entity]), fields, ("fields",))
        check_parents(spec.format, raw_paths(record), self.report)
        flag = delete_flag(spec, context)
        check_movements(spec, self.report)
        places = stock_places(spec, tables, self.report)
        keys = self._keys(spec, compiler, scopes)
        hooks = compile_hooks(spec, modules, self.report)
        controls = compile_controls(spec.controls, spec.files, spec.format.header_name, self.report)
        if len(self._flaws) > before:
            return None
        return Mapping(
            spec,
            file=str(self._path),
            record=record,
            keys=keys,
            tables=tables,
            doctor=doctor,
            assembly=assembly,
            misses=misses,
            extras=Extras(scopes, flag, tuple(modules), controls, places, hooks),
        )

    def outgoing(self, spec: OutgoingSpec) -> OutgoingMapping | None:
        """Compile an outgoing feed."""
        before = len(self._flaws)
        check_format(spec.format, self.report, out=True)
        omit = spec.empty == "omit"
        tables = self._tables(spec)
        # A receiver of JSON must find a list where there may be one, also around a single item.
        lists = spec.format.name in {"json", "ndjson"}
        compiler = OutgoingCompiler(tables, self.report, omit=omit, lists=lists)
        record = OUTGOING[spec.entity]
        above, own, below = places_of(spec.format)
        header = compiler.fields(Sheet, spec.header, ("header",), above)
        fields = compiler.fields(record, spec.fields, ("fields",), own)
        trailer = compiler.trailer(Totals, record, spec.trailer, ("trailer",), below)
        if len(self._flaws) > before:
            return None
        return OutgoingMapping(
            spec,
            file=str(self._path),
            header=header,
            fields=fields,
            trailer=trailer,
            addends=compiler.addends,
            tables=tables.values(),
        )

    def _tables(self, spec: MappingSpec | OutgoingSpec) -> dict[str, CodeTable]:
        # Beside the mapping that names it, which may be one that this mapping extends.
        def beside(name: str, number: int) -> Path:
            return Path(find(self._node, ("codes", name, "file", number)).file).parent

        return code_tables(spec.codes, beside, self.report)

    def _repair_charset(self, spec: MappingSpec) -> str | None:
        rule = spec.repair.double_encoded_utf8
        if rule is False:
            return None
        charset = spec.format.charset if rule is True else rule
        if codec_name(charset) in (None, "utf-8"):
            self.report(
                ("repair", "double_encoded_utf8"),
                f"name the charset of the wrong reading, such as windows-1252, not {charset}",
            )
        return charset

    def _keys(self, spec: MappingSpec, compiler: Compiler, scopes: Scopes | None) -> tuple[Leaf, ...]:
        keys: list[Leaf] = []
        trim = build([StepSpec(name="trim")], "text", READING, {}, self.report, ("key",))
        named = [] if scopes is None else [scope_name(one.field) for one in scopes.dimensions]
        for index, path in enumerate((*spec.key, *named)):
            source = compiler.source(path, 0, ("key", index))
            if source is not None and trim is not None:
                keys.append(Leaf("key", _KEY, None, (source,), trim, TextDoctor(None), required=True))
        return tuple(keys)


def _without(values: Any, locations: Sequence[Sequence[str | int]]) -> Any:
    """Copy values without some of their names; a list that was written as its only item stays so."""
    copied = copy.deepcopy(values)
    for *around, name in locations:
        inner = copied
        for step in around:
            if not (isinstance(step, int) and isinstance(inner, dict)):
                inner = inner[step]
        del inner[name]
    return copied


def _known(model: Any, location: Sequence[str | int]) -> list[str]:
    """List the keys that a place of the mapping knows."""
    for step in location:
        model = _bare(model)
        if isinstance(step, int):
            continue
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {(field.alias or name): field.annotation for name, field in model.model_fields.items()}
            model = fields.get(step)
        elif typing.get_origin(model) is dict:
            model = typing.get_args(model)[1]
    model = _bare(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        known = [field.alias or name for name, field in model.model_fields.items()]
        return [*known, "extends", "with"] if not location else known
    return []


def _bare(hint: Any) -> Any:
    """Take a type out of what may be around it: None, an annotation, a list."""
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated or origin is tuple:
            hint = typing.get_args(hint)[0]
        elif origin in (typing.Union, types.UnionType):
            hint = next(option for option in typing.get_args(hint) if option is not types.NoneType)
        else:
            return hint

"""`passerelle mapping …`: tools for the person who writes a mapping."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError
from .showing import Json, Lang, chosen_language, errors_shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..mapping import Mapping, OutgoingMapping
    from .sheets import Block
    from .words import Language

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer(
    help="Write mappings: draft, check, try, test and explain them, and see what they leave unread.",
    no_args_is_help=True,
)

#: Where the mappings of a project lie.
MAPPINGS = Path("mappings")

Html = Annotated[Path | None, typer.Option("--html", help="Write the report as a page to this file.")]
By = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        "-m",
        help="The mapping; left out, the one below mappings/ that takes such a name."
        " Of several in a file, the one that takes it, or FILE#feed.",
    ),
]
Mappings = Annotated[
    list[Path] | None, typer.Argument(help="Mappings (one feed of a file: FILE#feed) or folders of them.")
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")]
Sample = Annotated[Path, typer.Argument(help="A file as the partner sends it (.gz too).")]


@app.command()
def check(
    files: Mappings = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Check mappings: every flaw at once, with file, line, column and the nearest right name.

    Exit codes: 0 no flaw, 1 flaws.
    """
    from ..workbench.checking import check as check_mappings
    from .mapping_views import checked_view

    with errors_shown():
        chosen = chosen_language(lang)
        checked = check_mappings(files or [MAPPINGS])
        _show(checked, checked_view(checked, chosen), as_json=as_json)
        if checked.flaws:
            raise typer.Exit(1)


@app.command("try")
def try_(
    file: Sample,
    mapping: By = None,
    limit: Annotated[int, typer.Option(min=1, help="How many records.")] = 10,
    html: Html = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Map the first records of a file: each field's source beside its result, bad records with their faults.

    Exit codes: 0 all records map, 3 some are rejected.
    """
    from ..workbench.trying import try_file
    from .mapping_views import tried_view

    with errors_shown():
        chosen = chosen_language(lang)
        tried = try_file(_mapping(mapping, file), file, limit=limit)
        _show(tried, tried_view(tried, chosen), as_json=as_json, html=html, title=file.name, lang=chosen)
        if any(told.faults for told in tried.records):
            raise typer.Exit(3)


@app.command()
def explain(
    file: Sample,
    key: Annotated[str, typer.Option("--key", help="A key, a part of one, or a SKU.")],
    mapping: By = None,
    html: Html = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Tell of one record where each value stands in the file, and what each function made of it.

    Exit codes: 0 found, 1 not in the file, 3 found but rejected.
    """
    from ..workbench.explaining import explain as explain_key
    from .mapping_views import explained_view

    with errors_shown():
        chosen = chosen_language(lang)
        explained = explain_key(_mapping(mapping, file), file, key)
        title = f"{key} · {file.name}"
        _show(
            explained, explained_view(explained, chosen), as_json=as_json, html=html, title=title, lang=chosen
        )
        if not explained.records:
            raise typer.Exit(1)
        if any(told.faults for told in explained.records):
            raise typer.Exit(3)


@app.command("test")
def compare_cases(
    mappings: Mappings = None,
    update: Annotated[
        bool, typer.Option("--update", help="Take what comes out as expected, after showing what changes.")
    ] = False,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Compare the samples beside mappings with the records expected of them (`stock.tests/<case>/`).

    Of several feeds in a file, each has a folder of cases: `poland.tests/prices-pl/<case>/`.

    Exit codes: 0 all as expected, 1 not.
    """
    from ..workbench.cases import run_cases, write_expected
    from .mapping_views import cases_view

    with errors_shown():
        chosen = chosen_language(lang)
        suites = [run_cases(path) for path in _testable(mappings or [MAPPINGS])]
        _show(suites, cases_view(suites, chosen, update=update), as_json=as_json)
        if update:
            for suite in suites:
                write_expected(suite)
        elif not all(suite.passed for suite in suites):
            raise typer.Exit(1)


@app.command()
def coverage(
    files: Annotated[list[Path], typer.Argument(help="Files of one feed.")],
    mapping: By = None,
    html: Html = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Show what of the files is never read, and what of the mapping is never needed."""
    from ..workbench.coverage import coverage as cover
    from .measuring_views import covered_view

    with errors_shown():
        chosen = chosen_language(lang)
        covered = cover(_mapping(mapping, files[0]), files)
        title = f"{covered.feed} · {', '.join(covered.files)}"
        _show(covered, covered_view(covered, chosen), as_json=as_json, html=html, title=title, lang=chosen)


@app.command()
def drift(
    old: Annotated[Path, typer.Argument(help="A file that was read well.")],
    new: Annotated[Path, typer.Argument(help="The file that has come now.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="The mapping that reads both.", show_default=False)
    ] = None,
    html: Html = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Show what is different between two files of one feed: tags, types, widths, codes, empties, counts.

    Exit codes: 0 nothing that the mapping reads, 1 something (without a mapping: anything at all).
    """
    from ..workbench.comparing import compare
    from .measuring_views import drifted_view

    with errors_shown():
        chosen = chosen_language(lang)
        drifted = compare(old, new, None if mapping is None else _mapping(mapping, new))
        title = f"{old.name} → {new.name}"
        _show(drifted, drifted_view(drifted, chosen), as_json=as_json, html=html, title=title, lang=chosen)
        if drifted.read_changes:
            raise typer.Exit(1)


@app.command()
def infer(
    file: Sample,
    entity: Annotated[
        str, typer.Option(help="What the rows are: product, category, price, stock; left out, it is guessed.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the draft to this file, which must be new.")
    ] = None,
) -> None:
    """Draft a mapping from a sample; what is a guess stands there as a comment with what else it may be."""
    from ..workbench.infer import infer as draft

    with errors_shown():
        text = draft(file, entity=entity)
        if output is None:
            sys.stdout.write(text)
        else:
            _write_new(output, text)


@app.command()
def schema(output: Output = None) -> None:
    """Print the JSON Schema of mappings, for completion in an editor."""
    import json

    from ..workbench.schema import json_schema

    with errors_shown():
        _write(output, json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n")


@app.command()
def reference(output: Output = None) -> None:
    """Print the page that lists all a mapping may say, in Markdown."""
    from ..workbench.reference import reference as page

    with errors_shown():
        _write(output, page())


def _write(output: Path | None, text: str) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}") from error


def _write_new(output: Path, text: str) -> None:
    if output.exists():
        raise ConfigError(f"{output} is there already", advice="A draft never takes the place of a mapping")
    _write(output, text)


def _testable(paths: list[Path]) -> list[Path]:
    """List the mappings to test: those that are named, and those below a folder that have cases."""
    from ..mapping.documents import addresses, feeds_of
    from ..mapping.loading import yaml_files
    from ..workbench.cases import cases_folder

    found: list[Path] = []
    for path in paths:
        below = feeds_of(yaml_files(path)) if path.is_dir() else []
        found += [one for one in below if cases_folder(one).is_dir()] if path.is_dir() else addresses(path)
    return found


def _show(
    report: object,
    blocks: list[Block],
    *,
    as_json: bool,
    html: Path | None = None,
    title: str = "",
    lang: Language = "en",
) -> None:
    """Print a report: as JSON, as a page with a line about it, or in the terminal."""
    import msgspec
    from rich.console import Console

    from .page import write_page
    from .sheets import terminal
    from .words import say

    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    if html is not None:
        write_page(html, title, blocks, lang=lang)
        Console(stderr=as_json).print(say("html_hint", lang, file=html), markup=False, highlight=False)
    elif not as_json:
        Console().print(terminal(blocks))


def _mapping(path: Path | None, file: Path) -> Mapping:
    """Load the mapping that was named, or find the one whose files are named so."""
    from ..mapping import load_feeds, load_incoming, load_mapping
    from ..mapping.documents import addresses

    if path is None:
        feeds = load_feeds(MAPPINGS).values() if MAPPINGS.is_dir() else ()
        return _taking(feeds, file, f"below {MAPPINGS}/")
    several = addresses(path)
    if len(several) == 1:
        return load_incoming(several[0])
    return _taking([load_mapping(one) for one in several], file, f"in {path}")


def _taking(feeds: Iterable[Mapping | OutgoingMapping], file: Path, where: str) -> Mapping:
    """Choose the feed whose files are named so."""
    from ..files import FileNamePattern
    from ..mapping import Mapping as Incoming

    incoming = [feed for feed in feeds if isinstance(feed, Incoming)]
    found = [
        feed
        for feed in incoming
        if FileNamePattern.parse(feed.spec.files.pattern, modes=feed.spec.files.modes).match(file.name)
    ]
    if len(found) != 1:
        names = ", ".join(feed.feed for feed in found) or "none"
        such = f", such as {(found or incoming)[0].file}" if found or incoming else ""
        raise ConfigError(
            f"Which mapping reads {file.name}? Those {where} that take such a name: {names}",
            advice=f"Name it with --mapping{such}",
        )
    return found[0]


if __name__ == "__main__":
    sys.exit(app())

"""Small mappings, written in the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from passerelle.errors import ConfigError
from passerelle.mapping import Flaw, Mapping, OutgoingMapping, load_feeds, load_mapping

Load = Callable[..., Mapping]
Flaws = Callable[..., list[Flaw]]

HEAD = """\
feed: test
entity: {entity}
files: {{folder: out, pattern: "T_{{sequence:5}}.xml", ready: {{marker: .ok}}}}
format: {{xml: {{charset: {charset}, record: /F/R, header: /F/H}}}}
key: {key}
{codes}fields:
"""
CODES = "codes:\n  colours: {file: colours.csv, from: CODE, to: key}\n"
COLOURS = "CODE;key\n012;navy\n013;red\n"


@pytest.fixture
def shipped() -> dict[str, Mapping | OutgoingMapping]:
    """Load the mappings of the project."""
    return load_feeds(Path(__file__).parents[2] / "mappings")


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a mapping from its fields (and whatever stands below them)."""

    def build(
        fields: str, *, entity: str = "stock", charset: str = "ISO-8859-1", key: str = "SKU", rest: str = ""
    ) -> Mapping:
        (tmp_path / "colours.csv").write_text(COLOURS, encoding="utf-8")
        head = HEAD.format(entity=entity, charset=charset, key=key, codes="" if "codes:" in rest else CODES)
        text = head + indent(dedent(fields).strip("\n"), "  ") + "\n" + dedent(rest)
        path = tmp_path / "test.yaml"
        path.write_text(text, encoding="utf-8")
        mapping = load_mapping(path)
        assert isinstance(mapping, Mapping)
        return mapping

    return build


@pytest.fixture
def flaws_of(tmp_path: Path) -> Flaws:
    """Write YAML files and give the flaws of the first, its folder left out of their places."""

    def check(text: str, **others: str) -> list[Flaw]:
        (tmp_path / "colours.csv").write_text(COLOURS, encoding="utf-8")
        for name, content in others.items():
            (tmp_path / f"{name}.yaml").write_text(dedent(content), encoding="utf-8")
        path = tmp_path / "test.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_mapping(path)
        flaws: tuple[Flaw, ...] = caught.value.data["flaws"]
        return [flaw._replace(place=flaw.place._replace(file=Path(flaw.place.file).name)) for flaw in flaws]

    return check

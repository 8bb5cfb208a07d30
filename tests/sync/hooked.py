"""A package of hooks of one's own, installed for one test, and a feed of categories that names it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from passerelle.mapping import HOOKS

MODULE = "maison_hooks"
HEAD = """\
\"\"\"Hooks of a house.\"\"\"

from msgspec.structs import replace

from passerelle.mapping import hook

ASKED = []


def named(record, text):
    return replace(record, name={**record.name, "en": text})


"""
FEED = """\
feed: category
entity: category
functions: {module}.rules
hooks: {hooks}
files: {{folder: out, pattern: "category_{{mode}}_{{date:AAAAMMJJ}}.csv", modes: {{C: full, D: delta}}, \
ready: {{marker: .ok}}}}
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
guard: {{volume_drop: 100%, absent_share: 100%, reject_share: 100%}}
key: KEY
fields:
  - {{to: key, from: KEY, via: {{key: k-}}}}
  - {{to: name.en, from: TEXT}}
  - {{to: slug.en, from: KEY, via: {{key: k-}}}}
  - {{to: parent, from: PARENT, via: {{key: k-}}, empty: none}}
"""
BOTH = "{before_create: asked, before_update: asked}"


def feed_text(hooks: str = BOTH) -> str:
    """The mapping of a feed whose hooks are these."""
    return FEED.format(module=MODULE, hooks=hooks)


class Package:
    """What pip leaves of a package whose one module registers hooks."""

    def __init__(self, site: Path) -> None:
        self.file = site / MODULE / "rules.py"
        self.file.parent.mkdir(parents=True)
        (self.file.parent / "__init__.py").write_text("")
        info = site / f"{MODULE}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {MODULE}\nVersion: 1.0\n")
        (info / "top_level.txt").write_text(f"{MODULE}\n")

    def says(self, body: str, name: str = "asked", entity: str = "category") -> None:
        """Write the module anew: one hook whose lines these are; the next mapping loads it."""
        self.writes(f'@hook("{name}", "{entity}")\ndef decide(record, live):\n' + _indented(body))

    def writes(self, code: str) -> None:
        """Write the module anew."""
        self.forget()
        self.file.write_text(HEAD + code, encoding="utf-8")

    def forget(self) -> None:
        """Let no hook of it be known."""
        for name in [name for name, known in HOOKS.items() if known.module.startswith(MODULE)]:
            del HOOKS[name]
        for name in [name for name in sys.modules if name.startswith(MODULE)]:
            del sys.modules[name]

    @property
    def asked(self) -> list[tuple[str, object]]:
        """What its hook took down: the key, and what it saw."""
        found: list[tuple[str, object]] = sys.modules[f"{MODULE}.rules"].ASKED
        return found


@contextmanager
def installed(site: Path) -> Iterator[Package]:
    """A package that is there as long as the block runs."""
    package = Package(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        # A module that is written twice within a second is another one all the same.
        patch.setattr(sys, "dont_write_bytecode", True)
        try:
            yield package
        finally:
            package.forget()


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())

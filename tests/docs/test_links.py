"""Links of the documentation: none is dead, and no page is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from .links import ROOT, anchors, links, pages, reachable

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    """The file is there, and so is the heading that a link names."""
    dead = [str(link) for link in links(page) if not link.path.exists()]
    assert dead == []
    lost = [
        str(link)
        for link in links(page)
        if link.anchor and link.path.suffix == ".md" and link.anchor not in anchors(link.path)
    ]
    assert lost == []


def test_every_page_is_found_from_the_index() -> None:
    """Whoever begins at docs/README.md gets to every page by links alone."""
    found = reachable(ROOT / "docs/README.md")
    lost = [
        str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md")) if page not in found
    ]
    assert lost == []


def test_the_readme_leads_to_the_index() -> None:
    """The first page that anybody reads names the list of all others."""
    assert ROOT / "docs/README.md" in {link.path for link in links(ROOT / "README.md")}


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    """What stands in code is no link; headings are addressed as forges do, twice the same one too."""
    page = tmp_path / "page.md"
    page.write_text(
        "# What `passerelle` says\n## Then\n## Then\n`[no](link.md)` [a](gone.md#x) ![p](<p.svg>)\n"
        "```sh\n[no](link.md)\n```\n[out](https://example.com/a) [b](#then-1)\n",
        encoding="utf-8",
    )
    assert [(link.target, link.line) for link in links(page)] == [
        ("gone.md#x", 4),
        ("p.svg", 4),
        ("#then-1", 8),
    ]
    assert anchors(page) == {"what-passerelle-says", "then", "then-1"}

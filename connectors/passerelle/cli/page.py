"""A page: the same sheets as one HTML file that needs nothing else.

Our own few lines, not rich's `export_html`: that draws a picture of a terminal with its width, and a long
table wants columns that a browser can wrap, search and print.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from ..errors import ConfigError
from .sheets import Block, Cell, Code, Line, Sheet

__all__ = ["page", "write_page"]

_PAGE = """\
<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884;
  --dim: #777; --good: #187a2f; --bad: #c0271e; --warn: #9a6200; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --dim: #999; --good: #5ec27a; --bad: #ff7b72; --warn: #e3b341; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th {{ text-align: left; color: var(--dim); font-weight: normal; }}
th {{ position: sticky; top: 0; background: Canvas; }}
th, td {{ padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }}
td {{ overflow-wrap: break-word; white-space: pre-wrap; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; }} .w {{ white-space: nowrap; }}
pre {{ border: 1px solid var(--line); padding: .6rem; overflow-x: auto; }}
p {{ margin: .3rem 0; }} small, .dim {{ color: var(--dim); }}
.good {{ color: var(--good); }} .bad {{ color: var(--bad); }} .warn {{ color: var(--warn); }}
.strong {{ font-weight: bold; }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def page(title: str, blocks: Iterable[Block], *, lang: str) -> str:
    """Give blocks as a page of HTML; every text is escaped."""
    body = "\n".join(_block(block) for block in blocks)
    return _PAGE.format(title=escape(title), lang=escape(lang), body=body)


def write_page(path: Path, title: str, blocks: Iterable[Block], *, lang: str) -> None:
    """Write the page to a file.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        path.write_text(page(title, blocks, lang=lang), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _block(block: Block) -> str:
    if isinstance(block, Line):
        indent = f' style="margin-left:{block.indent}rem"' if block.indent else ""
        return f'<p class="{block.tone}"{indent}>{escape(block.text)}</p>'
    if isinstance(block, Code):
        return f"<pre>{escape(block.text)}</pre>"
    return _sheet(block)


def _sheet(sheet: Sheet) -> str:
    kinds = [
        " ".join(kind for kind, places in (("n", sheet.right), ("w", sheet.whole)) if place in places)
        for place in range(len(sheet.columns))
    ]
    head = "".join(
        f'<th class="{kind}">{escape(column)}</th>' for column, kind in zip(sheet.columns, kinds, strict=True)
    )
    rows = "\n".join(f"<tr>{_cells(row, kinds)}</tr>" for row in sheet.rows)
    title = f"<h2>{escape(sheet.title)}</h2>\n" if sheet.title else ""
    caption = f"\n<small>{escape(sheet.caption)}</small>" if sheet.caption else ""
    return f"{title}<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>{caption}"


def _cells(row: Iterable[Cell | str], kinds: list[str]) -> str:
    cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
    return "".join(
        f'<td class="{kind} {cell.tone}">{escape(cell.text)}</td>'
        for cell, kind in zip(cells, kinds, strict=True)
    )

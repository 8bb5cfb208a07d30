"""Stock files of twelve leaves a record (391 bytes), from a seed: the shape of a stock export of an ERP.

Per record: article, EAN, warehouse, quantity with a decimal comma, reserved, unit, day (`<LastChanged/>` in a
quarter of them), lead time, status, instant, bin, J or N. In key order, as exports are.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

__all__ = ["COLUMNS", "write_stock12"]

COLUMNS = (
    *("ArticleNumber", "Ean", "Warehouse", "Quantity", "Reserved", "Unit"),
    *("LastChanged", "LeadTime", "Status", "Exported", "Bin", "Active"),
)

_BLOCK = 10_000
_WAREHOUSES = 5


def write_stock12(folder: Path, rows: int, *, seed: int, generation: int = 0, share: float = 0.0) -> Path:
    """Write a full file with the number 1; in each generation a `share` of the records has other quantities.

    Generation n holds the changes of all before it, so that it differs from n - 1 by `share`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "STOCK12_C_00001_20261101.xml"
    with path.open("w", encoding="ascii", newline="", buffering=1 << 20) as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<Export>\n  <Header>\n')
        file.write("    <Sequence>00001</Sequence>\n    <Mode>C</Mode>\n  </Header>\n")
        for start in range(0, rows, _BLOCK):
            file.write("".join(_records(start, min(_BLOCK, rows - start), seed, generation, share)))
        file.write(f"  <Footer>\n    <Rows>{rows:07d}</Rows>\n  </Footer>\n</Export>\n")
    return path


def _records(start: int, count: int, seed: int, generation: int, share: float) -> list[str]:
    draw = Random(f"{seed}/{start}").random  # noqa: S311 - a seed, no secret
    moved: set[int] = set()
    for turn in range(generation):
        moved ^= set(Random(f"{seed}/{start}/{turn}").sample(range(count), int(count * share)))  # noqa: S311
    lines: list[str] = []
    for index in range(start, start + count):
        chance = int(draw() * 1e9)
        pieces = chance % 9000 + (500 if index - start in moved else 0)
        day = 20260101 + chance % 28
        changed = "<LastChanged/>" if chance % 4 == 0 else f"<LastChanged>{day}</LastChanged>"
        lines.append(
            f"  <Stock>\n    <ArticleNumber>A{index // _WAREHOUSES:010d}</ArticleNumber>\n"
            f"    <Ean>{4000000000000 + index}</Ean>\n    <Warehouse>W{index % _WAREHOUSES:02d}</Warehouse>\n"
            f"    <Quantity>{pieces:05d},000</Quantity>\n    <Reserved>{chance % 20},000</Reserved>\n"
            f"    <Unit>PCE</Unit>\n    {changed}\n    <LeadTime>{chance % 30}</LeadTime>\n"
            f"    <Status>{'ABC'[chance % 3]}</Status>\n"
            f"    <Exported>{chance % 28 + 1:02d}.11.2026 04:{chance % 60:02d}:11</Exported>\n"
            f"    <Bin>R{chance % 99:02d}-{chance % 97:02d}</Bin>\n"
            f"    <Active>{'JN'[chance % 7 == 0]}</Active>\n  </Stock>\n"
        )
    return lines

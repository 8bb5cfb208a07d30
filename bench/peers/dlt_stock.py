"""dlt at its best: rows from lxml in batches, parquet, merged by key into DuckDB; the second run is measured.

Runs in its own environment: `python dlt_stock.py FILE RECORD KEY[,KEY…] FOLDER` prints one line of JSON with
the CPU seconds of the warm run and the rows that the table holds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dlt
from lxml import etree

BATCH = 5_000


def rows(path: str, record: str) -> Iterator[list[dict[str, str | None]]]:
    """Read the records as the fastest correct loop does: one walk, then everything is freed."""
    batch: list[dict[str, str | None]] = []
    for _, element in etree.iterparse(path, tag=record, remove_blank_text=True):
        batch.append({child.tag: child.text for child in element})
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def main() -> None:
    """Load twice; the second time nothing is new."""
    path, record, keys, folder = sys.argv[1:5]
    pipeline = dlt.pipeline(
        "stock",
        destination=dlt.destinations.duckdb(str(Path(folder) / "stock.duckdb")),
        pipelines_dir=folder,
        dataset_name="shop",
    )
    costs = []
    for _ in range(2):
        resource = dlt.resource(
            rows(path, record),
            name="stock",
            write_disposition={"disposition": "merge", "strategy": "upsert"},
            primary_key=keys.split(","),
        )
        before = time.process_time()
        pipeline.run(resource, loader_file_format="parquet")
        costs.append(time.process_time() - before)
    with pipeline.sql_client() as client:
        held = client.execute_sql("SELECT count(*) FROM stock")[0][0]
    sys.stdout.write(json.dumps({"cpu": costs[1], "first": costs[0], "rows": held}) + "\n")


if __name__ == "__main__":
    main()

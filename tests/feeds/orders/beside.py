"""A till with one more feed beside the orders, by an example mapping: the partner's files, counted."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from passerelle.feeds import RunReport, Workspace
from passerelle.sandbox import Sandbox
from passerelle.sandbox.config import ApiClient
from tests.sync.desk import MAPPINGS, open_ledger

from .till import Till

__all__ = ["TillBeside"]


class TillBeside(Till):
    """A till whose partner also sends files of `feed`; a subclass says which, and how they look."""

    feed: ClassVar[str]
    #: The mapping below the examples, the folder of the files, the start of their names, their root.
    example: ClassVar[str]
    folder: ClassVar[str]
    name: ClassVar[str]
    root: ClassVar[str]

    def __init__(self, home: Path, sandbox: Sandbox, project: str, checkout: ApiClient | None = None) -> None:
        super().__init__(home, sandbox, project, checkout=checkout)
        mappings = home / "mappings"
        if not mappings.is_dir():
            shutil.copytree(MAPPINGS, mappings)
            shutil.copy(MAPPINGS.parent / "examples" / self.example, mappings)
        self.workspace = Workspace(self.workspace.settings.model_copy(update={"mappings": mappings}))
        self._sequences = count(1)

    def drop(self, *records: str) -> None:
        """The partner's next file arrives, with its marker."""
        folder = self.home / "erp" / "out" / self.folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}_{next(self._sequences):05d}_20261120.xml"
        foot = f"<PIED><NB>{len(records)}</NB></PIED>"
        path.write_text(f"<{self.root}>{''.join(records)}{foot}</{self.root}>", encoding="utf-8")
        path.with_suffix(".ok").touch()

    async def bring(self, *records: str, **options: Any) -> RunReport:
        """Drop a file and carry it."""
        self.drop(*records)
        return await self.run(self.feed, **options)

    def bury(self) -> None:
        """What the next start does about runs whose process is gone."""
        with open_ledger(self.ledger_path) as ledger:
            for run in ledger.runs.last(self.feed, 10):
                if run.outcome is None:
                    ledger.plans.drop(run.id)
                    ledger.runs.finish(run.id, "failed", {}, "interrupted")

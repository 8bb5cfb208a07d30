"""The import desk of one project: takes requests in, and imports what they say when its time has come."""

from __future__ import annotations

from ..project import Project

__all__ = ["ImportDesk"]


class ImportDesk:
    """What one project was asked to import."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def settle(self) -> None:
        """Import what is due."""

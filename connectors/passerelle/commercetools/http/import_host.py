"""The Import API of a project: other paths on another host, by the same line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from .addresses import Params, encoded
from .calling import Json, Line

__all__ = ["ImportHost"]


class ImportHost:
    """Paths are below the project, already encoded: `import-containers/nightly`.

    An import request says what a resource is to be, by its key: sent twice it says the same, so a request
    whose answer was lost is repeated. Raises errors of `passerelle.errors`, as `Client` does.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._root = f"{line.config.import_url}/{line.config.project_key}"

    async def get(self, path: str, params: Params = ()) -> Json | None:
        """Read something, None when there is none."""
        return await self._line.call(
            self._root, "GET", path, "read", query=encoded(params), absent_is_none=True
        )

    async def submit(self, path: str, body: Mapping[str, Any]) -> Json:
        """Send a request with resources, or with the draft of a container; accepted is not yet imported."""
        answer = await self._line.call(self._root, "POST", path, "upsert", content=orjson.dumps(body))
        return answer or {}

    async def change(self, path: str, body: Mapping[str, Any]) -> Json:
        """Change a container (PUT) at the version in the body; raises Conflict when it moved."""
        answer = await self._line.call(self._root, "PUT", path, "update", content=orjson.dumps(body))
        return answer or {}

    async def delete(self, path: str, params: Params = ()) -> Json | None:
        """Delete something; None when it was gone already."""
        return await self._line.call(
            self._root, "DELETE", path, "delete", query=encoded(params), absent_is_none=True
        )

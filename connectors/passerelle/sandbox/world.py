"""Everything one sandbox holds: its projects, its tokens, its failures on demand, its counts."""

from __future__ import annotations

import re

from ..errors import ConfigError
from .auth import Tokens
from .config import SandboxConfig
from .faults import Faults
from .problems import Problem, resource_not_found
from .project import Project, Rules
from .resources import KINDS
from .state import load, save
from .store import Doc
from .traffic import Traffic

__all__ = ["World"]

_PROJECT_KEY = re.compile(r"^[a-z0-9][a-z0-9-]{1,35}$")


class World:
    """The state behind the endpoints.

    Raises:
        ConfigError: the state file of the configuration cannot be read.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.tokens = Tokens(
            config.clients(),
            project=config.project,
            any_project=config.any_project,
            seconds=config.token_seconds,
        )
        self.faults = Faults()
        self.traffic = Traffic()
        self.latency_seconds = 0.0
        self._rules = Rules(
            refuse_overlapping_prices=config.overlapping_prices == "refuse",
            refuse_unknown_order_skus=config.unknown_order_skus == "refuse",
        )
        self.projects: dict[str, Project] = {}
        self.reset()
        if config.state is not None:
            for key, documents in load(config.state).items():
                self._restore(key, documents)

    def reset(self) -> None:
        """Begin with empty projects, no failures, no latency and counts at zero; tokens stay."""
        self.projects = {self.config.project: Project(self.config.project, KINDS, self._rules)}
        self.faults.clear()
        self.traffic.reset()
        self.latency_seconds = 0.0

    def project(self, key: str) -> Project:
        """The project of a key, created on first use when the sandbox serves any project.

        Raises:
            Problem: 404 ResourceNotFound.
        """
        found = self.projects.get(key)
        if found is not None:
            return found
        if not self.config.any_project or _PROJECT_KEY.match(key) is None:
            raise resource_not_found("key", key)
        self.projects[key] = project = Project(key, KINDS, self._rules)
        return project

    def save(self) -> int:
        """Write all projects to the state file; says how many documents that are.

        Raises:
            Problem: 400 when the sandbox was started without a state file.
        """
        if self.config.state is None:
            raise Problem(400, "InvalidOperation", "The sandbox was started without a state file (--state).")
        documents = {
            key: {kind.type_id: list(collection.docs.values()) for kind, collection in project.collections()}
            for key, project in self.projects.items()
        }
        save(self.config.state, documents)
        return sum(len(docs) for kinds in documents.values() for docs in kinds.values())

    def _restore(self, key: str, documents: dict[str, list[Doc]]) -> None:
        project = self.projects.setdefault(key, Project(key, KINDS, self._rules))
        try:
            for type_id, docs in documents.items():
                collection = project.collection(type_id)
                for doc in docs:
                    collection.add(doc)
        except (Problem, KeyError, TypeError) as error:
            raise ConfigError(
                f"{self.config.state}: the documents of project '{key}' contradict each other: {error!r}",
                advice="Name another file, or remove it",
            ) from error

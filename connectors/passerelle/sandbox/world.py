"""Everything one sandbox holds: its projects, its tokens, its failures on demand, its counts."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..errors import ConfigError
from .attribution import ask_as, ask_for
from .auth import Tokens
from .config import SandboxConfig
from .editors import Edit, Editors, edit
from .faults import Fault, Faults
from .importing.desk import ImportDesk
from .messages.tellers import TELLERS
from .moments import Clock, keep_time_by
from .notices.courier import Courier
from .order_stock import StockRules
from .problems import Problem, resource_not_found
from .project import Project, Rules
from .rate_limit import Bucket, RateLimit
from .resources import KINDS
from .shopping import Lives
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
        self.clock = Clock()
        self.bucket = Bucket()
        self.editors = Editors()
        self.lives = Lives()
        self.courier = Courier()
        self.latency_seconds = 0.0
        #: Where the Import API is asked; None where there are no ports, as in a test of one process.
        self.import_port: int | None = None
        self._rules = Rules(
            refuse_overlapping_prices=config.overlapping_prices == "refuse",
            refuse_unknown_order_skus=config.unknown_order_skus == "refuse",
            refuse_unconfigured=config.unconfigured == "refuse",
            advised_returns_arrive=config.advised_returns == "arrive",
        )
        self.projects: dict[str, Project] = {}
        self.desks: dict[str, ImportDesk] = {}
        self.reset()
        if config.state is not None:
            for key, documents in load(config.state).items():
                self._restore(key, documents)

    def reset(self) -> None:
        """Begin with empty projects, the machine's time, no failures and counts at zero; tokens stay."""
        self.projects.clear()
        self.desks.clear()
        self.courier.close()
        self.courier = Courier()
        self._open(self.config.project)
        self.faults.clear()
        self.editors.stop()
        self.lives.stop()
        self.clock.reset()
        limit = self.config.requests_per_second
        self.bucket.set(None if limit is None else RateLimit(per_second=limit))
        self.traffic.reset()
        self.latency_seconds = 0.0

    def _open(self, key: str) -> Project:
        project = Project(key, KINDS, self._rules, TELLERS, self.courier)
        project.order_stock.lag_seconds = self.config.stock_lag_seconds
        project.order_stock.rules = StockRules(
            reserved=self.config.reserved_stock, cancelled=self.config.cancelled_stock
        )
        self.projects[key] = project
        self.desks[key] = ImportDesk(project)
        return project

    def begin(self, external_user: str | None) -> None:
        """What is done from here on, in the task at hand, is done at this world's time, for this user."""
        keep_time_by(self.clock)
        ask_for(external_user)

    def enter(self, authorization: str | None, key: str, scopes: tuple[str, ...]) -> Project:
        """The project for a token that may, with everything in it that time has made due.

        Raises:
            Problem: 401, 403, 404.
        """
        client_id = self.tokens.require(authorization, key, scopes)
        project = self.project(key)
        self.editors.count(project)
        self.settle(project)
        ask_as(client_id)
        return project

    def settle(self, project: Project) -> None:
        """Let happen what is due in a project: customers, sales, imports, edits of others."""
        self.lives.catch_up(project)
        project.settle()
        self.desks[project.key].settle()
        self.editors.catch_up(project)

    def edit_named(self, raw_path: str, fault: Fault) -> None:
        """Change the resource that a path names as somebody else; nothing when it names none."""
        match raw_path.split("/"):
            case ["", key, path, tail] if key in self.projects:
                named, sign, value = tail.rpartition("=")
                asked = Edit(
                    path=path,
                    id=None if sign else value,
                    key=unquote(value) if named else None,
                    actions=fault.actions,
                )
                try:
                    edit(self.projects[key], asked, fault.struck)
                except Problem:
                    return  # What is not there, or refuses the change, is not changed.

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
        return self._open(key)

    def save(self) -> int:
        """Write all projects to the state file; says how many documents, settings and built-in ones aside.

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
        counted = (docs for kinds in documents.values() for kind, docs in kinds.items() if kind != "project")
        return sum(not doc.get("builtIn", False) for docs in counted for doc in docs)

    def _restore(self, key: str, documents: dict[str, list[Doc]]) -> None:
        project = self.projects.get(key) or self._open(key)
        try:
            for type_id, docs in documents.items():
                collection = project.collection(type_id)
                for doc in docs:
                    present = collection.docs.get(doc["id"])
                    if present is None:
                        collection.add(doc)
                    else:
                        collection.replace(present, doc)
        except (Problem, KeyError, TypeError) as error:
            raise ConfigError(
                f"{self.config.state}: the documents of project '{key}' contradict each other: {error!r}",
                advice="Name another file, or remove it",
            ) from error

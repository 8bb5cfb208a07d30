"""Pages: the board, a feed, a run, the landscape, the plans that wait: each read from the ledger."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import ConfigError
from ..ledger import Alert, Run
from ..operations.alerting import KINDS, AlertSettings, page_of, speak
from ..operations.board import waiting_plans
from ..operations.run_pages import run_page
from ..operations.trends import trend
from ..sync import plan_rows, summary_of
from ..sync.guard_words import guard_told, stop_told
from .access import Access
from .installation import Installation
from .pictures import draw_landscape, draw_trend
from .rendering import Rendering, language_of

__all__ = ["Pages"]

#: Runs in a feed's picture, rejects and changes named on a page.
_RUNS, _NAMED, _CHANGES = 30, 50, 100
#: The landscape is drawn twice, for a phone and for a desk: letters that shrink cannot be read.
_NARROW: dict[str, float] = {"width": 358, "left": 76, "right": 100}
_WIDE: dict[str, float] = {"width": 900, "left": 170, "right": 190}


class Pages:
    """What people look at; whoever may read sees all of it."""

    def __init__(self, installation: Installation, access: Access, rendering: Rendering) -> None:
        self._here = installation
        self._access = access
        self._rendering = rendering

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.board),
            Route("/feeds/{feed}", self.feed),
            Route("/runs/{run}", self.run),
            Route("/landscape", self.landscape),
            Route("/alerts", self.alerts),
            Route("/plans", self.plans),
            Route("/plans/{plan:int}", self.plan),
        ]

    def board(self, request: Request) -> Response:
        """Every feed, late ones first."""
        self._access.require(request, "read")
        return self._page(request, "board.html", board=self._here.board(), profiles=self._profiles())

    def feed(self, request: Request) -> Response:
        """One feed: how it stands, its last runs, what is open."""
        self._access.require(request, "read")
        one = self._here.feed(request.path_params["feed"])
        if one is None:
            raise HTTPException(404, "gone")
        ledger = self._here.ledger
        runs = trend(ledger, one.feed, last=_RUNS)
        entries = ledger.quarantine.entries(one.feed, limit=_NAMED)
        causes = {code: count for (_, code), count in ledger.quarantine.grouped(one.feed).items()}
        examples: dict[str, tuple[str, str]] = {}
        for entry in entries:
            fault = entry.faults[0]
            examples.setdefault(entry.code, (str(fault._replace(advice="")), fault.advice))
        return self._page(
            request,
            "feed.html",
            feed=one,
            trend=runs,
            picture=draw_trend(runs),
            causes=causes,
            examples=examples,
            awaited=list(ledger.parked.awaited(one.feed).items())[:_NAMED],
            plans=[plan for plan in waiting_plans(ledger, one.as_of) if plan.feed == one.feed],
        )

    def run(self, request: Request) -> Response:
        """One run, in the order in which a person asks."""
        self._access.require(request, "read")
        run = self._run(request.path_params["run"])
        mapping = self._here.mappings.get(run.feed)
        title = {} if mapping is None else mapping.spec.title
        page = run_page(self._here.ledger, run)
        # The message is in English; what the guard said is known in numbers, too.
        stop = stop_told(run.totals.get("breaches", ()), "fr") if language_of(request) == "fr" else None
        if stop is not None:
            page = msgspec.structs.replace(page, message=stop.what, advice=stop.advice)
        return self._page(request, "run.html", run=page, title=title)

    def landscape(self, request: Request) -> Response:
        """Who sends what to whom."""
        self._access.require(request, "read")
        scape = self._here.landscape()
        pictures = {
            name: draw_landscape(scape, **size) for name, size in (("narrow", _NARROW), ("wide", _WIDE))
        }
        return self._page(
            request,
            "landscape.html",
            scape=scape,
            pictures=pictures,
            names={one.id: one.name for one in scape.systems},
            feeds={one.feed: one for one in self._here.board().feeds},
        )

    def alerts(self, request: Request) -> Response:
        """What is wrong, the gravest first, with what it does and what to do."""
        self._access.require(request, "read")
        settings = AlertSettings.load()
        lang = language_of(request)
        found = sorted(self._here.ledger.alerts.open(), key=_gravity)
        told = [(one, speak(one, lang, settings.time_zone), page_of(one.kind)) for one in found]
        return self._page(request, "alerts.html", alerts=told, runbook=settings.runbook_url)

    def plans(self, request: Request) -> Response:
        """The plans that wait for a decision."""
        self._access.require(request, "read")
        waiting = waiting_plans(self._here.ledger, dt.datetime.now(dt.UTC))
        return self._page(request, "plans.html", plans=[(one, summary_of(one)) for one in waiting])

    def plan(self, request: Request) -> Response:
        """One plan: what it would do, and the form to decide about it."""
        self._access.require(request, "read")
        return self.plan_page(request, request.path_params["plan"])

    def plan_page(self, request: Request, number: int, *, status: int = 200, told: str = "") -> Response:
        """Show a plan, with what went wrong when somebody decided about it."""
        plan = self._here.ledger.decisions.get(number)
        if plan is None:
            raise HTTPException(404, "gone")
        state = "expired" if plan.is_expired(dt.datetime.now(dt.UTC)) else plan.state
        rows = islice(plan_rows(self._here.ledger.plans.stream(plan.run_id, batch=_CHANGES)), _CHANGES)
        return self._page(
            request,
            "plan.html",
            status=status,
            plan=plan,
            state=state,
            told=told,
            summary=summary_of(plan),
            guard=guard_told(plan.facts, language_of(request)),
            rows=list(rows),
        )

    def _page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        return self._rendering.page(request, template, status=status, flaws=self._here.flaws, **values)

    def _run(self, name: str) -> Run:
        try:
            return self._here.ledger.runs.named(name)
        except ConfigError as error:
            raise HTTPException(404, "gone") from error

    def _profiles(self) -> list[str]:
        from ..operations.peak_profiles import profile_names  # noqa: PLC0415 - asked for by people who may

        return profile_names(self._here.workspace)


def _gravity(alert: Alert) -> tuple[bool, int, int]:
    known = KINDS.index(alert.kind) if alert.kind in KINDS else len(KINDS)
    return alert.severity != "critical", known, alert.id

"""Actions: the few things that people may do here: decide about a plan, switch peak mode, log in and out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..errors import PasserelleError
from ..feeds.approving import apply_decided, refuse_plan
from ..operations.alerting import acknowledge
from ..operations.peak import peak_off, peak_on
from .access import Access, Visitor, form_of
from .installation import Installation
from .pages import Pages
from .rendering import Rendering
from .settings import Role

__all__ = ["Actions"]

_log = logging.getLogger(__name__)
#: What is refused at once is told on the page; what takes longer goes on after the answer.
_TOLD_WITHIN = 2.0


class Actions:
    """What people do; each is for a role, and comes from a form of our own page."""

    def __init__(
        self, installation: Installation, access: Access, rendering: Rendering, pages: Pages
    ) -> None:
        self._here = installation
        self._access = access
        self._rendering = rendering
        self._pages = pages
        #: Plans that are being carried out; the loop itself keeps no hold of its tasks.
        self._working: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/login", self.login_page),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
            Route("/plans/{plan:int}/approve", self.approve, methods=["POST"]),
            Route("/plans/{plan:int}/refuse", self.refuse, methods=["POST"]),
            Route("/peak", self.peak, methods=["POST"]),
            Route("/alerts/{alert:int}/take", self.take, methods=["POST"]),
        ]

    def login_page(self, request: Request) -> Response:
        """The form for a token."""
        return self._rendering.page(request, "login.html", flaws="", told="")

    async def log_in(self, request: Request) -> Response:
        """Begin a session for who has the token."""
        self._access.check_origin(request)
        form = await form_of(request)
        response = RedirectResponse("/", status_code=303)
        if not self._access.log_in(form.get("token", ""), response):
            return self._rendering.page(request, "login.html", status=401, flaws="", told="token_wrong")
        return response

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        self._access.check_origin(request)
        response = RedirectResponse("/", status_code=303)
        self._access.log_out(response)
        return response

    async def approve(self, request: Request) -> Response:
        """Carry a plan out, exactly; what hinders that is told, the work itself goes on without us."""
        visitor, form = await self._allowed(request, "approve")
        number, reason = request.path_params["plan"], form.get("reason", "").strip()
        if not reason:
            return self._pages.plan_page(request, number, status=400, told="reason_missing")
        work = asyncio.create_task(self._carry_out(number, _name(visitor), reason))
        self._working.add(work)
        work.add_done_callback(self._ended)
        await asyncio.wait([work], timeout=_TOLD_WITHIN)
        return await self._decided(request, number, work if work.done() else None)

    async def refuse(self, request: Request) -> Response:
        """Put a plan aside."""
        visitor, form = await self._allowed(request, "approve")
        number, reason = request.path_params["plan"], form.get("reason", "").strip()
        if not reason:
            return self._pages.plan_page(request, number, status=400, told="reason_missing")
        done = asyncio.to_thread(
            refuse_plan, self._here.workspace, str(number), by=_name(visitor), reason=reason
        )
        return await self._decided(request, number, done)

    async def peak(self, request: Request) -> Response:
        """Switch peak mode on or off."""
        visitor, form = await self._allowed(request, "operate")
        reason = form.get("reason", "").strip()
        try:
            if form.get("switch") == "off":
                await asyncio.to_thread(peak_off, self._here.ledger, by=_name(visitor), reason=reason)
            else:
                await asyncio.to_thread(
                    peak_on,
                    self._here.workspace,
                    self._here.ledger,
                    profile=form.get("profile", ""),
                    until=form.get("until", ""),
                    reason=reason,
                    by=_name(visitor),
                )
        except PasserelleError as error:
            return self._refused(request, error)
        self._here.forget_board()
        return RedirectResponse("/", status_code=303)

    async def take(self, request: Request) -> Response:
        """Note that somebody looks after an alert."""
        visitor, form = await self._allowed(request, "operate")
        number, why = request.path_params["alert"], form.get("reason", "").strip()
        try:
            await asyncio.to_thread(acknowledge, self._here.ledger, number, by=_name(visitor), why=why)
        except PasserelleError as error:
            return self._refused(request, error)
        self._here.forget_board()
        return RedirectResponse("/alerts", status_code=303)

    async def drain(self) -> None:
        """Wait for what is being carried out: a plan is not left half done because the page is stopped."""
        while self._working:
            await asyncio.wait(self._working)

    def _refused(self, request: Request, error: PasserelleError) -> Response:
        return self._rendering.page(
            request, "error.html", status=400, flaws="", code=400, word="", told=str(error)
        )

    async def _allowed(self, request: Request, role: Role) -> tuple[Visitor, dict[str, str]]:
        visitor = self._access.require(request, role)
        form = await form_of(request)
        self._access.check_form(request, visitor, form)
        return visitor, form

    async def _carry_out(self, number: int, by: str, reason: str) -> None:
        """Apply in a thread with a loop of its own: reading and writing the ledger would stop the page."""

        def work() -> None:
            asyncio.run(apply_decided(self._here.workspace, str(number), by=by, reason=reason))

        await asyncio.to_thread(work)

    async def _decided(self, request: Request, number: int, work: Awaitable[Any] | None) -> Response:
        if work is not None:
            try:
                await work
            except PasserelleError as error:
                return self._pages.plan_page(request, number, status=409, told=str(error))
        self._here.forget_board()
        return RedirectResponse(f"/plans/{quote(str(number))}", status_code=303)

    def _ended(self, work: asyncio.Task[None]) -> None:
        """Let go of work that is over; an error of it is in the ledger's run, and in the log."""
        self._working.discard(work)
        with contextlib.suppress(asyncio.CancelledError):
            error = work.exception()
            if error is not None:
                _log.error("A plan could not be carried out: %s", error)


def _name(visitor: Visitor) -> str:
    """Name who acts, as the ledger keeps it."""
    if visitor.person is None:
        raise HTTPException(401, "log_in_first")
    return visitor.person.name

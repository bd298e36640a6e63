"""The payment provider over HTTP: an API for who is paid, a page for who pays. Protocol: docs/backends/payments.md."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox._ledger import Entry
from sandbox.credentials import PAYMENT_KEY
from sandbox.payment import message
from sandbox.payment.page import WAYS, page
from sandbox.payment.session import Mismatch, Session, State
from sandbox.stage import Sandboxed

PATH: Final = "/v1/sessions"
MAX_BODY_BYTES: Final = 64 * 1024
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    reference: str
    amount: int
    currency: str
    return_url: str
    language: str = "it"


def create_app(stage: Sandboxed) -> Starlette:
    """Make the provider's app."""
    provider = _Provider(stage)
    return Starlette(
        routes=[
            Route(PATH, provider.known(provider.open, "POST /sessions"), methods=["POST"]),
            Route(PATH, provider.known(provider.find, "GET /sessions"), methods=["GET"]),
            Route(PATH + "/{id}", provider.known(provider.read, "GET /sessions/{id}"), methods=["GET"]),
            Route("/pay/{id}", provider.show, methods=["GET"]),
            Route("/pay/{id}", provider.decide, methods=["POST"]),
        ],
        max_body_size=MAX_BODY_BYTES,
    )


class _Provider:
    """The endpoints."""

    def __init__(self, stage: Sandboxed) -> None:
        self._stage = stage
        self._telling: set[asyncio.Task[Any]] = set()

    def known(self, endpoint: Callable[[Request], Awaitable[Response]], operation: str) -> Any:
        """Let only who has the key in, and note the call."""

        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {PAYMENT_KEY}".encode()):
                return _problem("unauthorized", 401)
            entry = Entry(
                at=self._stage.clock.now(),
                system="payment",
                operation=operation,
                keys=1,
                request_id=request.headers.get("x-request-id"),
            )
            self._stage.ledger.add(entry)
            answer = await endpoint(request)
            entry.status = answer.status_code
            return answer

        return checked

    async def open(self, request: Request) -> Response:
        """Open a session under a reference."""
        try:
            asked = msgspec.json.decode(await request.body(), type=_Asked)
        except msgspec.MsgspecError as error:
            return _problem(str(error), 400)
        is_good = _REFERENCE.fullmatch(asked.reference) and asked.amount > 0 and asked.currency == "EUR"
        if not is_good or not asked.return_url.startswith(("https://", "http://")):
            return _problem("reference, amount, currency or returnUrl", 422)
        try:
            session = self._stage.sessions.open(
                asked.reference, asked.amount, asked.return_url, asked.language, self._stage.clock.now()
            )
        except Mismatch:
            return _problem("reference was used for another amount", 409)
        return self._told(session, 201)

    async def find(self, request: Request) -> Response:
        """Give the session of a reference."""
        session = self._stage.sessions.get(request.query_params.get("reference", ""), self._stage.clock.now())
        return _problem("no such session", 404) if session is None else self._told(session)

    async def read(self, request: Request) -> Response:
        """Give a session by its id."""
        session = self._by_id(request)
        return _problem("no such session", 404) if session is None else self._told(session)

    async def show(self, request: Request) -> Response:
        """Show the page to pay on."""
        session = self._by_id(request)
        return _gone() if session is None else HTMLResponse(page(session), headers=_HEADERS)

    async def decide(self, request: Request) -> Response:
        """Take what a person chose, tell who is paid, and lead back."""
        session = self._by_id(request)
        chosen = parse_qs((await request.body()).decode("latin-1")).get("way", [""])[0]
        state: State | None = next((each for each in WAYS if each == chosen), None)
        if session is None or state is None:
            return _gone()
        decided = self._stage.sessions.decide(session, state)
        if self._stage.payments.url:
            task = asyncio.create_task(self._tell(decided))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return RedirectResponse(decided.return_url, status_code=303, headers=_HEADERS)

    async def _tell(self, session: Session) -> None:
        listener = self._stage.payments
        try:
            await message.send(listener.url, session, self._stage.clock.now(), listener.fault)
        except httpx.HTTPError:
            return  # who is paid asks

    def _by_id(self, request: Request) -> Session | None:
        return self._stage.sessions.by_id(request.path_params["id"], self._stage.clock.now())

    def _told(self, session: Session, status: int = 200) -> Response:
        return JSONResponse(
            {
                "id": session.id,
                "reference": session.reference,
                "state": session.state,
                "amount": session.cents,
                "currency": "EUR",
                "url": f"{self._stage.urls.payment}/pay/{session.id}",
                "expiresAt": session.expires_at.isoformat(),
            },
            status,
        )


def _problem(why: str, status: int) -> Response:
    return JSONResponse({"error": "invalid_request", "reason": why}, status)


def _gone() -> Response:
    return HTMLResponse("<!DOCTYPE html><title>404</title><p>404</p>", status_code=404, headers=_HEADERS)

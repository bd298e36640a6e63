"""The sandbox's switches over HTTP: the ledger, the faults, the clock, the personas, what goes on.

No part of any real system. Open to pages of localhost only, so that GraphiQL can offer the personas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox._faults import read_rules
from sandbox.mail.page import page
from sandbox.mobile import event
from sandbox.stage import Sandboxed
from sandbox.world.change import Final
from sandbox.world.model import Order, Persona, ServiceRequest

_LOCAL_ORIGIN = r"http://(localhost|127\.0\.0\.1)(:\d+)?"

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}


class _Move(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Where to move the clock: to a moment, or by seconds."""

    now: datetime | None = None
    advance_seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.now is None) == (self.advance_seconds is None):
            raise ValueError("either now or advanceSeconds is needed")


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    """How the events of a change are sent; None: well, each once."""

    fault: event.Fault | None = None


class _Admin:
    """The routes; `mint` makes an access token for a persona."""

    def __init__(self, stage: Sandboxed, mint: Callable[[str], str]) -> None:
        self._stage = stage
        self._mint = mint

    async def health(self, _request: Request) -> Response:
        """Say that the sandbox runs, and where its systems listen."""
        return _json({"status": "ok", "now": self._stage.clock.now(), "urls": asdict(self._stage.urls)})

    async def read_ledger(self, request: Request) -> Response:
        """List the calls, all or of one request (`?requestId=`)."""
        return _json(self._stage.ledger.entries(request_id=request.query_params.get("requestId")))

    async def clear_ledger(self, _request: Request) -> Response:
        """Forget the calls."""
        self._stage.ledger.clear()
        return Response(status_code=204)

    async def read_faults(self, _request: Request) -> Response:
        """List the rules with the calls that each struck."""
        return _json([{**msgspec.to_builtins(rule), "hits": hits} for rule, hits in self._stage.faults.hits()])

    async def set_faults(self, request: Request) -> Response:
        """Put these rules in the place of all others."""
        self._stage.faults.set(*read_rules(await request.body()))
        return await self.read_faults(request)

    async def clear_faults(self, _request: Request) -> Response:
        """Let everything work."""
        self._stage.faults.clear()
        return Response(status_code=204)

    async def read_clock(self, _request: Request) -> Response:
        """Tell the time."""
        return _json({"now": self._stage.clock.now(), "offsetSeconds": self._stage.clock.offset_s})

    async def move_clock(self, request: Request) -> Response:
        """Move the time."""
        move = msgspec.json.decode(await request.body(), type=_Move)
        if move.now is not None:
            self._stage.clock.set(move.now)
        else:
            self._stage.clock.advance(move.advance_seconds or 0)
        return await self.read_clock(request)

    async def mailbox(self, request: Request) -> Response:
        """Show what went out to people, all or to one (`?to=`): a page, or JSON for who accepts only that."""
        messages = self._stage.mailbox.messages(to=request.query_params.get("to"))
        if request.headers.get("accept") == "application/json":
            return _json(messages)
        return HTMLResponse(page(messages), headers=_PAGE_HEADERS)

    async def clear_mailbox(self, _request: Request) -> Response:
        """Forget what went out."""
        self._stage.mailbox.clear()
        return Response(status_code=204)

    async def orders(self, _request: Request) -> Response:
        """List the mobile orders that are not at their end."""
        now = [self._stage.changes.order(order) for order in self._orders().values()]
        return _json([{"id": each.id, "customer": each.customer_code, "state": each.state} for each in now])

    async def advance_order(self, request: Request) -> Response:
        """Let an order reach its next phase, and tell of it."""
        order = self._orders().get(request.path_params["id"])
        if order is None:
            return _unknown()
        changed = self._stage.changes.advance_order(order, self._stage.clock.now())
        return await self._told(request, event.of_order(changed), changed.state)

    async def advance_delivery(self, request: Request) -> Response:
        """Let a delivery of an order reach its next state, and tell of it."""
        order = self._orders().get(request.path_params["id"])
        if order is None:
            return _unknown()
        changed = self._stage.changes.advance_delivery(order, self._stage.clock.now())
        return await self._told(request, event.of_delivery(changed), changed.state)

    async def advance_request(self, request: Request) -> Response:
        """Let a request reach its next state, and tell of it."""
        made = self._requests().get(request.path_params["id"])
        if made is None:
            return _unknown()
        changed = self._stage.changes.advance_request(made, self._stage.clock.now())
        return await self._told(request, event.of_request(changed), changed.state)

    async def _told(self, request: Request, events: Sequence[event.Event], state: str) -> Response:
        body = await request.body()
        advance = msgspec.json.decode(body, type=_Advance) if body else _Advance()
        url = self._stage.listener.url
        statuses = await event.send(url, events, self._stage.clock.now(), advance.fault) if url else []
        return _json({"state": state, "sent": statuses})

    def _orders(self) -> dict[str, Order]:
        companies = self._stage.world.companies
        built = {each.id: each for company in companies for each in company.orders if each.network == "mobile"}
        return built | {each.id: each for each in self._stage.deeds.orders("mobile", self._stage.clock.now())}

    def _requests(self) -> dict[str, ServiceRequest]:
        companies = self._stage.world.companies
        return {each.id: each for company in companies for each in company.requests if each.network == "mobile"}

    async def personas(self, request: Request) -> Response:
        """List the personas; with `?tokens=true` each with a fresh access token."""
        with_tokens = request.query_params.get("tokens") == "true"
        return _json([self._persona(persona, with_tokens=with_tokens) for persona in self._stage.world.personas])

    def _persona(self, persona: Persona, *, with_tokens: bool) -> dict[str, Any]:
        listed = {
            "name": persona.name,
            "title": persona.title,
            "membershipId": persona.membership_id,
            "staff": persona.staff,
        }
        return {**listed, "token": self._mint(persona.name)} if with_tokens else listed


def create_app(stage: Sandboxed, mint: Callable[[str], str]) -> Starlette:
    """Make the admin app; `mint` makes an access token for a persona's name."""
    admin = _Admin(stage, mint)
    return Starlette(
        routes=[
            Route("/health", admin.health),
            Route("/ledger", admin.read_ledger, methods=["GET"]),
            Route("/ledger", admin.clear_ledger, methods=["DELETE"]),
            Route("/faults", admin.read_faults, methods=["GET"]),
            Route("/faults", admin.set_faults, methods=["PUT"]),
            Route("/faults", admin.clear_faults, methods=["DELETE"]),
            Route("/clock", admin.read_clock, methods=["GET"]),
            Route("/clock", admin.move_clock, methods=["PUT"]),
            Route("/personas", admin.personas),
            Route("/_sandbox/mailbox", admin.mailbox, methods=["GET"]),
            Route("/_sandbox/mailbox", admin.clear_mailbox, methods=["DELETE"]),
            Route("/orders", admin.orders),
            Route("/orders/{id}/advance", admin.advance_order, methods=["POST"]),
            Route("/orders/{id}/deliver", admin.advance_delivery, methods=["POST"]),
            Route("/requests/{id}/advance", admin.advance_request, methods=["POST"]),
        ],
        middleware=[Middleware(CORSMiddleware, allow_origin_regex=_LOCAL_ORIGIN, allow_methods=["GET"])],
        exception_handlers={msgspec.MsgspecError: _unreadable, ValueError: _unreadable, Final: _conflict},
    )


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


def _unknown() -> Response:
    return PlainTextResponse("the mobile network has none of this id", status_code=404)


async def _conflict(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), status_code=409)


async def _unreadable(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), status_code=400)

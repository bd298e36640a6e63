"""The sites over HTTP: a page each that shows who came, or why they were not let in."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.external import area, chat
from sandbox.external.entrance import Entrance, Refused
from sandbox.identity.page import language_of
from sandbox.stage import Sandboxed

SITES: Final = {
    "eu-control": "EU Control",
    "tuconti": "TuConTi",
    "evoluzione-ufficio": "Evoluzione Ufficio",
    "ebill": "eBill",
    "ebpfa": "EBPFA",
}
"""Paths and names of the sites."""

_PAGE = '<!DOCTYPE html><html lang="it"><head><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>'
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_TIMEOUT_S = 2.0


def create_app(stage: Sandboxed) -> Starlette:
    """Make the app of all sites; each has an entrance of its own, so that a token for one opens no other."""
    conversations = chat.Chat(stage)
    sites = [Route(f"/{path}", _site(stage, path, name, _greeting(stage))) for path, name in SITES.items()]

    async def to_person(request: Request) -> Response:
        page = conversations.hand_over(request.path_params["id"])
        return _page("Chat", "<p>Sconosciuta</p>", 404) if page is None else _page("Chat", page)

    async def registration(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language"))
        return HTMLResponse(area.registration(stage.world, stage.trusted.issuer, language), headers=_HEADERS)

    async def elsewhere(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language"))
        return HTMLResponse(area.elsewhere(request.path_params["path"], language), headers=_HEADERS)

    return Starlette(
        routes=[
            *sites,
            Route(f"/{area.PATH}/registration", registration),
            Route(f"/{area.PATH}/{{path:path}}", elsewhere),
            Route(f"/{chat.PATH}", _site(stage, chat.PATH, "Chat", conversations.enter)),
            Route(f"/{chat.PATH}/{{id}}/person", to_person, methods=["POST"]),
        ]
    )


def _site(stage: Sandboxed, path: str, name: str, show: Callable[[dict[str, Any]], str | None]) -> Any:
    """Make the endpoint of a site; `show` gives its page for the claims of who comes, None for nobody it knows."""

    async def fetch() -> Any:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            return (await client.get(stage.trusted.keys_url)).raise_for_status().json()

    entrance = Entrance(lambda: stage.trusted.issuer, fetch, stage.clock)

    async def endpoint(request: Request) -> Response:
        try:
            claims = await entrance.let_in(request.query_params.get("token", ""), f"{stage.urls.external}/{path}")
        except Refused as refusal:
            return _page(name, f"<p>Accesso negato: {escape(str(refusal))}</p>", 403)
        except httpx.HTTPError:
            return _page(name, "<p>Servizio non disponibile</p>", 503)
        page = show(claims)
        return _page(name, "<p>Accesso negato</p>", 403) if page is None else _page(name, page)

    return endpoint


def _greeting(stage: Sandboxed) -> Callable[[dict[str, Any]], str]:
    """Tell who came, as the telco's own registry has them."""

    def greeting(claims: dict[str, Any]) -> str:
        person = next((user.person for user in stage.world.users if user.id == claims["sub"]), None)
        company = stage.world.by_tax_code.get(claims["company"])
        who = "Sconosciuto" if person is None else f"{person.first_name} {person.last_name}"
        return f"<p>{escape(who)}, {escape(company.name if company else 'azienda sconosciuta')}</p>"

    return greeting


def _page(name: str, content: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(escape(name), content), status_code=status, headers=_HEADERS)

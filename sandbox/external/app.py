"""The sites over HTTP: a page each that shows who came, or why they were not let in."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.external.entrance import Entrance, Refused
from sandbox.stage import Sandboxed

SITES: Final = {
    "eu-control": "EU Control",
    "tuconti": "TuConTi",
    "evoluzione-ufficio": "Evoluzione Ufficio",
    "ebill": "eBill",
    "ebpfa": "EBPFA",
}
"""Paths and names of the sites."""

_PAGE = '<!DOCTYPE html><html lang="it"><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>'
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_TIMEOUT_S = 2.0


def create_app(stage: Sandboxed) -> Starlette:
    """Make the app of all sites; each has an entrance of its own, so that a token for one opens no other."""
    return Starlette(routes=[Route(f"/{path}", _site(stage, path, name)) for path, name in SITES.items()])


def _site(stage: Sandboxed, path: str, name: str) -> Any:
    async def fetch() -> Any:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            return (await client.get(stage.trusted.keys_url)).raise_for_status().json()

    entrance = Entrance(lambda: stage.trusted.issuer, fetch, stage.clock)

    async def endpoint(request: Request) -> Response:
        try:
            claims = await entrance.let_in(request.query_params.get("token", ""), f"{stage.urls.external}/{path}")
        except Refused as refusal:
            return _page(name, f"Accesso negato: {refusal}", 403)
        except httpx.HTTPError:
            return _page(name, "Servizio non disponibile", 503)
        return _page(name, _greeting(stage, claims))

    return endpoint


def _greeting(stage: Sandboxed, claims: dict[str, Any]) -> str:
    """Tell who came, as the telco's own registry has them."""
    person = next((user.person for user in stage.world.users if user.id == claims["sub"]), None)
    company = stage.world.by_tax_code.get(claims["company"])
    who = "Sconosciuto" if person is None else f"{person.first_name} {person.last_name}"
    return f"{who}, {company.name if company else 'azienda sconosciuta'}"


def _page(name: str, text: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(escape(name), escape(text)), status_code=status, headers=_HEADERS)

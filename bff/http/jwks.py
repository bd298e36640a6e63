"""The public keys by which other sites check the links that we sign (RFC 7517)."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATH: Final = "/.well-known/jwks.json"

_HEADERS = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


def jwks_routes(published: Mapping[str, Any]) -> list[Route]:
    """Make the route that publishes a JWK Set."""

    async def keys(_request: Request) -> Response:
        return JSONResponse(published, headers=_HEADERS, media_type="application/jwk-set+json")

    return [Route(PATH, keys)]

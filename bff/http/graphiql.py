"""GraphiQL, served by ourselves: the page and its files, which work without any other host.

The files stand in `static/graphiql`: released builds as npm publishes them (its README.md says which) and our own
`page.html`, `page.css` and `page.js`, which picks a persona and sends the requests. Whether GraphiQL is on at all, and
where the personas are, is decided in `app`. `docs/adr/0006-graphiql.md` says why it is built so.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from string import Template

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from bff.domain.profile import Profile

_FOLDER = Path(__file__).parent / "static" / "graphiql"
_ASSETS = (
    "graphiql.min.css",
    "graphiql.min.js",
    "page.css",
    "page.js",
    "react-dom.production.min.js",
    "react.production.min.js",
)
_HASH_CHARACTERS = 16
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def graphiql_routes(*, personas_url: str | None, first_query: str | None = None) -> list[Route]:
    """Make the routes of the page and its files.

    Args:
        personas_url: where the sandbox lists its personas, absolute; the page then has a picker, and may connect there.
            None: the page has a token field.
        first_query: what the editor shows on the first visit; None: GraphiQL's own introduction.
    """
    files = {_hashed_name(name): _FOLDER / name for name in _ASSETS}
    page = _page(files)
    configuration = _as_script_text(
        {
            "personasUrl": personas_url,
            "firstQuery": first_query,
            "profiles": [profile.value for profile in Profile],
        }
    )

    async def serve_page(_request: Request) -> HTMLResponse:
        nonce = secrets.token_urlsafe(16)
        content = page.substitute(nonce=nonce, configuration=configuration)
        policy = _content_security_policy(nonce=nonce, personas_url=personas_url)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", **_SAFE}
        return HTMLResponse(content, headers=headers)

    async def serve_file(request: Request) -> FileResponse:
        path = files.get(request.path_params["file"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=_FOREVER | _SAFE)

    return [Route("/graphiql", serve_page), Route("/graphiql/static/{file}", serve_file)]


def _hashed_name(name: str) -> str:
    """Return the name under which a file is served: a new one whenever its bytes change."""
    path = _FOLDER / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{path.stem}.{digest[:_HASH_CHARACTERS]}{path.suffix}"


def _page(files: dict[str, Path]) -> Template:
    """Return the page with the served names of its files; the nonce and the configuration are still open."""
    text = (_FOLDER / "page.html").read_text(encoding="utf-8")
    for served, path in files.items():
        text = text.replace(f'"graphiql/static/{path.name}"', f'"graphiql/static/{served}"')
    return Template(text)


def _as_script_text(value: object) -> str:
    """Return JSON that can't end the script element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


def _content_security_policy(*, nonce: str, personas_url: str | None) -> str:
    """Return the policy: our own files, no inline script, no other host than the personas'.

    The nonce is for the one style element that GraphiQL's dialogs make (react-remove-scroll); fonts and three small
    pictures are data URLs inside `graphiql.min.css`.
    """
    connect = "'self'" if personas_url is None else f"'self' {personas_url}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"connect-src {connect}",
            "font-src data:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )

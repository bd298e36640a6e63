"""The identity provider over HTTP: discovery, keys, authorization, tokens, sign-out.

Rules and tokens are `provider`'s, clients `client`'s. Sources: OpenID Connect Core, Discovery and RP-Initiated Logout
1.0; RFC 6749, 7636, 9068. Faults and the ledger come from `stage`; an operation is named "GET /jwks".
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox._faults import Injected
from sandbox.credentials import IDENTITY_KEY
from sandbox.directory.app import PATH
from sandbox.directory.register import Register
from sandbox.identity import page
from sandbox.identity.account import NotAllowed, Purpose
from sandbox.identity.client import CLIENTS, Client, authenticated_client, redirecting_client
from sandbox.identity.error import OAuthError, UnusableRedirect
from sandbox.identity.provider import SCOPES, Provider, code_request
from sandbox.stage import Call, Problem, Sandboxed, perform

_MAX_BODY_BYTES = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}
_PAGE_HEADERS = {
    **_NO_STORE,
    # form-action is left open: browsers apply it to the redirect after the form, which goes to the client.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
_LOCAL_ORIGIN = r"http://(localhost|127\.0\.0\.1)(:\d+)?"

Parameters = Mapping[str, str]
Operation = Callable[[Provider, Request, Parameters], Response]


def create_app(sandbox: Sandboxed) -> Starlette:
    """Make the provider's app; `app.state.provider` mints tokens and rotates keys for tests and the command line."""
    provider = Provider(sandbox.world, sandbox.clock, lambda: sandbox.urls.identity)
    app = Starlette(
        routes=[_route(sandbox, provider, *described) for described in _OPERATIONS],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origin_regex=_LOCAL_ORIGIN,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "X-Request-Id"],
            )
        ],
        max_body_size=_MAX_BODY_BYTES,
    )
    app.state.provider = provider
    directory = Register(sandbox, PATH)
    provider.tell, provider.rename = directory.registered, directory.renamed
    return app


@dataclass(frozen=True, slots=True)
class _OAuthDialect:
    """Errors as RFC 6749 words them."""

    def fault(self, problem: Problem, _call: Call) -> Response:
        body = {"error": "server_error", "error_description": f"{problem.code} {problem.message}"}
        return JSONResponse(body, status_code=problem.status)

    def in_answer(self, problem: Problem, call: Call) -> Response:
        return self.fault(problem, call)


def _route(sandbox: Sandboxed, provider: Provider, method: str, path: str, operation: Operation) -> Route:
    async def endpoint(request: Request) -> Response:
        parameters = await _parameters(request)
        call = Call(system="identity", operation=f"{method} {path}", keys=(), request=request)

        def answer(_injected: Injected) -> Response:
            return _answered(operation, provider, request, parameters)

        return await perform(sandbox, call, dialect=_OAuthDialect(), answer=answer)

    return Route(path, endpoint, methods=[method])


async def _parameters(request: Request) -> Parameters:
    """Read the query, and the form of a POST; the form wins."""
    parameters = dict(request.query_params)
    if request.method == "POST":
        parameters |= parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    return parameters


def _answered(operation: Operation, provider: Provider, request: Request, parameters: Parameters) -> Response:
    try:
        return operation(provider, request, parameters)
    except OAuthError as error:
        headers = {**_NO_STORE, **({"WWW-Authenticate": "Basic"} if error.code == "invalid_client" else {})}
        return JSONResponse(error.as_json(), status_code=error.status, headers=headers)
    except UnusableRedirect as error:
        return _html(page.refused(str(error), language=_language(request)), status=400)


def _discovery(provider: Provider, _request: Request, _parameters: Parameters) -> Response:
    issuer = provider.issuer
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "end_session_endpoint": f"{issuer}/end_session",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login"],
            "ui_locales_supported": ["it", "en"],
        }
    )


def _jwks(provider: Provider, _request: Request, _parameters: Parameters) -> Response:
    return JSONResponse(provider.jwks())


def _ask(provider: Provider, request: Request, parameters: Parameters) -> Response:
    """Check the authorization request and show the personas."""
    client = redirecting_client(parameters)
    try:
        code_request(client, parameters)
    except OAuthError as error:
        return _back(parameters["redirect_uri"], {**error.as_json(), "state": parameters.get("state")})
    return _html(page.sign_in(provider.personas, query=request.url.query, language=_language(request)))


def _choose(provider: Provider, request: Request, parameters: Parameters) -> Response:
    """Sign the chosen persona, or who has entered their password, in and send the browser back with a code."""
    client = redirecting_client(parameters)
    try:
        asked = code_request(client, parameters)
        if "username" in parameters:
            subject = provider.accounts.subject(parameters["username"], parameters.get("password", ""))
            if subject is None:
                asking, language = request.url.query, _language(request)
                return _html(page.sign_in(provider.personas, query=asking, language=language, wrong=True), status=403)
        else:
            subject = provider.subject(parameters.get("persona", ""))
        code = provider.authorize(asked, subject)
    except OAuthError as error:
        return _back(parameters["redirect_uri"], {**error.as_json(), "state": parameters.get("state")})
    return _back(parameters["redirect_uri"], {"code": code, "state": parameters.get("state")})


def _token(provider: Provider, request: Request, parameters: Parameters) -> Response:
    client = authenticated_client(request.headers.get("authorization"), parameters)
    grant_type = parameters.get("grant_type", "")
    exchange = _GRANT_TYPES.get(grant_type)
    if exchange is None:
        raise OAuthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
    return JSONResponse(exchange(provider, client, parameters), headers=_NO_STORE)


def _redeem(provider: Provider, client: Client, parameters: Parameters) -> dict[str, object]:
    return provider.redeem(
        client,
        code=_needed(parameters, "code"),
        redirect_uri=_needed(parameters, "redirect_uri"),
        verifier=_needed(parameters, "code_verifier"),
    )


def _refresh(provider: Provider, client: Client, parameters: Parameters) -> dict[str, object]:
    return provider.refresh(client, token=_needed(parameters, "refresh_token"))


def _end_session(provider: Provider, request: Request, parameters: Parameters) -> Response:
    """Sign out; go back to the client only when the id_token_hint says which one it is."""
    client_id = provider.end_session(parameters.get("id_token_hint", ""))
    target = parameters.get("post_logout_redirect_uri")
    if client_id is None or target is None:
        return _html(page.signed_out(language=_language(request)))
    if not CLIENTS[client_id].allows(target):
        raise UnusableRedirect("post_logout_redirect_uri is not registered for this client")
    return _back(target, {"state": parameters.get("state")})


def _link(provider: Provider, request: Request, parameters: Parameters) -> Response:
    """Make a link to a person's page, for a caller with the key: `subject`, `purpose`, a new person's `username`."""
    given = request.headers.get("authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {IDENTITY_KEY}".encode()):
        raise OAuthError("invalid_client", "a bearer key is needed", status=401)
    try:
        purpose = Purpose(_needed(parameters, "purpose"))
    except ValueError:
        raise OAuthError("invalid_request", "purpose must be PASSWORD or USERNAME") from None
    url, expires_at = provider.accounts.link(_needed(parameters, "subject"), purpose, parameters.get("username"))
    return JSONResponse({"url": url, "expires_at": expires_at}, status_code=201, headers=_NO_STORE)


def _account(provider: Provider, request: Request, parameters: Parameters) -> Response:
    """Show a person's page."""
    ticket, language = parameters.get("ticket", ""), _language(request)
    link = provider.accounts.opened(ticket)
    if link is None:
        return _html(page.account_expired(language=language), status=410)
    username = provider.accounts.username(link.subject)
    return _html(page.account(link.purpose.lower(), ticket=ticket, username=username, language=language))


def _set(provider: Provider, request: Request, parameters: Parameters) -> Response:
    """Take what was entered on a person's page."""
    ticket, language, accounts = parameters.get("ticket", ""), _language(request), provider.accounts
    link = accounts.opened(ticket)
    if link is None:
        return _html(page.account_expired(language=language), status=410)
    try:
        if link.purpose is Purpose.PASSWORD:
            accounts.set_password(link, parameters.get("password", ""), parameters.get("again", ""))
            provider.tell(link.subject)
        else:
            accounts.set_username(link, parameters.get("username", ""), provider.rename)
    except NotAllowed as wrong:
        username = accounts.username(link.subject)
        shown = page.account(
            link.purpose.lower(), ticket=ticket, username=username, language=language, wrong=str(wrong)
        )
        return _html(shown, status=400)
    return _html(page.account_done(language=language))


def _needed(parameters: Parameters, name: str) -> str:
    if not parameters.get(name):
        raise OAuthError("invalid_request", f"{name} is missing")
    return parameters[name]


def _back(redirect_uri: str, members: Mapping[str, str | None]) -> Response:
    """Send the browser back to the client, the members added to the query that its address has."""
    uri = urlsplit(redirect_uri)
    added = urlencode({name: value for name, value in members.items() if value is not None})
    query = "&".join(filter(None, (uri.query, added)))
    return RedirectResponse(uri._replace(query=query).geturl(), status_code=303, headers=_NO_STORE)


def _html(content: str, *, status: int = 200) -> Response:
    return HTMLResponse(content, status_code=status, headers=_PAGE_HEADERS)


def _language(request: Request) -> str:
    return page.language_of(request.headers.get("accept-language"))


_GRANT_TYPES: Mapping[str, Callable[[Provider, Client, Parameters], dict[str, object]]] = {
    "authorization_code": _redeem,
    "refresh_token": _refresh,
}
_OPERATIONS: tuple[tuple[str, str, Operation], ...] = (
    ("GET", "/.well-known/openid-configuration", _discovery),
    ("GET", "/jwks", _jwks),
    ("GET", "/authorize", _ask),
    ("POST", "/authorize", _choose),
    ("POST", "/token", _token),
    ("POST", "/account/links", _link),
    ("GET", "/account", _account),
    ("POST", "/account", _set),
    ("GET", "/end_session", _end_session),
    ("POST", "/end_session", _end_session),
)

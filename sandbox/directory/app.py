"""The directory over HTTP: SCIM 2.0 under /scim/v2, read only, with a bearer key.

Lists are filtered, paged (at most 200 users an answer, fewer told by `itemsPerPage`) and projected; nothing is sorted,
as the real directory can't. Writes answer 501. Sources: RFC 7644; the spec, legacy.md, for the extension and the limit.
Faults and the ledger come from `stage`; an operation is named "GET /Users", its keys are the values of the filter.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox._faults import Injected
from sandbox.credentials import DIRECTORY_KEY
from sandbox.directory.filter import Filter, InvalidFilter, parse
from sandbox.directory.resource import project, render
from sandbox.directory.schema import MAX_RESULTS, resource_types, schemas, service_provider_config
from sandbox.stage import Call, Problem, Sandboxed, perform
from sandbox.wire.document import spoilt

PATH = "/scim/v2"
_ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
_LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_MAX_BODY_BYTES = 256 * 1024

User = dict[str, Any]


class ScimError(Exception):
    """A refusal as RFC 7644, section 3.12, words it; `scim_type` is its keyword for a 400."""

    def __init__(self, status: HTTPStatus, detail: str, *, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


class ScimResponse(JSONResponse):
    """An answer in the protocol's media type."""

    media_type = "application/scim+json"


class Directory:
    """The users of a sandbox as resources, rendered once and when first asked for: the address is known by then."""

    def __init__(self, sandbox: Sandboxed) -> None:
        self._sandbox = sandbox

    @property
    def base_url(self) -> str:
        """The address that the resources' locations begin with."""
        return self._sandbox.urls.directory + PATH

    @cached_property
    def users(self) -> list[User]:
        """All users, in the world's order."""
        return [render(user, base_url=self.base_url) for user in self._sandbox.world.users]

    @cached_property
    def by_id(self) -> Mapping[str, User]:
        """The users by their SCIM id."""
        return {user["id"]: user for user in self.users}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `filter` is None when it has none."""

    directory: Directory
    request: Request
    filter: Filter | None
    injected: Injected


Operation = Callable[[Asked], Response]


def create_app(sandbox: Sandboxed) -> Starlette:
    """Make the directory's app."""
    directory = Directory(sandbox)
    return Starlette(
        routes=[
            Route(PATH + path, _endpoint(sandbox, directory, path, operations), methods=list(operations))
            for path, operations in _OPERATIONS.items()
        ],
        exception_handlers={HTTPStatus.NOT_FOUND: _unknown_address, HTTPStatus.METHOD_NOT_ALLOWED: _unknown_method},
        max_body_size=_MAX_BODY_BYTES,
    )


class _ScimDialect:
    """Errors as SCIM words them."""

    def fault(self, problem: Problem, _call: Call) -> Response:
        failed = _error(HTTPStatus.INTERNAL_SERVER_ERROR, f"{problem.code} {problem.message}")
        failed.status_code = problem.status  # what the body says and what HTTP says may differ (quirk 3)
        return failed

    def in_answer(self, problem: Problem, call: Call) -> Response:
        return self.fault(problem, call)


def _endpoint(
    sandbox: Sandboxed, directory: Directory, path: str, operations: Mapping[str, Operation]
) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        parsed, refusal = _filter_of(request)
        method = "GET" if request.method == "HEAD" else request.method
        call = Call(
            system="directory",
            operation=f"{method} {path}",
            keys=parsed.values if parsed else (),
            request=request,
        )

        def answer(injected: Injected) -> Response:
            try:
                _authenticate(request)
                if refusal:
                    raise refusal
                return operations[method](Asked(directory, request, parsed, injected))
            except ScimError as error:
                return _error(error.status, error.detail, scim_type=error.scim_type)

        return await perform(sandbox, call, dialect=_ScimDialect(), answer=answer)

    return endpoint


def _filter_of(request: Request) -> tuple[Filter | None, ScimError | None]:
    """Read the filter before all else, for the ledger wants its keys; a bad one is refused only after the key is."""
    text = request.query_params.get("filter")
    try:
        return (parse(text) if text is not None else None), None
    except InvalidFilter as error:
        return None, ScimError(HTTPStatus.BAD_REQUEST, str(error), scim_type="invalidFilter")


def _authenticate(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(key.encode(), DIRECTORY_KEY.encode()):
        raise ScimError(HTTPStatus.UNAUTHORIZED, "a bearer key is needed")


def _list_users(asked: Asked) -> Response:
    found = [user for user in asked.directory.users if asked.filter is None or asked.filter.matches(user)]
    start = max(1, _number(asked.request, "startIndex", 1))
    count = asked.injected.page_size(min(MAX_RESULTS, max(0, _number(asked.request, "count", MAX_RESULTS))))
    found = asked.injected.rows_at(start - 1, found)
    page = asked.injected.rows(
        found[start - 1 : start - 1 + count], foreign=lambda rows: _others(asked.directory, found, rows)
    )
    listed = _listed([_projected(user, asked.request) for user in page], asked.injected.total(len(found)), start)
    return ScimResponse(spoilt(listed, asked.injected))


def _others(directory: Directory, found: Sequence[User], rows: int) -> list[User]:
    """Give users that the filter did not ask for (quirk 6)."""
    asked_for = {user["id"] for user in found}
    return [user for user in directory.users if user["id"] not in asked_for][:rows]


def _one_user(asked: Asked) -> Response:
    user = asked.directory.by_id.get(asked.request.path_params["id"])
    if user is None:
        raise ScimError(HTTPStatus.NOT_FOUND, "no such user")
    headers = {"ETag": user["meta"]["version"], "Location": user["meta"]["location"]}
    if _is_fresh(asked.request.headers.get("if-none-match"), user["meta"]["version"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return ScimResponse(spoilt(_projected(user, asked.request), asked.injected), headers=headers)


def _config(asked: Asked) -> Response:
    return ScimResponse(service_provider_config(asked.directory.base_url))


def _resource_types(asked: Asked) -> Response:
    return _whole(resource_types(asked.directory.base_url))


def _schemas(asked: Asked) -> Response:
    return _whole(schemas(asked.directory.base_url))


def _resource_type(asked: Asked) -> Response:
    return _by_id(resource_types(asked.directory.base_url), asked.request)


def _schema(asked: Asked) -> Response:
    return _by_id(schemas(asked.directory.base_url), asked.request)


def _not_implemented(_asked: Asked) -> Response:
    raise ScimError(HTTPStatus.NOT_IMPLEMENTED, "the directory is read only")


def _by_id(described: Sequence[Mapping[str, Any]], request: Request) -> Response:
    for item in described:
        if item["id"] == request.path_params["id"]:
            return ScimResponse(item)
    raise ScimError(HTTPStatus.NOT_FOUND, "no such resource")


def _projected(user: User, request: Request) -> dict[str, Any]:
    asked = request.query_params
    return project(user, attributes=asked.get("attributes"), excluded=asked.get("excludedAttributes"))


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    try:
        return default if text is None else int(text)
    except ValueError:
        raise ScimError(HTTPStatus.BAD_REQUEST, f"{name} is not a number", scim_type="invalidValue") from None


def _is_fresh(if_none_match: str | None, version: str) -> bool:
    return if_none_match is not None and (version in if_none_match or if_none_match.strip() == "*")


def _whole(resources: Sequence[Mapping[str, Any]]) -> Response:
    return ScimResponse(_listed(resources, len(resources), 1))


def _listed(resources: Sequence[Mapping[str, Any]], total: int | str | None, start: int) -> dict[str, Any]:
    """Make a ListResponse; a total of None is left out (quirk 7)."""
    return {
        "schemas": [_LIST_URN],
        **({} if total is None else {"totalResults": total}),
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def _error(status: int, detail: str, *, scim_type: str | None = None) -> Response:
    body = {"schemas": [_ERROR_URN], "status": str(int(status)), "detail": detail}
    if scim_type:
        body["scimType"] = scim_type
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return ScimResponse(body, status_code=status, headers=headers)


def _unknown_address(_request: Request, _exception: Exception) -> Response:
    return _error(HTTPStatus.NOT_FOUND, "no such endpoint")


def _unknown_method(_request: Request, _exception: Exception) -> Response:
    return _error(HTTPStatus.METHOD_NOT_ALLOWED, "no such method here")


_OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/Users": {"GET": _list_users, "POST": _not_implemented},
    "/Users/{id}": dict.fromkeys(("PUT", "PATCH", "DELETE"), _not_implemented) | {"GET": _one_user},
    "/Bulk": {"POST": _not_implemented},
    "/ServiceProviderConfig": {"GET": _config},
    "/ResourceTypes": {"GET": _resource_types},
    "/ResourceTypes/{id}": {"GET": _resource_type},
    "/Schemas": {"GET": _schemas},
    "/Schemas/{id}": {"GET": _schema},
}

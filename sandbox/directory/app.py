"""The directory over HTTP: SCIM 2.0 under /scim/v2, with a bearer key.

Lists are filtered, paged (at most 200 users an answer, fewer told by `itemsPerPage`) and projected; nothing is sorted,
as the real directory can't. Users are made, patched and deleted; a stale `If-Match` is 412, what must be unique 409,
and there is neither PUT nor Bulk. Sources: RFC 7644; the spec, legacy.md, for the extension, the limit and quirk 20.
Faults and the ledger come from `stage`; an operation is named "GET /Users", its keys are the values of the filter.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox._faults import Injected, Quirk
from sandbox.credentials import DIRECTORY_KEY
from sandbox.directory.filter import Filter, InvalidFilter, parse
from sandbox.directory.patch import InvalidPatch, patched
from sandbox.directory.register import Register, Taken, User
from sandbox.directory.resource import project
from sandbox.directory.schema import MAX_RESULTS, resource_types, schemas, service_provider_config
from sandbox.stage import Call, Problem, Sandboxed, perform
from sandbox.wire.document import spoilt

PATH = "/scim/v2"
_ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
_LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_MAX_BODY_BYTES = 256 * 1024
_LATE_S = 30.0


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


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `filter` is None when it has none, `body` is empty when it has none."""

    users: Register
    request: Request
    body: bytes
    filter: Filter | None
    injected: Injected


Operation = Callable[[Asked], Response]


def create_app(sandbox: Sandboxed) -> Starlette:
    """Make the directory's app."""
    users = Register(sandbox, PATH)
    return Starlette(
        routes=[
            Route(PATH + path, _endpoint(sandbox, users, path, operations), methods=list(operations))
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
    sandbox: Sandboxed, users: Register, path: str, operations: Mapping[str, Operation]
) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        parsed, refusal = _filter_of(request)
        body = await request.body()
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
                return operations[method](Asked(users, request, body, parsed, injected))
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
    everybody = list(asked.users.shown().values())
    found = [user for user in everybody if asked.filter is None or asked.filter.matches(user)]
    start = max(1, _number(asked.request, "startIndex", 1))
    count = asked.injected.page_size(min(MAX_RESULTS, max(0, _number(asked.request, "count", MAX_RESULTS))))
    found = asked.injected.rows_at(start - 1, found)
    page = asked.injected.rows(
        found[start - 1 : start - 1 + count], foreign=lambda rows: _others(everybody, found, rows)
    )
    listed = _listed([_projected(user, asked.request) for user in page], asked.injected.total(len(found)), start)
    return ScimResponse(spoilt(listed, asked.injected))


def _others(everybody: Sequence[User], found: Sequence[User], rows: int) -> list[User]:
    """Give users that the filter did not ask for (quirk 6)."""
    asked_for = {user["id"] for user in found}
    return [user for user in everybody if user["id"] not in asked_for][:rows]


def _one_user(asked: Asked) -> Response:
    user = _known(asked, asked.users.shown())
    if _names(asked.request.headers.get("if-none-match"), user["meta"]["version"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(user))
    return ScimResponse(spoilt(_projected(user, asked.request), asked.injected), headers=_headers(user))


def _create(asked: Asked) -> Response:
    given = _document(asked)
    if not given.get("userName"):
        raise ScimError(HTTPStatus.BAD_REQUEST, "userName is due", scim_type="invalidValue")
    with _refusing():
        # A resource is a change of nothing: so an attribute that no schema has is refused alike.
        told = {name: value for name, value in given.items() if name not in {"schemas", "id", "meta"}}
        user = asked.users.create(patched({}, {"Operations": [{"op": "add", "value": told}]}), _late_s(asked))
    return ScimResponse(_projected(user, asked.request), status_code=HTTPStatus.CREATED, headers=_headers(user))


def _patch(asked: Asked) -> Response:
    user = _current(asked)
    with _refusing():
        changed = asked.users.change(patched(user, _document(asked)), _late_s(asked))
    if asked.injected.get(Quirk.NO_CONTENT) is not None:
        asked.injected.note(Quirk.NO_CONTENT)
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_headers(changed))
    return ScimResponse(_projected(changed, asked.request), headers=_headers(changed))


def _delete(asked: Asked) -> Response:
    asked.users.delete(_current(asked)["id"], _late_s(asked))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _current(asked: Asked) -> User:
    """Give the user who is to be written, as they are by now. Raises ScimError when it is not whom the caller knows."""
    user = _known(asked, asked.users.current())
    if (wanted := asked.request.headers.get("if-match")) is None:
        return user
    if asked.injected.get(Quirk.CHANGED_MEANWHILE) is not None:
        asked.injected.note(Quirk.CHANGED_MEANWHILE)
        asked.users.touch(user["id"])
        user = _known(asked, asked.users.current())
    if not _names(wanted, user["meta"]["version"]):
        raise ScimError(HTTPStatus.PRECONDITION_FAILED, "somebody has changed the user")
    return user


def _known(asked: Asked, users: Mapping[str, User]) -> User:
    user = users.get(asked.request.path_params["id"])
    if user is None:
        raise ScimError(HTTPStatus.NOT_FOUND, "no such user")
    return user


def _headers(user: User) -> dict[str, str]:
    return {"ETag": user["meta"]["version"], "Location": user["meta"]["location"]}


def _document(asked: Asked) -> dict[str, Any]:
    try:
        return msgspec.json.decode(asked.body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ScimError(HTTPStatus.BAD_REQUEST, str(error), scim_type="invalidSyntax") from error


def _late_s(asked: Asked) -> float:
    """Tell how many seconds later reads show what is written now (quirk 15)."""
    strike = asked.injected.get(Quirk.LATE_READS)
    if strike is None:
        return 0.0
    return _LATE_S if strike.parameters.seconds is None else strike.parameters.seconds


@contextmanager
def _refusing() -> Iterator[None]:
    """Word what a write is refused for."""
    try:
        yield
    except Taken as taken:
        raise ScimError(HTTPStatus.CONFLICT, f"{taken} is another's", scim_type="uniqueness") from taken
    except InvalidPatch as refused:
        raise ScimError(HTTPStatus.BAD_REQUEST, str(refused), scim_type=refused.scim_type) from refused


def _config(asked: Asked) -> Response:
    return ScimResponse(service_provider_config(asked.users.base_url))


def _resource_types(asked: Asked) -> Response:
    return _whole(resource_types(asked.users.base_url))


def _schemas(asked: Asked) -> Response:
    return _whole(schemas(asked.users.base_url))


def _resource_type(asked: Asked) -> Response:
    return _by_id(resource_types(asked.users.base_url), asked.request)


def _schema(asked: Asked) -> Response:
    return _by_id(schemas(asked.users.base_url), asked.request)


def _not_implemented(_asked: Asked) -> Response:
    raise ScimError(HTTPStatus.NOT_IMPLEMENTED, "the directory does not do this")


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


def _names(versions: str | None, version: str) -> bool:
    """Tell whether a header of versions names this one."""
    return versions is not None and (version in versions or versions.strip() == "*")


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
    "/Users": {"GET": _list_users, "POST": _create},
    "/Users/{id}": {"GET": _one_user, "PUT": _not_implemented, "PATCH": _patch, "DELETE": _delete},
    "/Bulk": {"POST": _not_implemented},
    "/ServiceProviderConfig": {"GET": _config},
    "/ResourceTypes": {"GET": _resource_types},
    "/ResourceTypes/{id}": {"GET": _resource_type},
    "/Schemas": {"GET": _schemas},
    "/Schemas/{id}": {"GET": _schema},
}

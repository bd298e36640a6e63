"""Whether the process lives and may get requests, how the systems behind it are, and its metrics."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bff.backends import Condition, State
from bff.domain.system import System
from bff.observability import (
    BACKEND_BREAKER,
    BACKEND_CLOSED,
    BACKEND_RUNNING,
    BACKEND_WAITING,
    render_metrics,
)

Conditions = Callable[[], Mapping[System, Condition]]
"""Tells how each system is, as far as this process's calls have shown."""

_LEVELS = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


def health_routes(*, cache: str, conditions: Conditions) -> list[Route]:
    """Make the routes of health and metrics; `cache` says where the cache is kept.

    Liveness never depends on others. Readiness stays green without the systems behind us: cached answers and the other
    systems still serve; it says which are up.
    """

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        systems = {system.value: _told(condition) for system, condition in conditions().items()}
        return JSONResponse({"status": "ready", "cache": cache, "systems": systems})

    async def metrics(_request: Request) -> Response:
        for system, condition in conditions().items():
            _measure(system.value, condition)
        body, content_type = render_metrics()
        return Response(body, headers={"Content-Type": content_type})

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


def _told(condition: Condition) -> dict[str, Any]:
    """Tell the state of each group of operations: `up`, `failing`, `trying` or `closed`; and of all, or `mixed`."""
    groups = {group: _word(condition, group) for group in condition.breakers}
    words = set(groups.values())
    return {"state": words.pop() if len(words) == 1 else "mixed", "groups": groups}


def _word(condition: Condition, group: str) -> str:
    if group in condition.closures:
        return "closed"
    return {State.CLOSED: "up", State.OPEN: "failing", State.HALF_OPEN: "trying"}[condition.breakers[group]]


def _measure(system: str, condition: Condition) -> None:
    for group, state in condition.breakers.items():
        BACKEND_BREAKER.labels(system, group).set(_LEVELS[state])
        BACKEND_CLOSED.labels(system, group).set(group in condition.closures)
    BACKEND_RUNNING.labels(system).set(condition.running)
    BACKEND_WAITING.labels(system).set(condition.waiting)

"""Whether the process lives and may get requests, and its metrics."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bff.observability import render_metrics


def health_routes(*, cache: str) -> list[Route]:
    """Make the routes of health and metrics; `cache` says where the cache is kept.

    Liveness never depends on others. Readiness stays green without the systems behind us: cached answers and the other
    systems still serve.
    """

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        return JSONResponse({"status": "ready", "cache": cache})

    async def metrics(_request: Request) -> Response:
        body, content_type = render_metrics()
        return Response(body, headers={"Content-Type": content_type})

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]

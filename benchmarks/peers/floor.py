"""The floor in Python: uvicorn with an application that reads the request and answers with bytes of a file."""

from pathlib import Path

from starlette.types import Receive, Scope, Send

from benchmarks.peers.serve import serve
from benchmarks.peers.task import Task


class Floor:
    """Answers `/<query>` with `<query>.json` of a directory."""

    def __init__(self, answers: Path) -> None:
        self._bodies = {f"/{path.stem}": path.read_bytes() for path in answers.glob("*.json")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        body = self._bodies[scope["path"]]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    task = Task.read()
    serve(Floor(Path(task.answers)), task.port)

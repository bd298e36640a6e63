"""The short way in: who takes it, and that headers are read as they are meant."""

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.http.entry import Entry
from bff.http.request import headers_of
from bff.observability import REQUEST

pytestmark = pytest.mark.anyio

MANY = 10_000


class Place:
    """An application that keeps under which id it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.asked.append(REQUEST.get().request_id)


async def ask(app: ASGIApp, path: str, *headers: tuple[bytes, bytes]) -> None:
    async def receive() -> Message:
        raise AssertionError

    async def send(_message: Message) -> None:
        raise AssertionError

    given = [*headers, (b"x-request-id", b"request-1")]
    await app({"type": "http", "method": "POST", "path": path, "headers": given}, receive, send)


@pytest.mark.parametrize(
    ("path", "headers", "goes_straight"),
    [
        ("/graphql", [], True),
        ("/graphql", [(b"origin", b"https://page.example")], False),
        ("/graphql", [(b"origin", b"")], False),
        ("/graphql/", [], False),
        ("/graphql/x", [], False),
        ("/GRAPHQL", [], False),
        ("", [], False),
        ("/health/live", [], False),
    ],
)
async def test_only_a_request_of_no_page_and_of_exactly_that_path_goes_straight(
    path: str,
    headers: list[tuple[bytes, bytes]],
    goes_straight: bool,  # noqa: FBT001 - parametrised
) -> None:
    straight, below = Place(), Place()
    await ask(Entry(below, deadline_s=5, straight={"/graphql": straight}), path, *headers)
    asked, not_asked = (straight, below) if goes_straight else (below, straight)
    assert (asked.asked, not_asked.asked) == (["request-1"], [])


def test_lines_of_one_name_are_one_list_and_white_space_around_them_says_nothing() -> None:
    lines = [(b"accept", b" a "), (b"x-membership", b"m-1"), (b"accept", b"b"), (b"accept", b"\xe9")]
    assert headers_of({"headers": lines}) == {"accept": "a, b, é", "x-membership": "m-1"}


def test_no_line_of_thousands_of_one_name_is_lost() -> None:
    lines = [(b"a", b"%d" % number) for number in range(MANY)]
    assert headers_of({"headers": lines})["a"].split(", ") == [str(number) for number in range(MANY)]


def test_headers_are_read_once_a_request() -> None:
    scope: Scope = {"headers": [(b"a", b"b")]}
    assert headers_of(scope) is headers_of(scope)

"""What a call sends and what comes back, for whatever carries it: `_wire`, or `_httpx`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from bff.backends._call import Operation


class Request(NamedTuple):
    """What is sent. `path` goes behind the system's base URL, or is a whole URL where `_httpx` carries it."""

    method: str
    path: str
    params: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    content: bytes | None


class Answer(NamedTuple):
    """A whole answer of any status, its body decompressed; headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Incoming(NamedTuple):
    """An answer of any status whose body is still to come, as it is sent; headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Reply(NamedTuple):
    """An answer, and what closes the connection that brought it: it may not be trusted with another."""

    answer: Answer
    discard: Callable[[], Awaitable[None]]


class Carrier(Protocol):
    """Carries requests to one system and answers back."""

    async def exchange(self, where: Operation, request: Request) -> Reply:
        """Give the whole answer to a request; it is the caller who sets a time for it. Raises BackendErrors.

        What the network below raises may come through: OSError, RuntimeError, AttributeError.
        """
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...

"""That work ends with its client, that nothing else is taken for it, and that short work is not watched at all."""

import asyncio
from collections import deque

import pytest
from starlette.types import Message

from bff.http.presence import ClientGone, while_there

pytestmark = pytest.mark.anyio


class Line:
    """A client's connection, which tells of one message after the other and then is silent."""

    def __init__(self, *messages: Message) -> None:
        self.messages = deque(messages)
        self.watched = asyncio.Event()

    async def receive(self) -> Message:
        self.watched.set()
        if self.messages:
            return self.messages.popleft()
        await asyncio.Event().wait()
        raise AssertionError


GONE = {"type": "http.disconnect"}
STILL_THERE = {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.parametrize("messages", [(GONE,), (STILL_THERE, GONE)])
async def test_work_is_cancelled_when_its_client_has_gone(messages: tuple[Message, ...]) -> None:
    with pytest.raises(ClientGone), while_there(Line(*messages).receive, unwatched_s=0):
        await asyncio.Event().wait()
    await asyncio.sleep(0)  # and the task itself can go on


async def test_work_of_a_client_that_stays_runs_to_its_end_and_leaves_no_watcher() -> None:
    line, before = Line(), asyncio.all_tasks()
    with while_there(line.receive, unwatched_s=0):
        await line.watched.wait()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_short_work_is_not_watched() -> None:
    line, before = Line(GONE), asyncio.all_tasks()
    with while_there(line.receive, unwatched_s=60):
        for _ in range(10):
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == before
    assert not line.watched.is_set()


@pytest.mark.parametrize("unwatched_s", [0, 60], ids=["watched", "not yet watched"])
async def test_another_one_s_cancellation_is_not_a_client_that_has_gone(unwatched_s: float) -> None:
    line, begun = Line(), asyncio.Event()

    async def work() -> None:
        with while_there(line.receive, unwatched_s=unwatched_s):
            if unwatched_s == 0:
                await line.watched.wait()
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_work_is_its_own() -> None:
    with pytest.raises(KeyError), while_there(Line().receive, unwatched_s=0):
        raise KeyError

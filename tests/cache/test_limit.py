"""A node's time: a busy loop costs it nothing, and a node that says nothing is given up all the same."""

import asyncio
import time

import pytest

from bff.redis_client._limit import Limit

pytestmark = pytest.mark.anyio

LIMIT_S = 0.05


def keep_the_loop_busy() -> None:
    """Hold the loop up for longer than a call may take."""
    time.sleep(2 * LIMIT_S)


async def test_who_says_nothing_is_given_up_when_the_time_is_over() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with Limit(LIMIT_S):
            await asyncio.Event().wait()
    assert time.monotonic() - began >= LIMIT_S


async def test_what_ended_in_time_is_not_ended_later() -> None:
    async with Limit(LIMIT_S):
        pass
    keep_the_loop_busy()
    await asyncio.sleep(LIMIT_S / 2)


async def test_an_answer_that_waited_for_a_busy_loop_is_taken() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(1))
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"1")
        asyncio.get_running_loop().call_soon(keep_the_loop_busy)
        async with Limit(LIMIT_S):
            assert await reader.readexactly(1) == b"1"
        writer.close()


async def test_a_cancellation_stays_one() -> None:
    async def wait() -> None:
        async with Limit(LIMIT_S):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()

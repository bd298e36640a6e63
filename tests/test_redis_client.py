"""One client for all kinds of Redis: it finds the node of a key, within a call's time or beside it."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from bff.redis_client import FAILURES, Client, check_url, open_client
from bff.redis_client._node import _by_slot
from bff.redis_client._url import Login, Tls, parse
from tests.redis_server import HOST, SERVICE, RedisCluster, RedisPipe, RedisSentinels, RedisServer
from tests.waiting import WITHIN_S, eventually_async

pytestmark = pytest.mark.anyio

TIMEOUT_S = 1.0
HASTY_S = 0.3
"""What a call has where it waits for what hangs: less, so that no test takes long."""
IN_TIME_S = 1.0
"""Until such a call must have ended: far from `HASTY_S`, for a busy machine, and from the library's own 5 s."""
SOON_S = 3.0
OF_EACH_MASTER = ("b", "c", "a")
"""A key of each of three masters, in their order."""


@asynccontextmanager
async def opened(url: str, *, timeout_s: float = TIMEOUT_S, connections: int = 32) -> AsyncIterator[Client]:
    client = open_client(url, timeout_s=timeout_s, connections=connections)
    try:
        yield client
    finally:
        await client.aclose()


async def put(client: Client, key: str, value: str) -> None:
    await client.run(key, lambda node: node.set(key, value))


async def got(client: Client, key: str) -> bytes | None:
    return cast("bytes | None", await client.run(key, lambda node: node.get(key)))


async def works(client: Client, key: str) -> bool:
    try:
        await got(client, key)
    except FAILURES:
        return False
    return True


async def until_it_works(client: Client, key: str, *, within_s: float = WITHIN_S) -> None:
    """Ask for a key again and again until that goes well."""
    await eventually_async(lambda: works(client, key), "its node does not answer", within_s=within_s)


async def waited_s(client: Client, key: str) -> float:
    """Give how long a call takes that fails."""
    began = time.monotonic()
    with pytest.raises(FAILURES):
        await got(client, key)
    return time.monotonic() - began


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache.example",
        "redis://cache.example:6380/2",
        "redis://[::1]:6380",
        "rediss://user:p%40ss@cache.example:6380/0?ssl_ca_certs=/etc/ca.pem",
        "unix:///run/redis/redis.sock?db=3",
        "redis+cluster://one:7000,two:7001",
        "rediss+cluster://:secret@one:7000",
        "redis+sentinel://one,two:26380/cache",
        "rediss+sentinel://user:pass@one/cache/1?sentinel_password=secret&ssl_certfile=/a&ssl_keyfile=/b",
    ],
)
def test_these_addresses_are_right(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://hidden", "is no Redis address; right are redis://host:port/db"),
        ("redis+other://hidden", "is no Redis address"),
        ("unix+cluster:///hidden", "is no Redis address"),
        ("hidden:6379", "is no Redis address"),
        ("redis://[hidden", "is no address"),
        ("redis://", "names no host"),
        ("redis://user:hidden@", "names no host"),
        ("redis+cluster://hidden,", "names no host"),
        ("redis://hidden:port", "has a host in brackets that is none, or a port that is no number to 65535"),
        ("redis://hidden:65536", "has a host in brackets that is none, or a port that is no number to 65535"),
        ("redis://hidden,hidden", "names several hosts; redis+cluster:// or redis+sentinel:// says what they are"),
        ("redis://hidden/cache", "names a database that is no number"),
        ("redis://hidden/0/1", "has too long a path"),
        ("redis+cluster://hidden/1", "has a path; a Cluster has one database"),
        ("redis+sentinel://hidden", "names no service; right is redis+sentinel://host:port,host:port/service/db"),
        ("redis+sentinel://hidden/cache/one", "names a database that is no number"),
        ("unix://hidden/redis.sock", "names no socket; right is unix:///path?db=n"),
        ("unix://", "names no socket"),
        ("redis://hid#den", "has a fragment; a # in a password is written %23"),
        ("redis://hidden?socket_timeout=5", "has an option that is not known here; known are: none"),
        ("redis://hidden?ssl_cert_reqs=none", "has an option that is not known here"),
        (
            "rediss://hidden?ssl_cert_reqs=none",
            "has an option that is not known here; known are: ssl_ca_certs, ssl_certfile, ssl_keyfile",
        ),
    ],
)
def test_a_wrong_address_is_told_what_would_be_right_and_is_not_shown(url: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)) as told:
        check_url(url)
    assert "hidden" not in str(told.value)


def test_an_address_of_sentinels_has_a_login_for_the_data_and_one_for_them() -> None:
    target = parse("rediss+sentinel://us%3Aer:p%2Fss@one,[::1]:1/cache/2?sentinel_password=s%26c&ssl_ca_certs=/ca")
    assert target.places == ("one:26379", "::1:1")
    assert (target.service, target.db) == ("cache", 2)
    assert (target.login, target.sentinel_login) == (Login("us:er", "p/ss"), Login(None, "s&c"))
    assert target.tls == Tls(ssl_ca_certs="/ca")


# --- one server -------------------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_a_call_of_a_stalled_server_ends_in_its_time(own_redis: RedisServer) -> None:
    async with opened(own_redis.url, timeout_s=HASTY_S) as client:
        await put(client, "k", "v")
        with own_redis.stalled():
            assert await waited_s(client, "k") < IN_TIME_S
        assert await got(client, "k") == b"v"


@pytest.mark.redis
async def test_calls_that_find_no_free_connection_end_in_their_time(own_redis: RedisServer) -> None:
    async with opened(own_redis.url, timeout_s=HASTY_S, connections=2) as client:
        assert await works(client, "k")
        tasks, began = asyncio.all_tasks(), time.monotonic()
        ends = await asyncio.gather(
            *(client.run("k", lambda node: node.blpop(["k"], timeout=5)) for _ in range(20)), return_exceptions=True
        )
        assert time.monotonic() - began < IN_TIME_S, "one after the other they take 3 s"
        assert all(isinstance(end, FAILURES) for end in ends)
        assert asyncio.all_tasks() == tasks
        assert await works(client, "k")


@pytest.mark.redis
async def test_calls_that_are_cancelled_leave_no_answer_to_others_and_no_connection_taken(
    own_redis: RedisServer,
) -> None:
    async with opened(own_redis.url, connections=4) as client:
        for number in range(20):
            await put(client, f"k{number}", f"v{number}")
        for round_ in range(200):
            calls = [asyncio.create_task(got(client, f"k{number}")) for number in range(20)]
            for _ in range(round_ % 23):
                await asyncio.sleep(0)
            for call in calls[::2]:
                call.cancel()
            answers = await asyncio.gather(*calls, return_exceptions=True)
            assert answers[1::2] == [f"v{number}".encode() for number in range(1, 20, 2)]
        assert len(own_redis.ask("CLIENT LIST")) <= 4 + 1


@pytest.mark.redis
async def test_a_password_that_is_wrong_is_a_failure(own_redis: RedisServer) -> None:
    own_redis.ask("CONFIG", "SET", "requirepass", "right")
    place = own_redis.url.removeprefix("unix://")
    async with opened(f"unix://:right@{place}") as right, opened(f"unix://:wrong@{place}") as wrong:
        assert await works(right, "k")
        assert not await works(wrong, "k")


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_a_server_is_trusted_by_the_certificates_of_the_address_only(
    own_redis: RedisServer, tls: ssl.SSLContext, certificate: Path
) -> None:
    with RedisPipe(own_redis, tls=tls) as pipe:
        url = f"rediss://{HOST}:{pipe.port}"
        async with opened(f"{url}?ssl_ca_certs={certificate}") as trusting:
            await put(trusting, "k", "v")
            assert await got(trusting, "k") == b"v"
        async with opened(url) as strange:
            with pytest.raises(FAILURES, match="CERTIFICATE_VERIFY_FAILED"):
                await got(strange, "k")


@pytest.mark.redis
async def test_many_connections_at_once_do_not_block_the_loop_to_read_certificates(
    own_redis: RedisServer, tls: ssl.SSLContext, certificate: Path
) -> None:
    """The library reads the system's authorities for each connection: 20 ms times 32."""
    with RedisPipe(own_redis, tls=tls) as pipe:
        url = f"rediss://{HOST}:{pipe.port}?ssl_ca_certs={certificate}"
        async with opened(url, timeout_s=2) as client:
            began = time.thread_time()
            await asyncio.gather(*(got(client, "k") for _ in range(32)))
            assert time.thread_time() - began < 32 * 0.01


# --- a Cluster --------------------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_each_key_goes_to_the_master_that_has_it(redis_cluster: RedisCluster) -> None:
    async with opened(redis_cluster.url) as client:
        for key, master in zip(OF_EACH_MASTER, redis_cluster.masters, strict=True):
            await put(client, key, key)
            assert client.place(key) == f"{HOST}:{master.port}"
            assert master.ask("GET", key) == key


def test_a_node_that_does_not_know_its_own_host_is_where_it_was_asked() -> None:
    owners = _by_slot([[0, 9, [b"", 7000, b"id"]], [10, 10, [None, 7001, b"id"]], [11, 12, [b"b", 7002, b"id"]]], "a:1")
    assert owners[:14] == ["a:7000"] * 10 + ["a:7001"] + ["b:7002"] * 2 + [None]


@pytest.mark.redis
async def test_one_node_is_enough_to_find_all(redis_cluster: RedisCluster) -> None:
    async with opened(f"redis+cluster://{HOST}:1,{HOST}:{redis_cluster.replica.port}") as client:
        for key in OF_EACH_MASTER:
            await put(client, key, "v")


BOTH = """
redis.call('SET', KEYS[1], 'x')
redis.call('SET', KEYS[2], 'y')
return redis.call('GET', KEYS[1]) .. redis.call('GET', KEYS[2])
"""


async def by_script(node: Redis, key: str) -> object:
    return await cast("Awaitable[object]", node.eval(BOTH, 2, key, f"{{{key}}}2"))


async def by_pipeline(node: Redis, key: str) -> object:
    async with node.pipeline(transaction=False) as pipe:
        pipe.set(key, "x")
        pipe.get(f"{{{key}}}2")
        return await pipe.execute()


@pytest.mark.redis
async def test_a_pipeline_and_a_script_run_where_their_keys_are(redis_cluster: RedisCluster) -> None:
    async with opened(redis_cluster.url) as client:
        for key in OF_EACH_MASTER:
            assert await client.run(key, partial(by_script, key=key)) == b"xy"
            assert await client.run(key, partial(by_pipeline, key=key)) == [True, b"y"]


@pytest.mark.redis
async def test_a_slot_that_is_moving_and_has_moved_is_followed(own_cluster: RedisCluster) -> None:
    key, (old, new, _) = "b", own_cluster.masters
    slot = old.ask("CLUSTER", "KEYSLOT", key)
    old_id, new_id = (node.ask("CLUSTER", "MYID") for node in (old, new))
    async with opened(own_cluster.url) as client:
        await put(client, key, "before")
        new.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", old_id)
        old.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", new_id)
        old.ask("MIGRATE", HOST, new.port, key, 0, 1000)
        assert await got(client, key) == b"before"
        for several in (by_script, by_pipeline):
            with pytest.raises(FAILURES):
                await client.run(key, partial(several, key=key))
        assert client.place(key) == f"{HOST}:{old.port}"
        for node in own_cluster.masters:
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", new_id)
        assert await client.run(key, partial(by_script, key=key)) == b"xy"
        assert client.place(key) == f"{HOST}:{new.port}"


@pytest.mark.redis
async def test_a_node_that_hangs_costs_those_only_who_want_its_keys(redis_cluster: RedisCluster) -> None:
    async with opened(redis_cluster.url, timeout_s=HASTY_S) as client:
        for key in OF_EACH_MASTER:
            await put(client, key, "v")
        with redis_cluster.masters[1].stalled():
            for _ in range(3):
                hanging = asyncio.create_task(waited_s(client, "c"))
                assert [await got(client, key) for key in ("a", "b")] == [b"v", b"v"]
                assert await hanging < IN_TIME_S
        await until_it_works(client, "c", within_s=SOON_S)


@pytest.mark.redis
async def test_the_replica_of_a_master_that_died_is_found_without_a_word(own_cluster: RedisCluster) -> None:
    async with opened(own_cluster.url) as client:
        for key in OF_EACH_MASTER:
            await put(client, key, "v")
        own_cluster.masters[0].kill()
        assert not await works(client, "b")
        await until_it_works(client, "b")
        assert client.place("b") == f"{HOST}:{own_cluster.replica.port}"
        assert await works(client, "a")


@pytest.mark.redis
async def test_a_hanging_node_that_is_asked_first_for_the_others_hides_them_for_a_moment_only(
    redis_cluster: RedisCluster,
) -> None:
    hanging, *others = (f"{HOST}:{node.port}" for node in reversed(redis_cluster.nodes))
    with redis_cluster.replica.stalled():
        async with opened(f"redis+cluster://{hanging},{','.join(others)}", timeout_s=HASTY_S) as client:
            assert await waited_s(client, "a") < IN_TIME_S
            await until_it_works(client, "a", within_s=SOON_S)


async def test_a_cluster_that_is_not_there_is_told_at_once_and_looked_for_again() -> None:
    async with opened(f"redis+cluster://{HOST}:1,{HOST}:2") as client:
        assert client.place("a") == ""
        for _ in range(3):
            assert await waited_s(client, "a") < TIMEOUT_S


# --- Sentinels --------------------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_the_master_is_found_by_the_first_sentinel_that_answers(redis_sentinels: RedisSentinels) -> None:
    url = f"redis+sentinel://{HOST}:1,{HOST}:{redis_sentinels.sentinel.port}/{SERVICE}"
    async with opened(url) as client:
        await put(client, "k", "v")
        assert client.place("k") == f"{HOST}:{redis_sentinels.master.port}"


@pytest.mark.redis
async def test_a_service_that_no_sentinel_knows_is_a_failure(redis_sentinels: RedisSentinels) -> None:
    async with opened(f"redis+sentinel://{HOST}:{redis_sentinels.sentinel.port}/another") as client:
        assert not await works(client, "k")


@pytest.mark.redis
async def test_sentinels_and_the_data_have_a_login_each(own_sentinels: RedisSentinels) -> None:
    own_sentinels.sentinel.ask("ACL", "SETUSER", "default", "resetpass", ">watching")
    own_sentinels.master.ask("ACL", "SETUSER", "bff", "on", ">reading", "~*", "+get", "+select")
    address = f"@{HOST}:{own_sentinels.sentinel.port}/{SERVICE}/1"
    async with (
        opened(f"redis+sentinel://bff:reading{address}?sentinel_password=watching") as right,
        opened(f"redis+sentinel://bff:reading{address}") as unknown_to_the_sentinel,
        opened(f"redis+sentinel://bff:other{address}?sentinel_password=watching") as unknown_to_the_data,
    ):
        assert await works(right, "k")
        assert not await works(unknown_to_the_sentinel, "k")
        assert not await works(unknown_to_the_data, "k")


@pytest.mark.redis
@pytest.mark.parametrize("how", ["kill", "stall"])
async def test_the_heir_of_a_master_that_is_gone_is_found(own_sentinels: RedisSentinels, how: str) -> None:
    async with opened(own_sentinels.url, timeout_s=HASTY_S) as client:
        await put(client, "k", "v")
        getattr(own_sentinels.master, how)()
        assert not await works(client, "k")
        await until_it_works(client, "k")
        assert client.place("k") == f"{HOST}:{own_sentinels.replica.port}"


# --- what is left behind ----------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_nothing_is_left_of_a_client_that_was_closed_while_it_looked(redis_cluster: RedisCluster) -> None:
    before = asyncio.all_tasks()
    hanging = f"{HOST}:{redis_cluster.replica.port}"
    with redis_cluster.replica.stalled():
        async with opened(f"redis+cluster://{hanging}", timeout_s=0.01) as client:
            await asyncio.gather(*(waited_s(client, key) for key in OF_EACH_MASTER))
    assert asyncio.all_tasks() == before

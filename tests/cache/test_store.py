"""The contract of stores, kept by all of them. Keys of one call share a hash tag, as a customer's do."""

import pytest

from bff.cache.protocol import Entry, Store

pytestmark = pytest.mark.anyio


async def test_values_come_back_in_the_order_of_the_keys_and_none_for_what_is_not_there(store: Store) -> None:
    assert await store.set_many([Entry("{own}a", b"1", 60), Entry("{own}b", b"\x00\xff", 60)])
    assert await store.get_many(["{own}b", "{own}missing", "{own}a", "{own}b"]) == [
        b"\x00\xff",
        None,
        b"1",
        b"\x00\xff",
    ]


async def test_nothing_asked_is_nothing_answered(store: Store) -> None:
    assert await store.get_many([]) == []
    assert await store.set_many([])
    assert await store.claim([]) == []
    await store.release([], b"token")


async def test_a_later_value_replaces_an_earlier_one(store: Store) -> None:
    await store.set_many([Entry("{own}a", b"1", 60)])
    await store.set_many([Entry("{own}a", b"2", 60)])
    assert await store.get_many(["{own}a"]) == [b"2"]


async def test_a_claim_is_won_by_the_first_and_told_to_the_second(store: Store) -> None:
    assert await store.claim([Entry("{own}c", b"first", 60)]) == [b"first"]
    assert await store.claim([Entry("{own}c", b"second", 60), Entry("{own}d", b"second", 60)]) == [b"first", b"second"]


async def test_a_claim_is_released_by_its_holder_only(store: Store) -> None:
    await store.claim([Entry("{own}c", b"first", 60), Entry("{own}d", b"second", 60)])
    await store.release(["{own}c", "{own}d"], b"second")
    assert await store.get_many(["{own}c", "{own}d"]) == [b"first", None]

"""The bounded mapping."""

from hypothesis import given
from hypothesis import strategies as st

from bff.cache.lru import Lru

_puts = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=40)


@given(_puts)
def test_the_weight_is_that_of_what_is_held_and_within_its_bound(puts: list[tuple[int, int]]) -> None:
    lru: Lru[int, int] = Lru(20)
    for key, weight in puts:
        lru.put(key, weight, weight)
        held = [value for key in range(6) if (value := lru.get(key)) is not None]
        assert lru.weight == sum(held) <= 20
        assert len(lru) == len(held)


def test_what_was_read_last_stays_longest() -> None:
    lru: Lru[str, int] = Lru(2)
    lru.put("a", 1, 1)
    lru.put("b", 2, 1)
    assert lru.get("a") == 1
    lru.put("c", 3, 1)
    assert [lru.get(key) for key in "abc"] == [1, None, 3]


def test_a_heavier_value_than_the_bound_takes_only_its_own_place() -> None:
    lru: Lru[str, int] = Lru(2)
    lru.put("a", 1, 1)
    lru.put("b", 2, 1)
    lru.put("a", 9, 3)
    assert [lru.get(key) for key in "ab"] == [None, 2]
    lru.drop("a")
    lru.drop("b")
    assert lru.weight == 0

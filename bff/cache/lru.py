"""A mapping bounded by weight that forgets what was used longest ago."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Values by key; the weights of all together stay within a bound.

    Attributes:
        weight: of all values now held.
    """

    __slots__ = ("_max_weight", "_values", "weight")

    def __init__(self, max_weight: int) -> None:
        self.weight = 0
        self._max_weight = max_weight
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Give the value and count it as used; None when there is none."""
        held = self._values.get(key)
        if held is None:
            return None
        self._values.move_to_end(key)
        return held[0]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep a value in place of the key's last; one heavier than the whole bound is not kept."""
        self.drop(key)
        if weight > self._max_weight:
            return
        self._values[key] = value, weight
        self.weight += weight
        while self.weight > self._max_weight:
            _, (_, lost) = self._values.popitem(last=False)
            self.weight -= lost

    def drop(self, key: K) -> None:
        """Forget a key, if it is there."""
        if (held := self._values.pop(key, None)) is not None:
            self.weight -= held[1]

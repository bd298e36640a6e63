"""How many calls may be made again: a share of all calls and a few a second, so that retries can't double a load.

Pure: it is told the time, in seconds of one monotonic clock.
"""

_SHARE = 0.1
_A_SECOND = 3.0
_BURST = 10.0


class RetryBudget:
    """A budget of retries: each call pays in a tenth of one, each second three; ten can be saved."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = _A_SECOND
        self._at = now

    def pay_in(self, now: float) -> None:
        """Learn that a call is made which is no retry."""
        self._left = min(_BURST, self._left + _SHARE + _A_SECOND * (now - self._at))
        self._at = now

    def spend(self) -> bool:
        """Take a retry from the budget; False when there is none."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

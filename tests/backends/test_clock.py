"""The clock that development can move."""

from datetime import timedelta
from pathlib import Path

from bff.clock import RealClock, ShiftedClock
from tests.backends.wire import NOW, StillClock


class Seconds:
    """A monotonic clock to set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_real_clock_has_an_offset() -> None:
    assert RealClock().now().tzinfo is not None


def test_the_offset_in_the_file_is_added_and_read_at_most_once_a_second(tmp_path: Path) -> None:
    file, seconds = tmp_path / "clock", Seconds()
    file.write_text("3600.5")
    clock = ShiftedClock(file, StillClock(), monotonic=seconds)
    assert clock.now() == NOW + timedelta(seconds=3600.5)
    file.write_text("0")
    seconds.now = 0.9
    assert clock.now() == NOW + timedelta(seconds=3600.5)
    seconds.now = 1.0
    assert clock.now() == NOW


def test_a_file_that_is_not_there_or_half_written_changes_nothing(tmp_path: Path) -> None:
    file, seconds = tmp_path / "clock", Seconds()
    clock = ShiftedClock(file, StillClock(), monotonic=seconds)
    assert clock.now() == NOW
    file.write_text("60")
    seconds.now = 1.0
    assert clock.now() == NOW + timedelta(seconds=60)
    file.write_text("")
    seconds.now = 2.0
    assert clock.now() == NOW + timedelta(seconds=60)

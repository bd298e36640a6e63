"""The clock that development can move."""

from datetime import timedelta
from pathlib import Path

from bff.clock import RealClock, ShiftedClock
from tests.backends.wire import NOW, StillClock
from tests.clock import HandClock


def test_the_real_clock_has_an_offset() -> None:
    assert RealClock().now().tzinfo is not None


def test_the_offset_in_the_file_is_added_and_read_at_most_once_a_second(tmp_path: Path) -> None:
    file, hand = tmp_path / "clock", HandClock()
    file.write_text("3600.5")
    clock = ShiftedClock(file, StillClock(), monotonic=hand.monotonic)
    assert clock.now() == NOW + timedelta(seconds=3600.5)
    file.write_text("0")
    hand.advance(0.9)
    assert clock.now() == NOW + timedelta(seconds=3600.5)
    hand.advance(0.1)
    assert clock.now() == NOW


def test_a_file_that_is_not_there_or_half_written_changes_nothing(tmp_path: Path) -> None:
    file, hand = tmp_path / "clock", HandClock()
    clock = ShiftedClock(file, StillClock(), monotonic=hand.monotonic)
    assert clock.now() == NOW
    file.write_text("60")
    hand.advance(1)
    assert clock.now() == NOW + timedelta(seconds=60)
    file.write_text("")
    hand.advance(1)
    assert clock.now() == NOW + timedelta(seconds=60)

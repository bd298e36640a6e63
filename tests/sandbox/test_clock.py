"""The shifted clock and the file through which others read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.clock import DEFAULT_NOW, Clock

SLACK = timedelta(seconds=5)


def test_time_starts_at_the_given_moment_and_runs_on() -> None:
    clock = Clock(now=DEFAULT_NOW)
    first, second = clock.now(), clock.now()
    assert DEFAULT_NOW <= first <= second < DEFAULT_NOW + SLACK


def test_time_can_be_set_and_advanced_and_moved_back() -> None:
    clock = Clock()
    clock.set(datetime(2027, 3, 28, 12, 0, tzinfo=UTC))
    clock.advance(3600)
    assert clock.now() - datetime(2027, 3, 28, 13, 0, tzinfo=UTC) < SLACK
    clock.advance(-7200)
    assert clock.now() - datetime(2027, 3, 28, 11, 0, tzinfo=UTC) < SLACK


def test_the_file_always_holds_the_offset_to_real_time(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(now=DEFAULT_NOW, file=file)
    assert float(file.read_text()) == pytest.approx(clock.offset_s)
    clock.advance(86_400)
    read = datetime.now(UTC) + timedelta(seconds=float(file.read_text()))
    assert abs(read - clock.now()) < SLACK


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        Clock(now=datetime(2026, 11, 22, 9, 30))  # noqa: DTZ001 - that is the point

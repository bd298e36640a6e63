"""What stands in the pages: goals, and what was written between marks."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from benchmarks.occasion import Occasion, heading
from benchmarks.plot import Curve, curves
from benchmarks.report import GOALS, Figures, fill, goal_lines, parts
from benchmarks.result import Result, Row
from benchmarks.server import SERVERS, Mode

_OCCASION = Occasion(
    at=datetime(2026, 11, 22, tzinfo=UTC), command="python -m x", machine="2 CPUs", busy=True, versions={"Python": "3"}
)


def _row(server: str, cpu_ms: float, round_number: int = 1) -> Row:
    return Row(
        server=server,
        mode=Mode.WARM,
        query="dashboard",
        round=round_number,
        requests=1,
        per_second=1,
        cpu_ms=cpu_ms,
        p50_ms=1,
        p90_ms=1,
        p99_ms=1,
        rss_mib=1,
        calls=0,
        wrong=0,
        body_bytes=1,
    )


def _figures(*rows: Row) -> Figures:
    return Figures(Result(occasion=_OCCASION, skipped={}, different=[], rows=rows))


@pytest.mark.parametrize(("theirs_ms", "verdict"), [(1.4, "met"), (1.39, "not met")])
def test_a_goal_is_met_when_the_peer_costs_so_many_times_as_much(theirs_ms: float, verdict: str) -> None:
    [line] = [each for each in goal_lines(_figures(_row("bff", 1.0), _row("jit", theirs_ms))) if "| ≥ 1.4 |" in each]
    assert line.split("|")[6].strip() == verdict


@pytest.mark.parametrize(("ours_ms", "verdict"), [(6.0, "met"), (6.1, "not met")])
def test_the_floors_goal_is_met_when_the_bff_costs_at_most_so_many_times_as_much(ours_ms: float, verdict: str) -> None:
    [line] = [each for each in goal_lines(_figures(_row("bff", ours_ms), _row("floor-uvicorn", 1.0))) if "≤" in each]
    assert line.split("|")[6].strip() == verdict


def test_a_goal_whose_peer_was_not_measured_says_so() -> None:
    lines = [each for each in goal_lines(_figures(_row("bff", 1.0))) if "| not measured |" in each]
    assert len(lines) == len(GOALS)


def test_the_figure_of_several_rounds_is_their_median() -> None:
    rows = [_row("bff", cost, number) for number, cost in enumerate((9.0, 1.0, 2.0), start=1)]
    assert _figures(*rows).cpu_ms("bff", Mode.WARM, "dashboard") == 2.0


def test_a_page_keeps_what_stands_around_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<a>\nold\n<b>\nafter\n", encoding="utf-8")
    fill(page, ("<a>", "<b>"), ["new"])
    assert page.read_text(encoding="utf-8") == "before\n<a>\n\nnew\n<b>\nafter\n"


def test_a_page_without_the_marks_is_not_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="<a>"):
        fill(page, ("<a>", "<b>"), ["new"])
    assert page.read_text(encoding="utf-8") == "nothing\n"


def test_figures_of_a_busy_machine_are_called_preliminary() -> None:
    assert "Preliminary" in next(iter(heading(_OCCASION)))


def test_a_curve_rises_on_the_page_when_its_values_do() -> None:
    drawn = curves("title", [Curve("c", [(10, 1), (100, 10)])])
    heights = [float(part.split('"')[0]) for part in drawn.split('cy="')[1:]]
    assert heights[0] > heights[1]


def test_a_server_taken_apart_adds_up_to_its_dashboard() -> None:
    small = msgspec.structs.replace(_row("bff", 1.0), query="small")
    taken = parts(_figures(small, _row("bff", 3.5)), "bff")
    assert taken == (1.0, 2.5, None, None)


def test_a_peer_that_is_not_measured_in_all_modes_says_why() -> None:
    silent = [each.name for each in SERVERS if not each.is_floor and each.modes != set(Mode) and not each.no_other_mode]
    assert silent == []

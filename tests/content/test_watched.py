"""A file that changes while it is used: taken over when it is good, kept out when it is not."""

from pathlib import Path

import pytest
from structlog.typing import EventDict

from bff.content import ContentError, Contents, Places
from bff.content._watched import RECHECK_S, SETTLED_S

RULE = """
[[shortcut]]
id = "only"
label = {{ it = "{label}", en = "Only" }}
page = "/only"
"""


class Clockwork:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULE.format(label="Primo"), encoding="utf-8")
    return path


def label(contents: Contents) -> str:
    return contents.current().engagement.shortcuts[0].label.it


def opened(file: Path, seconds: Clockwork) -> Contents:
    return Contents(Places("https://area.example", {}, engagement_file=file), monotonic=seconds)


def test_a_changed_file_counts_once_it_is_the_same_a_second_after_the_next_look(file: Path) -> None:
    seconds = Clockwork()
    contents = opened(file, seconds)
    file.write_text(RULE.format(label="Secondo!"), encoding="utf-8")
    seconds.seconds = RECHECK_S - 0.1
    assert label(contents) == "Primo"
    for seconds.seconds in (RECHECK_S, RECHECK_S + SETTLED_S - 0.1):
        assert label(contents) == "Primo"
    seconds.seconds = RECHECK_S + SETTLED_S
    assert label(contents) == "Secondo!"


@pytest.mark.parametrize("written", ["", "# Rules\n"])
def test_a_file_that_is_being_written_changes_nothing(file: Path, written: str, told: list[EventDict]) -> None:
    seconds = Clockwork()
    contents = opened(file, seconds)
    file.write_text(written, encoding="utf-8")
    seconds.seconds = RECHECK_S
    assert label(contents) == "Primo"
    file.write_text(RULE.format(label="Secondo!"), encoding="utf-8")
    for seconds.seconds in (RECHECK_S + SETTLED_S, RECHECK_S + 2 * SETTLED_S):
        assert label(contents) in {"Primo", "Secondo!"}
    assert label(contents) == "Secondo!"
    assert [event["event"] for event in told] == ["content_taken_over"]


def test_a_file_that_was_gone_for_a_moment_changes_nothing(file: Path, told: list[EventDict]) -> None:
    seconds = Clockwork()
    contents = opened(file, seconds)
    aside = file.rename(file.with_suffix(".old"))
    seconds.seconds = RECHECK_S
    assert label(contents) == "Primo"
    aside.rename(file)
    for seconds.seconds in (RECHECK_S + SETTLED_S, 3 * RECHECK_S):
        assert label(contents) == "Primo"
    assert told == []


def test_a_broken_file_changes_nothing_is_told_once_and_may_be_mended(file: Path, told: list[EventDict]) -> None:
    seconds = Clockwork()
    contents = opened(file, seconds)
    file.write_text(RULE.format(label="Rotto") + "\nwhen = 3\n", encoding="utf-8")
    for seconds.seconds in (RECHECK_S, 2 * RECHECK_S, 3 * RECHECK_S):
        assert label(contents) == "Primo"
    [event] = [event for event in told if event["event"] == "content_refused"]
    assert event["mistakes"] == ['rules.toml, shortcut "only": when is not known; remove it']
    file.write_text(RULE.format(label="Riparato"), encoding="utf-8")
    for seconds.seconds in (4 * RECHECK_S, 5 * RECHECK_S):
        contents.current()
    assert label(contents) == "Riparato"


def test_a_file_that_is_gone_changes_nothing_and_is_told_once(file: Path, told: list[EventDict]) -> None:
    seconds = Clockwork()
    contents = opened(file, seconds)
    file.unlink()
    for seconds.seconds in (RECHECK_S, 2 * RECHECK_S):
        assert label(contents) == "Primo"
    assert [event["event"] for event in told] == ["content_refused"]


def test_the_start_tells_the_mistakes_of_both_files(tmp_path: Path) -> None:
    broken = tmp_path / "rules.toml"
    broken.write_text("[[shortcut]\n", encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        Contents(Places("https://area.example", {}, broken, tmp_path / "nowhere.toml"))
    first, rules, support = str(refused.value).splitlines()
    assert first == "The content files can't be used:"
    assert rules.strip().startswith("rules.toml: is no TOML: ")
    nowhere = tmp_path / "nowhere.toml"
    assert support.strip() == f"{nowhere}: can't be read (No such file or directory); give a TOML file in UTF-8"

"""What the README shows is true."""

import json
import re
from pathlib import Path

from tests.house import House

README = Path("README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_first_query_is_the_one_that_make_run_prints() -> None:
    assert _block("graphql") == Path("operations/first.graphql").read_text(encoding="utf-8")


def test_the_first_answer_is_the_one_that_a_newcomer_gets(bff: House) -> None:
    answer = bff.ask("legal", _block("graphql"))

    assert answer.response.json() == json.loads(_block("json"))


def test_the_map_names_what_there_is() -> None:
    named = re.findall(r"^\| `([^`]+)`", README.split("## Map")[1], re.MULTILINE)

    assert [path for path in named if not Path(path).exists()] == []

"""Whole answers of pages, as they are kept for review: ids told by what they name, no moments of reading, no keys."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bff.errors import NotFound
from sandbox.world.model import Company
from tests.house import Answer
from tests.journeys.ident import IDS

FOLDER = Path(__file__).parent / "answers"

_MOMENTS = {"asOf", "expiresAt"}
_PORT = re.compile(r":[0-9]+(?=/)")
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*")
_CURSORS = {"startCursor", "endCursor", "cursor"}


def settled(answer: Answer, company: Company) -> dict[str, Any]:
    """Give what an answer tells, without what differs from run to run."""
    return {
        "status": answer.status,
        "data": reviewable(answer.data, company),
        "errors": [
            {
                "code": error["extensions"]["code"],
                "function": error["extensions"].get("function"),
                "path": ".".join(map(str, error["path"])),
                "count": error["extensions"].get("count"),
            }
            for error in answer.errors
        ],
    }


def reviewable(value: Any, company: Company, name: str = "") -> Any:
    """Give a value with its ids told by what they name, and without moments of reading; `name` is the value's."""
    if isinstance(value, dict):
        return {key: reviewable(each, company, key) for key, each in value.items()}
    if isinstance(value, list):
        return [reviewable(each, company, name) for each in value]
    return _text(value, company, name) if isinstance(value, str) else value


def _text(text: str, company: Company, name: str) -> str:
    if name in _MOMENTS:
        return "a moment"
    if name in _CURSORS:
        return "a cursor"
    if name == "url":
        return _SECRET.sub("…", _PORT.sub("", text))
    return _named(text, company) if name == "id" else text


def _named(text: str, company: Company) -> str:
    """Tell what an id names; one that is no global id stays as it is."""
    try:
        named = IDS.decode(text, company.tax_code)
    except NotFound:
        return text
    return "/".join((named.type, *([named.system.value] if named.system else []), *named.key))


def stored(page: str) -> dict[str, Any]:
    """Read the answers of a page, by profile."""
    kept = json.loads((FOLDER / f"{page}.json").read_text(encoding="utf-8"))
    return {profile: each["answer"] for each in kept for profile in each["profiles"]}


def store(page: str, answers: Mapping[str, Any]) -> None:
    """Keep the answers of a page; equal ones once."""
    path = FOLDER / f"{page}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(_grouped(answers)), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _grouped(answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    done: list[Any] = []
    for answer in answers.values():
        if answer not in done:
            done.append(answer)
            yield {"profiles": [each for each, other in answers.items() if other == answer], "answer": answer}

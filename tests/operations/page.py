"""The documents in `operations/`: a page a file, fragments by name, and the calls that are written beside each.

A page is sent as a client's compiler sends it: the operation, and of the fragments only those that it needs.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from graphql import DocumentNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode, parse
from graphql.language import Visitor, print_ast, visit

FOLDER = Path(__file__).parents[2] / "operations"
SYSTEMS = ("directory", "mobile", "fixed")

_TITLE = "# Calls of a house that has read nothing yet; at once again, none but where it says so."
_BLOCK = re.compile(rf"^{re.escape(_TITLE)}\n(?:#.*\n)*", re.MULTILINE)
_PROFILES = re.compile(r"^#   ([A-Z_]+(?:, [A-Z_]+)*)( again)?$")
_SYSTEM = re.compile(r"^#     ([a-z]+): (.+)$")


class Times(NamedTuple):
    """How often an operation is called: twice at most where two parts of a page may or may not be joined in time."""

    least: int
    most: int


Counts = Mapping[str, Times]
"""By "system operation"."""


class Calls(NamedTuple):
    """The backend calls of a page for one profile: the first time, and at once again."""

    cold: Counts
    warm: Counts


class Page(NamedTuple):
    """A document of a front end. `text` is what is sent; `calls` by profile, as the file says."""

    path: Path
    operation: str
    text: str
    calls: Mapping[str, Calls]

    @property
    def name(self) -> str:
        """Folder and name."""
        return f"{self.path.parent.name}/{self.path.stem}"


def pages() -> list[Page]:
    """Read all pages, by name."""
    return [_page(path) for folder in ("app", "dashboard") for path in sorted((FOLDER / folder).glob("*.graphql"))]


def _page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    document = parse(text, no_location=True)
    (operation,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    assert operation.name is not None
    sent = DocumentNode(definitions=(*document.definitions, *_needed(document)))
    return Page(path, operation.name.value, print_ast(sent), _calls(text))


@cache
def fragments() -> Mapping[str, FragmentDefinitionNode]:
    """Read all fragments, by name."""
    found = (
        definition
        for path in sorted((FOLDER / "fragments").glob("*.graphql"))
        for definition in parse(path.read_text(encoding="utf-8"), no_location=True).definitions
    )
    return {each.name.value: each for each in found if isinstance(each, FragmentDefinitionNode)}


def _needed(document: DocumentNode) -> list[FragmentDefinitionNode]:
    """Give the fragments that a document spreads, and those that these spread."""
    needed: dict[str, FragmentDefinitionNode] = {}
    waiting = list(_spread(document))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = fragments()[name]
            waiting += _spread(needed[name])
    return [needed[name] for name in sorted(needed)]


def _spread(node: DocumentNode | FragmentDefinitionNode) -> Iterator[str]:
    found: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            found.append(spread.name.value)

    visit(node, Spreads())
    yield from found


# --- the calls beside it ----------------------------------------------------------------------------------------------


def fits(calls: Counter[str], told: Counts) -> bool:
    """Tell whether calls are as they are told."""
    return calls.keys() == told.keys() and all(told[each].least <= calls[each] <= told[each].most for each in calls)


def seen(runs: Sequence[Counter[str]]) -> Counts:
    """Tell the calls of several runs."""
    every = sorted({operation for calls in runs for operation in calls})
    return {each: Times(min(calls[each] for calls in runs), max(calls[each] for calls in runs)) for each in every}


def _calls(text: str) -> dict[str, Calls]:
    found: dict[str, tuple[dict[str, Times], dict[str, Times]]] = {}
    counted: list[dict[str, Times]] = []
    for line in text.splitlines():
        if told := _PROFILES.match(line):
            profiles = told[1].split(", ")
            counted = [found.setdefault(profile, ({}, {}))[bool(told[2])] for profile in profiles]
        elif told := _SYSTEM.match(line):
            for calls in counted:
                calls.update(_read(told[1], told[2]))
    return {profile: Calls(*calls) for profile, calls in found.items()}


def _read(system: str, told: str) -> Iterator[tuple[str, Times]]:
    """Read calls of a system: `GET /customer, 2 x GET /resource, 1 to 2 x GET /product`."""
    for each in told.split(", "):
        count, many, operation = each.partition(" x ")
        least, _, most = count.partition(" to ")
        times = Times(int(least), int(most or least)) if many else Times(1, 1)
        yield f"{system} {operation if many else each}", times


def write(page: Page, calls: Mapping[str, Calls]) -> None:
    """Write the calls of a page beside it, those of equal profiles together, in place of what stood there."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for profile, told in calls.items():
        for again, counted in (("", told.cold), (" again", told.warm)):
            if lines := tuple(_lines(counted)):
                groups.setdefault((again, *lines), []).append(profile)
    block = [_TITLE]
    for (again, *lines), profiles in groups.items():  # type: ignore[assignment]  # a tuple's rest is a list
        block += [f"#   {', '.join(profiles)}{again}", *lines]
    head, _, rest = _BLOCK.sub("", page.path.read_text(encoding="utf-8")).partition("\n\n")
    page.path.write_text("\n".join([head.rstrip(), *block, "", rest.lstrip()]), encoding="utf-8")


def _lines(calls: Counts) -> Iterator[str]:
    for system in SYSTEMS:
        mine = [each for each in calls if each.startswith(f"{system} ")]
        if mine:
            told = ", ".join(f"{_times(calls[each])}{each.removeprefix(f'{system} ')}" for each in mine)
            yield f"#     {system}: {told}"


def _times(times: Times) -> str:
    if times == Times(1, 1):
        return ""
    return f"{times.least} x " if times.least == times.most else f"{times.least} to {times.most} x "

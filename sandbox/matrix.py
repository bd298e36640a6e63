"""The page that shows which quirk can strike which operation, made from `applies`: docs/backends/quirk-matrix.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from sandbox._faults import NUMBERS, Quirk, System, applies, operations

PAGE: Final = Path("docs/backends/quirk-matrix.md")

_HEAD: Final = """\
# Which quirk can strike which operation

Made by `python -m sandbox quirks --write` from `sandbox/_faults/reach.py`. Tests keep both true: what is marked here
changes an answer on the wire, what is not is refused as a rule. ● means everywhere; *list* only on a list, not on one
thing read by its id. What each quirk does: [sandbox.md](../sandbox.md#faults).

Numbers are those of the spec's `legacy.md`. Its 13 to 15 and 20 are no faults of a read: they come with events and
writes. 16 is in the data.
"""
_TITLES: Final[Mapping[System, str]] = {
    "mobile": "Mobile: `GET /<resource>` and `GET /<resource>/{id}`",
    "fixed": "Fixed",
    "directory": "Directory",
    "identity": "Identity provider",
}
_SIGNS: Final = {
    frozenset({"list", "one"}): "●",
    frozenset({"list"}): "list",
    frozenset[str](): "",
}

WHY_NOT: Final[Sequence[tuple[tuple[Quirk, ...], str]]] = (
    ((Quirk.PARTIAL_BULK,), "Only the fixed system's answers have an outcome for each key, and Ping has no keys."),
    (
        (Quirk.POISONED_KEY,),
        "It needs batch keys: Ping, the identity provider and a user by id have none.",
    ),
    (
        (Quirk.SHUFFLED, Quirk.DUPLICATED, Quirk.FOREIGN_ROWS, Quirk.MISSING_ROWS, Quirk.WRONG_TOTAL),
        "They need rows: what is read by its id, Ping and the identity provider's answers are one thing, not a list.",
    ),
    (
        (Quirk.IGNORED_FILTER,),
        "Only where something beside the keys narrows the rows. The directory's filter is its key.",
    ),
    ((Quirk.CAPPED_PAGE, Quirk.UNSTABLE_PAGING), "What has no pages comes whole."),
    ((Quirk.LOST_ZEROS,), "The other answers hold no number that begins with 0."),
    (
        (Quirk.IDS_AS_NUMBERS,),
        "XML knows no numbers; the other documents have only ids with letters, and a key's members are base64.",
    ),
    ((Quirk.SCIENTIFIC_NOTATION,), "The other answers hold no number of 11 digits or more."),
    ((Quirk.AMOUNT_NOTATION,), "Only invoices, their rates, usage and prices of offers hold amounts."),
    ((Quirk.SENTINEL_DATES,), "The other answers have no date that may be open."),
    (
        (Quirk.LOCAL_TIMES,),
        "The other answers hold no times. The fixed system's have no zone anyway, and few are more than days.",
    ),
    ((Quirk.ENCODING, Quirk.PADDED_FIELDS), "Pages and refusals hold no data, discovery and keys no text of people."),
    (
        (Quirk.UNKNOWN_CODE, Quirk.WRONG_CASE),
        "Fixed customers have no codes. Fixed accounts, services and Ping have yes and no, which may be small.",
    ),
    ((Quirk.NULL_SHAPES,), "Nothing in the other answers may be missing but Ping's `until`, which is."),
    ((Quirk.APOSTROPHES,), "Only streets have accents in the data."),
    (
        (Quirk.SINGLE_AS_OBJECT,),
        "XML has no lists, only elements that come again; a billing rate has none; a library reads the provider's.",
    ),
    (
        (Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS, Quirk.REFUSED_LATER),
        "The others change nothing, or are not there yet.",
    ),
    ((Quirk.BAD_DOCUMENT,), "Only these two hand out files."),
    ((Quirk.TOO_MANY_CALLS,), "The identity provider is nobody's legacy."),
    ((Quirk.CLOCK_SKEW,), "Only the fixed system judges by its clock who may call."),
    ((Quirk.TRUNCATED, Quirk.WRONG_CONTENT_TYPE), "A user's deletion is answered without a body."),
    ((Quirk.NO_CONTENT, Quirk.CHANGED_MEANWHILE), "Only users are patched and deleted by SCIM."),
)
"""Why each quirk can't strike where the tables have no mark, the quirks with one reason together."""


def page() -> str:
    """Make the page."""
    tables = "\n".join(_table(system) for system in _TITLES)
    return f"{_HEAD}\n{tables}\n## Why not elsewhere\n\n{''.join(_reasons())}"


def unmarked() -> frozenset[Quirk]:
    """Name the quirks that some operation can't meet."""
    return frozenset(quirk for quirk in Quirk if any(quirk not in applies(*place) for place in operations()))


def _table(system: System) -> str:
    columns = _columns(system)
    lines = [_row("n.", "quirk", *columns), _row(*["---"] * (2 + len(columns)))]
    for number, quirks in NUMBERS.items():
        rows = [(quirk, [_sign(system, quirk, named) for named in columns.values()]) for quirk in quirks]
        for signs, alike in groupby(rows, key=lambda row: row[1]):
            if any(signs):
                lines.append(_row(str(number), ", ".join(f"`{quirk}`" for quirk, _ in alike), *signs))
    return f"## {_TITLES[system]}\n\n" + "".join(lines)


def _columns(system: System) -> Mapping[str, Mapping[str, str]]:
    """Give the operations of each column, each with the form that it is: `list`, or `one` thing by its id.

    Of a mobile resource both forms are one column, and so are all operations that only meet what any answer can.
    """
    columns: dict[str, dict[str, str]] = {}
    plain = min((applies(*place) for place in operations() if place[0] == system), key=len)
    for name in (name for of, name in operations() if of == system):
        if system in {"fixed", "directory"} and applies(system, name) == plain:
            column, form = "all others", "list"
        elif system == "mobile":
            column, form = name.removeprefix("GET /").removesuffix("/{id}"), "one" if name.endswith("{id}") else "list"
        else:
            column, form = name, "list"
        columns.setdefault(column, {})[name] = form
    return columns


def _sign(system: System, quirk: Quirk, named: Mapping[str, str]) -> str:
    struck = frozenset(form for name, form in named.items() if quirk in applies(system, name))
    return "●" if struck == frozenset(named.values()) else _SIGNS[struck]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _reasons() -> Iterator[str]:
    for quirks, reason in WHY_NOT:
        yield f"- {', '.join(f'`{quirk}`' for quirk in quirks)}: {reason}\n"

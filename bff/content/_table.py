"""Reading TOML tables so that every mistake is told: which file, which entry, what is wrong, what would be right.

A value that is wrong is noted and stands in for by something harmless, so that the reading goes on; `finish` then
refuses the whole file.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from enum import Enum
from typing import Any, TypeVar

from bff.domain.period import ROME
from bff.domain.text import Text
from bff.domain.url import Url

E = TypeVar("E", bound=Enum)

_YEARS = range(2000, 2101)
_ADDRESS = re.compile(r"(?:/(?!/)|https://[^/?#])[!#-;=?-\[\]_a-z~]*", re.ASCII)


class ContentError(Exception):
    """Files can't be used; the text lists every mistake, one a line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n  ".join(["The content files can't be used:", *mistakes]))


class Table:
    """A table of a file; what is taken from it is named, so that the rest can be told to be unknown."""

    def __init__(self, values: Mapping[str, Any], where: str, mistakes: list[str]) -> None:
        self.where = where
        self._values = values
        self._mistakes = mistakes
        self._known: set[str] = set()

    def wrong(self, name: str, problem: str, right: str) -> None:
        """Note a mistake."""
        self._mistakes.append(f"{self.where}: {name} {problem}; {right}")

    def finish(self) -> None:
        """Note every name that nobody has asked for."""
        for name in sorted(self._values.keys() - self._known):
            nearest = get_close_matches(name, self._known, n=1)
            self.wrong(name, "is not known", f"did you mean {nearest[0]}?" if nearest else "remove it")

    def take(self, name: str) -> Any:
        """Give what stands under a name; None for nothing."""
        self._known.add(name)
        return self._values.get(name)

    def within(self, name: str) -> "Table | None":
        """Give the table under a name; None for nothing."""
        value = self.take(name)
        if value is None or isinstance(value, dict):
            return None if value is None else Table(value, f"{self.where}, {name}", self._mistakes)
        self.wrong(name, "is not a table", f"write {name} = {{ … }}")
        return None

    # --- texts --------------------------------------------------------------------------------------------------------

    def text(self, name: str) -> str:
        """Give a text that must be there."""
        value = self.take(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.wrong(name, "is missing" if value is None else "is no text or empty", f'write {name} = "…"')
        return ""

    def both(self, name: str, *, optional: bool = False) -> Text | None:
        """Give a text in both languages; None where it may be missing and is."""
        if self.take(name) is None and optional:
            return None
        value = self.take(name)
        if not isinstance(value, dict):
            problem = "is missing" if value is None else "is not in two languages"
            self.wrong(name, problem, f'write {name} = {{ it = "…", en = "…" }}')
            return Text("", "")
        table = Table(value, f"{self.where}, {name}", self._mistakes)
        text = Text(table.text("it"), table.text("en"))
        table.finish()
        return text

    def page(self, name: str, base_url: str, *, optional: bool = False) -> Url | None:
        """Give an address: a whole one, or a path below `base_url`; None where it may be missing and is."""
        value = self.take(name)
        if value is None and optional:
            return None
        if isinstance(value, str) and _ADDRESS.fullmatch(value):
            return Url(base_url + value if value.startswith("/") else value)
        problem = "is missing" if value is None else "is no address"
        self.wrong(name, problem, f'write {name} = "/a/page/of/the/area" or "https://…"')
        return Url("")

    # --- numbers, choices, moments ------------------------------------------------------------------------------------

    def number(self, name: str, *, most: int) -> int | None:
        """Give a whole number from 1 to `most`; None for nothing."""
        value = self.take(name)
        if value is None or (type(value) is int and 1 <= value <= most):
            return value
        self.wrong(name, f"is {value!r}", f"give a whole number from 1 to {most}")
        return None

    def flag(self, name: str) -> bool:
        """Give yes or no; no for nothing."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, f"is {value!r}", "give true or false")
        return value is True

    def choice(self, name: str, choices: type[E]) -> E:
        """Give one of some values, which must be there."""
        value = self.take(name)
        names = [each.name for each in choices]
        if value in names:
            return choices[value]
        self.wrong(name, "is missing" if value is None else f"is {value!r}", f"give one of {', '.join(names)}")
        return next(iter(choices))

    def several(self, name: str, choices: Iterable[str] | None) -> list[str] | None:
        """Give some texts, each one of `choices` if there are such; None for nothing."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            self.wrong(name, "is no list of texts or empty", f'write {name} = ["…", "…"]')
            return None
        allowed = value if choices is None else list(choices)
        for each in value:
            if each not in allowed:
                self.wrong(name, f"holds {each!r}", f"give some of {', '.join(allowed)}")
        return [each for each in value if each in allowed]

    def start(self, name: str) -> datetime | None:
        """Give the instant from which something holds, a day from its midnight in Rome; None for nothing."""
        value = self._dated(name)
        return value if isinstance(value, datetime) or value is None else _midnight(value)

    def end(self, name: str) -> datetime | None:
        """Give the instant from which something holds no more, a day to its end in Rome; None for nothing."""
        value = self._dated(name, fold=1)
        return value if isinstance(value, datetime) or value is None else _midnight(value + timedelta(days=1))

    def time(self, name: str) -> time:
        """Give a time of day, which must be there."""
        value = self.take(name)
        if isinstance(value, time):
            return value
        self.wrong(name, "is missing" if value is None else f"is {value!r}", f"write {name} = 08:30:00")
        return time.min

    def _dated(self, name: str, *, fold: int = 0) -> date | None:
        """Read a day, or a moment, Rome's without an offset; of an hour that comes twice `fold` says which is meant."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, date) or value.year not in _YEARS:
            self.wrong(name, f"is {value!s:.40}", f"write {name} = 2026-11-22 or 2026-11-22T09:00:00, in Rome")
            return None
        if not isinstance(value, datetime) or value.tzinfo is not None:
            return value
        moment = value.replace(tzinfo=ROME, fold=fold)
        if moment.astimezone(UTC).astimezone(ROME).replace(tzinfo=None) != value:
            self.wrong(name, f"is {value}, which Rome's clocks skip", "give a moment an hour later")
        return moment


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ROME)


def tables(text: str, file: str, mistakes: list[str], names: Iterable[str]) -> dict[str, list[Table]]:
    """Read a file that is lists of tables, `[[name]]`; give those of each name, in their order.

    Raises:
        ContentError: it is no TOML.
    """
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContentError([f"{file}: is no TOML: {error}"]) from None
    known = list(names)
    for name in sorted(read.keys() - set(known)):
        nearest = get_close_matches(name, known, n=1) or known
        mistakes.append(f"{file}: {name} is not known; did you mean [[{nearest[0]}]]?")
    return {name: list(_each(read.get(name, []), name, file, mistakes)) for name in known}


def _each(value: Any, name: str, file: str, mistakes: list[str]) -> Iterator[Table]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        mistakes.append(f"{file}: {name} is no list of tables; write [[{name}]]")
        return
    for number, each in enumerate(value, start=1):
        called = each.get("id")
        place = f'{name} "{called}"' if isinstance(called, str) else f"{name} {number}"
        yield Table(each, f"{file}, {place}", mistakes)

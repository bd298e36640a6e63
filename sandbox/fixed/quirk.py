"""Quirks 9 to 12, and the lost digits of 8, in the fixed system's rows. What kind a value is, its XSD type tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final, TypeAlias

from sandbox._faults import Injected, Quirk, Strike
from sandbox.fixed import contract
from sandbox.fixed.contract import Member
from sandbox.fixed.soap import NIL, Fields, Nil
from sandbox.wire.leaf import AMBIGUOUS, CREDITS, NONEXISTENT, TEXTS, Kind, notation

Text: TypeAlias = "str | Nil | None"
Change = Callable[[Kind, Member, Text], Text]

_ANSWERS_OWN: Final = frozenset({"Outcome", "ItemOutcome", "PageInfo"})
"""What says how the call went: no quirk meets it, or there would be nothing left to read."""
_KINDS: Final = {"AmountIt": Kind.AMOUNT, "LocalDateTime": Kind.DATE, "YesNo": Kind.FLAG}
_CODES_IN_TEXT: Final = frozenset({("Order", "kind"), ("Request", "kind")})
"""What the XSD has as free text, though the system writes codes there."""
_SENTINELS: Final = ("31/12/9999", "01/01/0001")
_NULLS: Final[Mapping[str | None, Text]] = {"empty": "", "null_text": "NULL", "absent": None, "nil": NIL}


def spoilt(name: str, fields: Fields, injected: Injected) -> Fields:
    """Play the quirks that strike on the content of a good answer; `name` is the XSD's for its element."""
    if not injected:
        return fields
    for quirk, change in _CHANGES.items():
        fields = injected.play(quirk, fields, partial(change, name))
    return fields


def _leaves(change: Change, holder: str, fields: Fields) -> Fields:
    """Change the values at the ends; `holder` is the type, or the element, that has the fields."""
    changed: list[tuple[str, str | Nil | Fields | None]] = []
    for name, value in fields:
        member = contract.members(holder)[name]
        if member.type in _ANSWERS_OWN:
            changed.append((name, value))
        elif value is None or isinstance(value, str | Nil):
            changed.append((name, change(_kind(holder, member), member, value)))
        else:
            changed.append((name, _leaves(change, member.type, value)))
    return changed


def _kind(holder: str, member: Member) -> Kind:
    if member.type in _KINDS:
        return _KINDS[member.type]
    is_code = member.type in contract.enumerations() or (holder, member.name) in _CODES_IN_TEXT
    return Kind.CODE if is_code else Kind.TEXT


def _retold(quirk: Quirk, holder: str, fields: Fields, _strike: Strike) -> Fields:
    kinds, retell = TEXTS[quirk]

    def change(kind: Kind, _member: Member, value: Text) -> Text:
        return retell(value) if kind in kinds and isinstance(value, str) else value

    return _leaves(change, holder, fields)


def _with_amounts(holder: str, fields: Fields, strike: Strike) -> Fields:
    return [
        (name, _amounts_of(contract.members(holder)[name].type, value, strike) if isinstance(value, list) else value)
        for name, value in fields
    ]


def _amounts_of(row: str, fields: Fields, strike: Strike) -> Fields:
    credit = any(name == "kind" and value in CREDITS for name, value in fields)

    def change(kind: Kind, _member: Member, value: Text) -> Text:
        if kind is not Kind.AMOUNT or not isinstance(value, str):
            return value
        return str(notation(Decimal(value.replace(".", "").replace(",", ".")), strike.mode, credit=credit))

    return fields if row in _ANSWERS_OWN else _leaves(change, row, fields)


def _with_clock_changes(holder: str, fields: Fields, _strike: Strike) -> Fields:
    """Put the first two moments into the changes of clock; times are local and without a zone in any case."""
    times = (f"{datetime.fromisoformat(text):%d/%m/%Y %H:%M:%S}" for text in (AMBIGUOUS, NONEXISTENT))
    return _leaves(lambda kind, _, value: _moved(value, times) if kind is Kind.DATE else value, holder, fields)


def _moved(value: Text, times: Iterator[str]) -> Text:
    """Give the next time for a moment, if there is any left; a day stays."""
    return next(times, value) if isinstance(value, str) and " " in value else value


def _with_sentinels(holder: str, fields: Fields, strike: Strike) -> Fields:
    def change(kind: Kind, _member: Member, value: Text) -> Text:
        return strike.random.choice(_SENTINELS) if kind is Kind.DATE and value is None else value

    return _leaves(change, holder, fields)


def _with_nulls(holder: str, fields: Fields, strike: Strike) -> Fields:
    return _leaves(lambda _, member, value: _NULLS[strike.mode] if member.optional else value, holder, fields)


_CHANGES: Final[Mapping[Quirk, Callable[[str, Fields, Strike], Fields]]] = {
    Quirk.LOCAL_TIMES: _with_clock_changes,
    Quirk.SENTINEL_DATES: _with_sentinels,
    Quirk.AMOUNT_NOTATION: _with_amounts,
    **{quirk: partial(_retold, quirk) for quirk in TEXTS},
    Quirk.NULL_SHAPES: _with_nulls,
}
"""In the order in which they are played: values before the shapes that they come in."""

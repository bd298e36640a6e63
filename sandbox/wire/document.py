"""Quirks 8 to 12 in JSON documents: those of TM Forum and of SCIM.

What kind a value is, its name tells: names and types are those of the official files in `tmf/` of the spec and of the
directory's schema. A name that means two things is written with the name of what holds it: `note.text`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sandbox._faults import Injected, Quirk, Strike
from sandbox.clock import ROME
from sandbox.wire.leaf import AMBIGUOUS, CREDITS, NONEXISTENT, TEXTS, Kind, notation

Change = Callable[[Kind, Any], Any]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TECHNICAL: Final = _names("""
    @referredType @type actionType bucketCounter.counterType characteristic.name contactType criteriaOperator
    criteriaParameter criteriaValue emails.type externalId.owner externalIdentifierType href identificationType level
    mediumType meta.location meta.resourceType meta.version mimeType prodSpecCharValueUse.name
    productCharacteristic.name resourceCharacteristic.name role schemas unit units url usageCharacteristic.name
    valueType
""")
"""What tells a program how to read the rest: no quirk meets it, or there would be nothing left to read."""
_DATES: Final = _names("""
    billDate cancellationDate completionDate creationDate date endDateTime lastUpdate lastUpdateDate milestoneDate
    confirmationDate orderDate paymentDate paymentDueDate requestedDate sendTime startDate startDateTime statusDate
    usageDate
""")
_CODES: Final = _names("""
    action administrativeState agreementType category consumptionSummary.counterType lifecycleStatus note.text
    operationalState origin priceType productSpecCharacteristicValue.value profile recurringChargePeriod
    registrationState resourceStatus runType state status ticketType type usageState usageType
""")
_OPTIONAL: Final = _names("""
    account.name agreement.name agreementPeriod.startDateTime billDocument.name bucketRefOrValue.name cancellationDate
    carrierName city completionDate description dutyFreeAmount.value emailAddress engagedParty.name formatted fullName
    lastUpdate lastUpdateDate lineId milestoneDate mobileNumber paymentDueDate confirmationDate
    phoneNumber postCode productOffering.name relatedParty.name startDate statusDate stateOrProvince street1
    taxExcludedAmount.value taxExcludedRatingAmount.value validFor.startDateTime
""")
"""What the contract lets be missing and a reader can do without."""
_OPEN_DATES: Final[Mapping[str, str]] = {
    "agreementPeriod": "endDateTime",
    "validFor": "endDateTime",
    "productOrderMilestone": "milestoneDate",
}
"""By name of what holds it: the date that is left out as long as it is open."""
_SENTINELS: Final = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+01:00")
_NULLS: Final[Mapping[str | None, str | None]] = {"empty": "", "null_text": "NULL", "nil": None}
_NUMBER: Final = re.compile(r"\+?\d+")


def spoilt(content: Any, injected: Injected) -> Any:
    """Play the quirks that strike on the content of a good answer: a document, or a list of them."""
    if not injected:
        return content
    for quirk, change in _CHANGES.items():
        content = injected.play(quirk, content, change)
    return content


def _leaves(change: Change, content: Any, holder: str = "", name: str = "") -> Any:
    """Change the values at the ends; `name` is the content's, `holder` that of what it stands in."""
    if isinstance(content, dict):
        return {key: _leaves(change, value, name, key) for key, value in content.items()}
    if isinstance(content, list):
        return [_leaves(change, item, holder, name) for item in content]
    kind = _kind(content, holder, name)
    return content if kind is None else change(kind, content)


def _kind(value: Any, holder: str, name: str) -> Kind | None:
    """Tell what a value is; None for what is left alone."""
    if isinstance(value, Decimal):
        return Kind.AMOUNT
    if not isinstance(value, str) or _is_in(_TECHNICAL, holder, name):
        return None
    if _is_in(_DATES, holder, name):
        return Kind.DATE
    if (holder, name) == ("note", "text") and " " in value:  # a state of TMF700 is one word; elsewhere it is prose
        return Kind.TEXT
    return Kind.CODE if _is_in(_CODES, holder, name) else Kind.TEXT


def _is_in(names: frozenset[str], holder: str, name: str) -> bool:
    return name in names or f"{holder}.{name}" in names


def _retold(quirk: Quirk, content: Any, _strike: Strike) -> Any:
    kinds, change = TEXTS[quirk]
    return _leaves(lambda kind, value: change(value) if kind in kinds and isinstance(value, str) else value, content)


def _as_numbers(content: Any, _strike: Strike) -> Any:
    def change(kind: Kind, value: Any) -> Any:
        return int(value) if kind is Kind.TEXT and _NUMBER.fullmatch(value) else value

    return _leaves(change, content)


def _with_amounts(content: Any, strike: Strike) -> Any:
    if isinstance(content, list):
        return [_with_amounts(row, strike) for row in content]
    credit = not CREDITS.isdisjoint(value for value in content.values() if isinstance(value, str))

    def change(kind: Kind, value: Any) -> Any:
        return notation(value, strike.mode, credit=credit) if kind is Kind.AMOUNT else value

    return _leaves(change, content)


def _in_local_times(content: Any, _strike: Strike) -> Any:
    changes_of_clock = iter((AMBIGUOUS, NONEXISTENT))
    return _leaves(lambda kind, value: _local(value, changes_of_clock) if kind is Kind.DATE else value, content)


def _local(text: str, changes_of_clock: Iterator[str]) -> str:
    """Write an instant without its zone; one that is not a day's midnight takes the next change of clock, if any."""
    moment = datetime.fromisoformat(text).astimezone(ROME).replace(tzinfo=None)
    own = moment.isoformat(timespec="seconds")
    return own if own.endswith("T00:00:00") else next(changes_of_clock, own)


def _dicts(change: Callable[[dict[str, Any], str], dict[str, Any]], content: Any, name: str = "") -> Any:
    """Change the objects, from the inside out; `name` is the content's."""
    if isinstance(content, dict):
        return change({key: _dicts(change, value, key) for key, value in content.items()}, name)
    return [_dicts(change, item, name) for item in content] if isinstance(content, list) else content


def _with_sentinels(content: Any, strike: Strike) -> Any:
    def change(found: dict[str, Any], name: str) -> dict[str, Any]:
        date = _open_date(found, name)
        return {**found, date: strike.random.choice(_SENTINELS)} if date else found

    return _dicts(change, content)


def _open_date(found: Mapping[str, Any], name: str) -> str | None:
    """Name the date of an object that is open; None when it has none."""
    date = _OPEN_DATES.get(name)
    return date if date and date not in found else None


def _with_nulls(content: Any, strike: Strike) -> Any:
    def change(found: dict[str, Any], name: str) -> dict[str, Any]:
        optional = [key for key in found if _is_optional(found[key], name, key)]
        if strike.mode == "absent":
            return {key: value for key, value in found.items() if key not in optional}
        missing = [*optional, *filter(None, [_open_date(found, name)])]
        return {**found, **dict.fromkeys(missing, _NULLS[strike.mode])}

    return _dicts(change, content)


def _is_optional(value: Any, holder: str, name: str) -> bool:
    is_leaf = isinstance(value, str | Decimal)
    return is_leaf and _is_in(_OPTIONAL, holder, name) and not _is_in(_TECHNICAL, holder, name)


def _with_singles(content: Any, strike: Strike) -> Any:
    if isinstance(content, dict):
        return {key: _with_singles(value, strike) for key, value in content.items()}
    if not isinstance(content, list):
        return content
    items = [_with_singles(item, strike) for item in content]
    return items[0] if len(items) == 1 else items


_CHANGES: Final[Mapping[Quirk, Callable[[Any, Strike], Any]]] = {
    Quirk.LOCAL_TIMES: _in_local_times,
    Quirk.SENTINEL_DATES: _with_sentinels,
    Quirk.AMOUNT_NOTATION: _with_amounts,
    **{quirk: partial(_retold, quirk) for quirk in TEXTS},
    Quirk.IDS_AS_NUMBERS: _as_numbers,
    Quirk.NULL_SHAPES: _with_nulls,
    Quirk.SINGLE_AS_OBJECT: _with_singles,
}
"""In the order in which they are played: values before the shapes that they come in."""

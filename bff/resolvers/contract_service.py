"""Setting the services of mobile contracts: thresholds, TIMDUO, the company reference, charity SMS."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.error_code import ErrorCode
from bff.domain.line import LineState
from bff.domain.money import Money
from bff.domain.phone import is_e164
from bff.domain.service import ServiceKind, SpendingThreshold, ThresholdKind, TimDuoPair
from bff.domain.text import Text
from bff.resolvers import acting
from bff.resolvers._service_order import Change, just, of_contract
from bff.resolvers.given import NUMBER

PAIRS_MAX: Final = 20
"""TIMDUO pairs of a contract."""

_LIMIT_MAX = Decimal("999999.99")
_CENT = Decimal("0.01")
# FatturaPA, where the reference is printed: an administrative reference has 1 to 20 characters of Basic Latin.
_REFERENCE = re.compile(r"(?=.*\S)[\x20-\x7e]{1,20}")

_KIND = Text("Il tipo di soglia non è noto.", "The kind of threshold isn't known.")
_KIND_TWICE = Text("C'è già una soglia di questo tipo.", "There is a threshold of this kind already.")
_LIMIT = Text(
    "La soglia va da 0 a 999999.99 euro, con al più due decimali.",
    "A threshold is from 0 to 999999.99 euro, with at most two decimals.",
)
_PAIRS = Text(f"Le coppie sono al più {PAIRS_MAX}.", f"At most {PAIRS_MAX} pairs.")
_NUMBER_TWICE = Text("Il numero compare già.", "The number is there already.")
_NOT_OF_CONTRACT = Text("Il numero non è di una linea del contratto.", "The number isn't one of the contract's lines.")
_REFERENCE_WRONG = Text(
    "Il riferimento ha da 1 a 20 caratteri, senza accenti.", "The reference has 1 to 20 characters, without accents."
)


class Threshold(Protocol):
    """A spending threshold, in euro a month without VAT."""

    kind: ThresholdKind
    limit: Decimal


class ThresholdsWanted(acting.OfContract, Protocol):
    """All thresholds of a contract."""

    @property
    def thresholds(self) -> Sequence[Threshold]:
        """All of them."""


class Pair(Protocol):
    """Two numbers to join, E.164."""

    line_number: str
    paired_number: str


class TimDuoWanted(acting.OfContract, Protocol):
    """All TIMDUO pairs of a contract."""

    @property
    def pairs(self) -> Sequence[Pair]:
        """All of them."""


class ReferenceWanted(acting.OfContract, Protocol):
    """The company reference of a contract; None removes it."""

    reference: str | None


class CharityWanted(acting.OfContract, Protocol):
    """Whether charity SMS may be sent."""

    enabled: bool


async def thresholds(context: Context, wanted: ThresholdsWanted) -> Changed:
    """Set the spending thresholds of a contract. Raises BffError when it was surely not done."""
    wrong, seen = acting.Wrong(context), set[ThresholdKind]()
    for place, each in enumerate(wanted.thresholds[: len(ThresholdKind)]):  # of more there is one twice
        at = ("thresholds", str(place))
        if each.kind is ThresholdKind.UNKNOWN:
            wrong.add(_KIND, *at, "kind")
        elif each.kind in seen:
            wrong.add(_KIND_TWICE, *at, "kind")
        seen.add(each.kind)
        if not (0 <= each.limit <= _LIMIT_MAX and each.limit == each.limit.quantize(_CENT)):
            wrong.add(_LIMIT, *at, "limit")
    rows = tuple(SpendingThreshold(each.kind, Money(abs(each.limit))) for each in wanted.thresholds)
    given = [[each.kind.value, f"{each.limit.amount:.2f}"] for each in rows]
    asked = Change("spendingThresholdsSet", ServiceKind.THRESHOLDS, wrong, given, just(rows))
    return await of_contract(context, wanted, asked)


async def tim_duo(context: Context, wanted: TimDuoWanted) -> Changed:
    """Set the TIMDUO pairs of a contract. Raises BffError when it was surely not done."""
    wrong = acting.Wrong(context)
    if len(wanted.pairs) > PAIRS_MAX:
        wrong.add(_PAIRS, "pairs", code=ErrorCode.TOO_MANY_ITEMS)
    seen: set[str] = set()
    for place, each in enumerate(wanted.pairs[:PAIRS_MAX]):
        for field, number in (("lineNumber", each.line_number), ("pairedNumber", each.paired_number)):
            if not is_e164(number):
                wrong.add(NUMBER, "pairs", str(place), field)
            elif number in seen:
                wrong.add(_NUMBER_TWICE, "pairs", str(place), field)
            seen.add(number)

    async def pairs(contract: Contract) -> tuple[TimDuoPair, ...]:
        keys = await _lines_of(context, contract)
        for place, each in enumerate(wanted.pairs):
            if each.line_number not in keys:
                wrong.add(_NOT_OF_CONTRACT, "pairs", str(place), "lineNumber", code=ErrorCode.NOT_FOUND)
        wrong.refuse()
        return tuple(
            TimDuoPair(line_key=keys[each.line_number], line_number=each.line_number, paired_number=each.paired_number)
            for each in wanted.pairs
        )

    given = [[each.line_number, each.paired_number] for each in wanted.pairs]
    return await of_contract(context, wanted, Change("timDuoSet", ServiceKind.TIM_DUO, wrong, given, pairs))


async def company_reference(context: Context, wanted: ReferenceWanted) -> Changed:
    """Set the company reference of a contract, or remove it. Raises BffError when it was surely not done."""
    wrong, reference = acting.Wrong(context), wanted.reference
    if reference is not None and not _REFERENCE.fullmatch(reference):
        wrong.add(_REFERENCE_WRONG, "reference")
    tidy = None if reference is None else reference.strip()
    asked = Change("companyReferenceSet", ServiceKind.COMPANY_REFERENCE, wrong, tidy, just(tidy))
    return await of_contract(context, wanted, asked)


async def charity_sms(context: Context, wanted: CharityWanted) -> Changed:
    """Allow or bar charity SMS on a contract. Raises BffError when it was surely not done."""
    enabled = wanted.enabled
    asked = Change("charitySmsSet", ServiceKind.CHARITY_SMS, acting.Wrong(context), enabled, just(enabled))
    return await of_contract(context, wanted, asked)


async def _lines_of(context: Context, contract: Contract) -> dict[str, str]:
    """Give the keys of a contract's lines that have not ceased, by number. Raises BffError."""
    lines = (await context.loaders.contract_lines.one(contract.key)).value
    return {line.number: line.key for line in lines if line.state is not LineState.CEASED}

"""Setting the services of mobile contracts and lines: what is checked before, each as a whole of its own.

An input is checked by itself first, so that a wrong one costs no call; then the contract or line is judged as its
button is; then what only the systems know of. Lists replace what was.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.deed import Judged
from bff.domain.deed.service import ServiceOrder
from bff.domain.error_code import ErrorCode
from bff.domain.line import LineState, MobileLine
from bff.domain.money import Money
from bff.domain.phone import is_e164
from bff.domain.service import PremiumWish, ServiceKind, SpendingThreshold, ThresholdKind, TimDuoPair
from bff.domain.system import System
from bff.domain.text import Text
from bff.resolvers import acting, contract, line_reference, network
from bff.resolvers._id import key_of

PAIRS_MAX: Final = 20
"""TIMDUO pairs of a contract."""
SENDERS_MAX: Final = 100
"""Senders on a black list, and services to end at once."""

_TOUCHED = ("service", "request")
_LIMIT_MAX = Decimal("999999.99")
_CENT = Decimal("0.01")
# FatturaPA, where the reference is printed: an administrative reference has 1 to 20 characters of Basic Latin.
_REFERENCE = re.compile(r"(?=.*\S)[\x20-\x7e]{1,20}")
_SHORT_CODE = re.compile(r"\d{3,7}", re.ASCII)

_KIND = Text("Il tipo di soglia non è noto.", "The kind of threshold isn't known.")
_KIND_TWICE = Text("C'è già una soglia di questo tipo.", "There is a threshold of this kind already.")
_LIMIT = Text(
    "La soglia va da 0 a 999999.99 euro, con al più due decimali.",
    "A threshold is from 0 to 999999.99 euro, with at most two decimals.",
)
_PAIRS = Text(f"Le coppie sono al più {PAIRS_MAX}.", f"At most {PAIRS_MAX} pairs.")
_NUMBER = Text(
    "Il numero va scritto con il prefisso internazionale, per esempio +393331234567.",
    "The number must have its international prefix, for example +393331234567.",
)
_NUMBER_TWICE = Text("Il numero compare già.", "The number is there already.")
_NOT_OF_CONTRACT = Text("Il numero non è di una linea del contratto.", "The number isn't one of the contract's lines.")
_REFERENCE_WRONG = Text(
    "Il riferimento ha da 1 a 20 caratteri, senza accenti.", "The reference has 1 to 20 characters, without accents."
)
_TOO_MANY = Text(f"Sono al più {SENDERS_MAX}.", f"At most {SENDERS_MAX}.")
_NOT_ACTIVE = Text("Il servizio non è attivo sulla linea.", "The service isn't active on the line.")
_SENDER = Text(
    "Il mittente è un numero breve di 3-7 cifre, o un numero con il prefisso internazionale.",
    "A sender is a short code of 3 to 7 digits, or a number with its international prefix.",
)
_SENDER_TWICE = Text("Il mittente compare già.", "The sender is there already.")


class OfContract(Protocol):
    """A contract by its global id, and the client's idempotency key."""

    @property
    def contract_id(self) -> str:
        """Global id of a mobile contract."""

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


class OfLine(Protocol):
    """A line by its global id, and the client's idempotency key."""

    @property
    def line_id(self) -> str:
        """Global id of a mobile line."""

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


class Threshold(Protocol):
    """A spending threshold, in euro a month without VAT."""

    kind: ThresholdKind
    limit: Decimal


class ThresholdsWanted(OfContract, Protocol):
    """All thresholds of a contract."""

    @property
    def thresholds(self) -> Sequence[Threshold]:
        """All of them."""


class Pair(Protocol):
    """Two numbers to join, E.164."""

    line_number: str
    paired_number: str


class TimDuoWanted(OfContract, Protocol):
    """All TIMDUO pairs of a contract."""

    @property
    def pairs(self) -> Sequence[Pair]:
        """All of them."""


class ReferenceWanted(OfContract, Protocol):
    """The company reference of a contract; None removes it."""

    reference: str | None


class CharityWanted(OfContract, Protocol):
    """Whether charity SMS may be sent."""

    enabled: bool


class PremiumWanted(OfLine, Protocol):
    """Whether premium services may be activated, and the codes of active ones to end."""

    enabled: bool
    end: list[str] | None


class BlackListWanted(OfLine, Protocol):
    """All barred senders of a line."""

    black_list: list[str]


class _Change(NamedTuple):
    """What a service is to become.

    Attributes:
        mutation: its name.
        kind: of the service.
        wrong: what is wrong with the input by itself.
        given: the input without ids, as JSON would have it.
        wanted: gives what is wanted of the contract or line, after both were judged; raises Refused.
    """

    mutation: str
    kind: ServiceKind
    wrong: acting.Wrong
    given: Any
    wanted: Callable[[Any], Awaitable[Any]]


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
    asked = _Change("spendingThresholdsSet", ServiceKind.THRESHOLDS, wrong, given, _just(rows))
    return await _of_contract(context, wanted, asked)


async def tim_duo(context: Context, wanted: TimDuoWanted) -> Changed:
    """Set the TIMDUO pairs of a contract. Raises BffError when it was surely not done."""
    wrong = acting.Wrong(context)
    if len(wanted.pairs) > PAIRS_MAX:
        wrong.add(_PAIRS, "pairs", code=ErrorCode.TOO_MANY_ITEMS)
    seen: set[str] = set()
    for place, each in enumerate(wanted.pairs[:PAIRS_MAX]):
        for field, number in (("lineNumber", each.line_number), ("pairedNumber", each.paired_number)):
            if not is_e164(number):
                wrong.add(_NUMBER, "pairs", str(place), field)
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
    return await _of_contract(context, wanted, _Change("timDuoSet", ServiceKind.TIM_DUO, wrong, given, pairs))


async def company_reference(context: Context, wanted: ReferenceWanted) -> Changed:
    """Set the company reference of a contract, or remove it. Raises BffError when it was surely not done."""
    wrong, reference = acting.Wrong(context), wanted.reference
    if reference is not None and not _REFERENCE.fullmatch(reference):
        wrong.add(_REFERENCE_WRONG, "reference")
    tidy = None if reference is None else reference.strip()
    asked = _Change("companyReferenceSet", ServiceKind.COMPANY_REFERENCE, wrong, tidy, _just(tidy))
    return await _of_contract(context, wanted, asked)


async def charity_sms(context: Context, wanted: CharityWanted) -> Changed:
    """Allow or bar charity SMS on a contract. Raises BffError when it was surely not done."""
    enabled = wanted.enabled
    asked = _Change("charitySmsSet", ServiceKind.CHARITY_SMS, acting.Wrong(context), enabled, _just(enabled))
    return await _of_contract(context, wanted, asked)


async def premium(context: Context, wanted: PremiumWanted) -> Changed:
    """Allow or bar premium services on a line, and end active ones. Raises BffError when it was surely not done."""
    wrong, end = acting.Wrong(context), wanted.end or []
    if len(end) > SENDERS_MAX:
        wrong.add(_TOO_MANY, "end", code=ErrorCode.TOO_MANY_ITEMS)

    async def wish(line: MobileLine) -> PremiumWish:
        if end:
            services = (await context.loaders.mobile_services.one(line.key)).value
            active = {each.code for each in services.premium.active}
            for place, code in enumerate(end):
                if code not in active:
                    wrong.add(_NOT_ACTIVE, "end", str(place), code=ErrorCode.NOT_SUBSCRIBED)
            wrong.refuse()
        return PremiumWish(wanted.enabled, tuple(dict.fromkeys(end)))

    given = {"enabled": wanted.enabled, "end": end}
    return await _of_line(context, wanted, _Change("premiumServicesSet", ServiceKind.PREMIUM, wrong, given, wish))


async def premium_black_list(context: Context, wanted: BlackListWanted) -> Changed:
    """Set the black list of premium services of a line. Raises BffError when it was surely not done."""
    wrong, senders = acting.Wrong(context), wanted.black_list
    if len(senders) > SENDERS_MAX:
        wrong.add(_TOO_MANY, "blackList", code=ErrorCode.TOO_MANY_ITEMS)
    seen: set[str] = set()
    for place, sender in enumerate(senders[:SENDERS_MAX]):
        if not (_SHORT_CODE.fullmatch(sender) or is_e164(sender)):
            wrong.add(_SENDER, "blackList", str(place))
        elif sender in seen:
            wrong.add(_SENDER_TWICE, "blackList", str(place))
        seen.add(sender)
    asked = _Change("premiumBlackListSet", ServiceKind.PREMIUM_BLACK_LIST, wrong, senders, _just(tuple(senders)))
    return await _of_line(context, wanted, asked)


def _just(wanted: Any) -> Callable[[Any], Awaitable[Any]]:
    """Want the same of any contract or line."""

    async def give(_thing: Any) -> Any:
        return wanted

    return give


async def _lines_of(context: Context, contract: Contract) -> dict[str, str]:
    """Give the keys of a contract's lines that have not ceased, by number. Raises BffError."""
    lines = (await context.loaders.contract_lines.one(contract.key)).value
    return {line.number: line.key for line in lines if line.state is not LineState.CEASED}


async def _of_contract(context: Context, of: OfContract, asked: _Change) -> Changed:
    key = key_of(context, of.contract_id, Contract)

    async def read() -> Contract:
        [each] = await contract.referred(context, [key])
        return acting.found(context, each, "contractId")

    return await _ordered(context, asked, of.idempotency_key, key, "contractId", read)


async def _of_line(context: Context, of: OfLine, asked: _Change) -> Changed:
    key = key_of(context, of.line_id, MobileLine)

    async def read() -> MobileLine:
        [each] = await line_reference.mobile_by_key(context, [key], context.types)
        return acting.found(context, each, "lineId")

    return await _ordered(context, asked, of.idempotency_key, key, "lineId", read)


async def _ordered(
    context: Context,
    asked: _Change,
    idempotency_key: str,
    key: str | None,
    field: str,
    read: Callable[[], Awaitable[Contract | MobileLine]],
) -> Changed:
    async def prepare() -> Judged:
        asked.wrong.refuse()
        thing = await read()
        await acting.judge(context, asked.mutation, thing, field)
        wanted = await asked.wanted(thing)
        order = ServiceOrder(
            kind=asked.kind,
            subject_key=thing.key,
            customer_key=await network.customer_key(context),
            person_key=context.principal.person_key,
        )
        return Judged(order, wanted)

    doing = acting.Doing(asked.mutation, System.MOBILE, _TOUCHED)
    given = {field: key, "wanted": asked.given}
    return await acting.change(context, doing, idempotency_key, given, prepare, subject_key=key)

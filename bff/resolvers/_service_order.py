"""What setting any service of a contract or line has in common: what is checked, in which order, and what is ordered.

An input is checked by itself first, so that a wrong one costs no call; then the contract or line is judged as its
button is; then what only the systems know of. Lists replace what was.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.deed import Judged
from bff.domain.deed.service import ServiceOrder
from bff.domain.line import MobileLine
from bff.domain.service import ServiceKind
from bff.domain.system import System
from bff.resolvers import acting, contract, line_reference, network
from bff.resolvers._id import key_of

_TOUCHED = ("service", "request")


class Change(NamedTuple):
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


def just(wanted: Any) -> Callable[[Any], Awaitable[Any]]:
    """Want the same of any contract or line."""

    async def give(_thing: Any) -> Any:
        return wanted

    return give


async def of_contract(context: Context, of: acting.OfContract, asked: Change) -> Changed:
    """Order a change of a contract's service. Raises BffError when it was surely not done."""
    key = key_of(context, of.contract_id, Contract)

    async def read() -> Contract:
        [each] = await contract.referred(context, [key])
        return acting.found(context, each, "contractId")

    return await _ordered(context, asked, of.idempotency_key, key, "contractId", read)


async def of_line(context: Context, of: acting.OfLine, asked: Change) -> Changed:
    """Order a change of a line's service. Raises BffError when it was surely not done."""
    key = key_of(context, of.line_id, MobileLine)

    async def read() -> MobileLine:
        [each] = await line_reference.mobile_by_key(context, [key], context.types)
        return acting.found(context, each, "lineId")

    return await _ordered(context, asked, of.idempotency_key, key, "lineId", read)


async def _ordered(
    context: Context,
    asked: Change,
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

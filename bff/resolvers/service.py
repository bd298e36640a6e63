"""What is active on contracts and lines."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.line import FixedLine, MobileLine
from bff.domain.profile import Grant, Reach
from bff.domain.service import ContractServices, FixedLineServices, MobileLineServices, PremiumServices, Service
from bff.errors import BffError
from bff.loaders import Read
from bff.resolvers import network

V = TypeVar("V")


async def of_contracts(
    context: Context, contracts: Sequence[Contract], grant: Grant
) -> list[ContractServices | BffError | None]:
    """Give what is active on each contract; None where the system doesn't tell what its services rely on."""
    network.whole(grant, ContractServices)
    return await _each([contract.product_key for contract in contracts], context.loaders.contract_services.many)


async def of_mobile_lines(
    context: Context, lines: Sequence[MobileLine], grant: Grant
) -> list[tuple[Service, ...] | BffError | None]:
    """Give what is active on each mobile line; None where it is out of reach."""
    found = await _of_mobile(context, lines, grant.reach(Service))
    return [each.active if isinstance(each, MobileLineServices) else each for each in found]


async def premium(
    context: Context, lines: Sequence[MobileLine], grant: Grant
) -> list[PremiumServices | BffError | None]:
    """Give the premium services of each mobile line; None where it is out of reach."""
    found = await _of_mobile(context, lines, grant.reach(PremiumServices))
    return [each.premium if isinstance(each, MobileLineServices) else each for each in found]


async def of_fixed_lines(
    context: Context, lines: Sequence[FixedLine], grant: Grant
) -> list[tuple[Service, ...] | BffError]:
    """Give what is active on each fixed line."""
    network.whole(grant, Service)
    return [each if isinstance(each, BffError) else each.active for each in await of_fixed(context, lines)]


async def ti_avviso(context: Context, lines: Sequence[FixedLine]) -> list[bool | BffError]:
    """Tell whether TiAvviso is active on each fixed line."""
    return [each if isinstance(each, BffError) else each.ti_avviso for each in await of_fixed(context, lines)]


async def ivr(context: Context, lines: Sequence[FixedLine]) -> list[bool | BffError]:
    """Tell whether the IVR is active on each fixed line."""
    return [each if isinstance(each, BffError) else each.ivr for each in await of_fixed(context, lines)]


async def of_fixed(context: Context, lines: Sequence[FixedLine]) -> list[FixedLineServices | BffError]:
    """Read the services of fixed lines that the caller may read."""
    reads = await context.loaders.fixed_services.many([line.key for line in lines])
    return [read if isinstance(read, BffError) else read.value for read in reads]


async def _of_mobile(
    context: Context, lines: Sequence[MobileLine], reach: Reach | None
) -> list[MobileLineServices | BffError | None]:
    own = context.principal.line_key
    within = [line.key if reach is Reach.ALL or (reach is Reach.OWN and line.key == own) else None for line in lines]
    return await _each(within, context.loaders.mobile_services.many)


async def _each(
    keys: Sequence[str | None], read: Callable[[list[str]], Awaitable[list[Read[V] | BffError]]]
) -> list[Any]:
    """Read the value of each key; None for none."""
    wanted = list(dict.fromkeys(key for key in keys if key is not None))
    found = dict(zip(wanted, await read(wanted), strict=True))
    values = {key: each if isinstance(each, BffError) else each.value for key, each in found.items()}
    return [None if key is None else values[key] for key in keys]

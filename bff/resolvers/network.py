"""What a company is on each network: its party, contracts, customer codes and accounts.

Which networks are asked follows from the profile (`SYSTEMS`): who never needs one never waits for it.
"""

from collections.abc import Sequence
from typing import TypeVar

from bff.context import Context
from bff.domain.company import FixedAccount, FixedCustomer, MobileParty
from bff.domain.contract import Contract
from bff.domain.profile import SYSTEMS, Grant, Profile, Reach
from bff.domain.system import System
from bff.errors import BffError, Forbidden, NotFound
from bff.loaders import Read

T = TypeVar("T")


def asks(profile: Profile | None, system: System) -> bool:
    """Say whether a profile reads from a network at all."""
    return profile is not None and system in SYSTEMS[profile]


def whole(grant: Grant, record: type) -> None:
    """Insist that a grant covers the whole customer's rows, for a list that has no narrower reading.

    Raises:
        Forbidden: it does not; the profile matrix asks for a reading that is not built.
    """
    if grant.reach(record) is not Reach.ALL:
        raise Forbidden


async def party(context: Context, tax_code: str, profile: Profile | None) -> MobileParty | None:
    """Give a company's party on the mobile network; None when it is not there or the profile never asks."""
    if not asks(profile, System.MOBILE):
        return None
    try:
        found = (await context.loaders.parties.one(tax_code)).value
    except NotFound:
        return None
    context.customers.learn(System.MOBILE, [*found.customer_keys, found.party_key], tax_code)
    return found


async def customer_key(context: Context) -> str:
    """Give the id under which the active customer orders on the mobile network.

    Raises:
        NotFound: it has none there.
        BffError: it could not be read.
    """
    found = await party(context, context.customer, context.principal.profile)
    if found is None or not found.customer_keys:
        raise NotFound("no customer of the mobile network")
    return found.customer_keys[0]


async def fixed_customers(context: Context, tax_code: str, profile: Profile | None) -> Sequence[FixedCustomer]:
    """Give a company's customer codes on the fixed network; empty when it is not there or the profile never asks."""
    if not asks(profile, System.FIXED):
        return ()
    try:
        found = (await context.loaders.fixed_customers.one(tax_code)).value
    except NotFound:
        return ()
    context.customers.learn(System.FIXED, [each.customer_code for each in found], tax_code)
    return found


async def contracts(context: Context) -> list[Read[tuple[Contract, ...]] | BffError]:
    """Give the mobile contracts of the active customer; no read where it has no party."""
    found = await party(context, context.customer, context.principal.profile)
    return [] if found is None else await context.loaders.contracts.many([found.party_key])


async def fixed_accounts(context: Context) -> list[Read[tuple[FixedAccount, ...]] | BffError]:
    """Give the accounts of fixed lines of the active customer, a read per customer code."""
    customers = await fixed_customers(context, context.customer, context.principal.profile)
    return await context.loaders.fixed_accounts.many([customer.customer_code for customer in customers])


async def contracts_by_key(context: Context) -> dict[str, Contract]:
    """Give the mobile contracts of the active customer by their keys.

    Raises:
        BffError: they could not all be read.
    """
    return {contract.key: contract for contract in rows(await contracts(context))}


async def accounts_by_code(context: Context) -> dict[str, FixedAccount]:
    """Give the accounts of fixed lines of the active customer by their codes.

    Raises:
        BffError: they could not all be read.
    """
    return {account.code: account for account in rows(await fixed_accounts(context))}


def rows(reads: Sequence[Read[tuple[T, ...]] | BffError]) -> list[T]:
    """Give the rows of several reads.

    Raises:
        BffError: the first read that failed.
    """
    found: list[T] = []
    for read in reads:
        if isinstance(read, BffError):
            raise read
        found += read.value
    return found

"""The company: its registry from the network that leads, and its recipient codes from both."""

import asyncio
from collections.abc import Sequence

from bff.context import Context
from bff.domain.company import Company, FixedCustomer, LegalRepresentative, MobileParty
from bff.domain.customer import Customer, RecipientCode, Standing
from bff.domain.line import FixedLine
from bff.domain.profile import Grant, Profile
from bff.errors import BffError, NotFound
from bff.observability import logger
from bff.resolvers import line, network

_log = logger(__name__)

_REGISTRY = ("name", "vat_number", "registered_office")
"""What both networks tell of a company; their representatives are compared by nobody: mobile's costs a call."""


async def registry(context: Context, customers: Sequence[Customer]) -> list[Company]:
    """Give each customer's registry: from fixed where a live fixed customer exists, else from mobile.

    The two are never mixed field by field. Mobile is asked only when fixed has answered and does not lead: where fixed
    fails, who leads is open and its error stands for the registry. Where mobile's was read anyway, differences are
    logged.
    """
    return [await _registry(context, customer.tax_code) for customer in customers]


async def _registry(context: Context, tax_code: str) -> Company:
    return (await _source(context, tax_code, context.principal.profile)).company


async def _source(context: Context, tax_code: str, profile: Profile | None) -> FixedCustomer | MobileParty:
    fixed = sorted(await network.fixed_customers(context, tax_code, profile), key=lambda one: one.customer_code)
    if live := [one for one in fixed if not one.ceased]:
        if (read := context.loaders.parties.known(tax_code)) is not None:
            _tell_differences(live[0].company, read.value.company)
        return live[0]
    found = await network.party(context, tax_code, profile) or next(iter(fixed), None)
    if found is None:
        raise NotFound
    return found


async def leading_code(context: Context) -> str | None:
    """Give the code of the live fixed customer that the registry is read from; None where the mobile network leads."""
    source = await _source(context, context.customer, context.principal.profile)
    return source.customer_code if isinstance(source, FixedCustomer) and not source.ceased else None


def _tell_differences(leading: Company, other: Company) -> None:
    """Log which fields the two networks' registries differ in, never what they say."""
    names = [name for name in _REGISTRY if getattr(leading, name) != getattr(other, name)]
    if names:
        _log.info("registries_differ", fields=names)


async def representatives(context: Context, companies: Sequence[Company]) -> list[LegalRepresentative | None]:
    """Give each company's legal representative; None when not known."""
    return [await _representative(context, company) for company in companies]


async def _representative(context: Context, company: Company) -> LegalRepresentative | None:
    if company.representative is not None or company.representative_key is None:
        return company.representative
    return (await context.loaders.representatives.one(company.representative_key)).value


async def name(context: Context) -> str:
    """Give the name of the active customer."""
    return (await _source(context, context.customer, context.principal.profile)).company.name


async def names(context: Context, standings: Sequence[Standing]) -> list[str | BffError]:
    """Give the name of each company that a person may act for, as the profile held there reads it."""
    return list(await asyncio.gather(*(_name(context, standing) for standing in standings)))


async def _name(context: Context, standing: Standing) -> str | BffError:
    try:
        return (await _source(context, standing.company_tax_code, standing.profile)).company.name
    except BffError as error:
        return error


async def recipient_codes(context: Context, customers: Sequence[Customer], grant: Grant) -> list[list[RecipientCode]]:
    """Give the recipient codes of each customer's contracts and fixed accounts, by customer code."""
    network.whole(grant, RecipientCode)
    return [await _recipient_codes(context) for _ in customers]


async def recipient_lines(
    context: Context, codes: Sequence[RecipientCode], grant: Grant
) -> list[FixedLine | BffError | None]:
    """Give the line that each code belongs to; None for a contract's, and for that of an account of several lines."""
    accounts = list(dict.fromkeys(code.account_code for code in codes if code.account_code is not None))
    found = dict(zip(accounts, await line.of_accounts(context, accounts, grant), strict=True)) if accounts else {}
    return [None if code.account_code is None else _only(found[code.account_code]) for code in codes]


def _only(lines: Sequence[FixedLine] | BffError) -> FixedLine | BffError | None:
    if isinstance(lines, BffError):
        return lines
    return lines[0] if len(lines) == 1 else None


async def _recipient_codes(context: Context) -> list[RecipientCode]:
    party, contracts, accounts = await asyncio.gather(
        network.party(context, context.customer, context.principal.profile),
        network.contracts_by_key(context),
        network.accounts_by_code(context),
    )
    mobile = [
        RecipientCode(code=contract.recipient_code, customer_code=party.customer_keys[0], contract_key=contract.key)
        for contract in contracts.values()
        if contract.recipient_code is not None and party is not None and party.customer_keys
    ]
    fixed = [
        RecipientCode(code=account.recipient_code, customer_code=account.customer_code, account_code=account.code)
        for account in accounts.values()
        if account.recipient_code is not None
    ]
    return sorted(mobile + fixed, key=lambda code: (code.customer_code, code.contract_key or code.account_code or ""))

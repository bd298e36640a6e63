"""Billing settings: of mobile contracts, and of the accounts of fixed lines."""

from collections.abc import Sequence

from bff.context import Context
from bff.domain.address import Address
from bff.domain.billing import Billing, BillingAccount, DirectDebit
from bff.domain.company import FixedAccount, MobileAccount
from bff.domain.contract import Contract
from bff.domain.line import FixedLine
from bff.errors import BffError, NotFound
from bff.loaders import Read
from bff.resolvers import network


async def of_contracts(context: Context, contracts: Sequence[Contract]) -> list[Billing | BffError | None]:
    """Give each contract's settings; None without a billing account."""
    keys = list(dict.fromkeys(contract.account_key for contract in contracts if contract.account_key is not None))
    found = dict(zip(keys, await context.loaders.mobile_accounts.many(keys), strict=True))
    return [None if contract.account_key is None else _settings(found[contract.account_key]) for contract in contracts]


def _settings(read: Read[MobileAccount] | BffError) -> Billing | BffError:
    if isinstance(read, BffError):
        return read
    account = read.value
    return Billing(paperless=account.paperless, delivery_address=_paper(account), payment_key=account.payment_key)


async def direct_debits(context: Context, settings: Sequence[Billing]) -> list[DirectDebit | BffError | None]:
    """Give the direct debit of each account; None without one."""
    keys = list(dict.fromkeys(each.payment_key for each in settings if each.payment_key is not None))
    reads = dict(zip(keys, await context.loaders.payment_methods.many(keys), strict=True))
    found = {key: read if isinstance(read, BffError) else read.value.direct_debit for key, read in reads.items()}
    return [each.direct_debit if each.payment_key is None else found[each.payment_key] for each in settings]


async def of_fixed_lines(context: Context, lines: Sequence[FixedLine]) -> list[BillingAccount | BffError]:
    """Give the account that each line is billed to."""
    accounts = await network.accounts_by_code(context)
    return [_account(accounts.get(line.account_code)) for line in lines]


def _account(account: FixedAccount | None) -> BillingAccount | BffError:
    if account is None:
        return NotFound()
    return BillingAccount(
        code=account.code,
        billing=Billing(
            paperless=account.paperless, delivery_address=_paper(account), direct_debit=account.direct_debit
        ),
    )


async def customer_codes(context: Context, lines: Sequence[FixedLine]) -> list[str | BffError]:
    """Give the customer code that each line is billed to."""
    accounts = await network.accounts_by_code(context)
    found = [accounts.get(line.account_code) for line in lines]
    return [account.customer_code if account is not None else NotFound() for account in found]


def _paper(account: FixedAccount | MobileAccount) -> Address | None:
    return None if account.paperless else account.delivery_address

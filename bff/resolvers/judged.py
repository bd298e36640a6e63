"""What billing is changed of, found by its key and judged: the account of a mobile contract, or of a fixed line."""

from bff.context import Context
from bff.domain.company import FixedAccount
from bff.domain.line import FixedLine
from bff.resolvers import acting, contract, line_reference, network


async def account_of_contract(context: Context, mutation: str, contract_key: str | None) -> str:
    """Give the key of the account that a contract is billed to.

    Raises:
        Refused: there is no such contract, or it can't be done with it.
        BffError: that could not be read, or its system is closed.
    """
    [read] = await contract.referred(context, [contract_key])
    found = acting.found(context, read, "contractId")
    await acting.judge(context, mutation, found, "contractId")
    assert found.account_key is not None  # noqa: S101 - without one it is refused
    return found.account_key


async def fixed_line(context: Context, mutation: str, line_key: str | None) -> FixedLine:
    """Give a fixed line. Raises as `account_of_contract`."""
    [read] = await line_reference.fixed_by_key(context, [line_key], context.types)
    found = acting.found(context, read, "lineId")
    await acting.judge(context, mutation, found, "lineId")
    return found


async def account_of_line(context: Context, mutation: str, line_key: str | None) -> FixedAccount:
    """Give the account that a fixed line is billed to. Raises as `account_of_contract`."""
    line = await fixed_line(context, mutation, line_key)
    return (await network.accounts_by_code(context))[line.account_code]

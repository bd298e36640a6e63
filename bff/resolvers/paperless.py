"""The paperless invoice, on or off: of the account of a mobile contract, or of a fixed line."""

from collections.abc import Sequence
from typing import Protocol

from bff.context import Context
from bff.domain.change import ChangeStatus, ContractPaperlessSet, FixedLinePaperlessSet
from bff.domain.contract import Contract
from bff.domain.deed import FixedPaperless, MobilePaperless
from bff.domain.line import FixedLine
from bff.domain.profile import Grant
from bff.errors import BffError
from bff.resolvers import acting, contract, line, line_reference, network
from bff.resolvers._id import key_of

_TOUCHED = ("contract", "account")
_TOUCHED_FIXED = ("line", "account", "request")


class Wanted(Protocol):
    """What is wanted, and the client's idempotency key."""

    paperless: bool

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


class WantedOfContract(Wanted, Protocol):
    """Of which contract."""

    @property
    def contract_id(self) -> str:
        """Global id of a mobile contract."""


class WantedOfLine(Wanted, Protocol):
    """Of which line's account."""

    @property
    def line_id(self) -> str:
        """Global id of a fixed line."""


async def of_contract(context: Context, wanted: WantedOfContract) -> ContractPaperlessSet:
    """Turn it on or off. Raises BffError when it was surely not done."""
    contract_key = key_of(context, wanted.contract_id, Contract)

    async def prepare() -> MobilePaperless:
        [found] = await contract.referred(context, [contract_key])
        if isinstance(found, BffError):
            raise found
        if found is None:
            acting.unknown(context, "contractId")
        await acting.judge(context, "contractPaperlessSet", found, "contractId")
        assert found.account_key is not None  # noqa: S101 - without one it is refused
        return MobilePaperless(account_key=found.account_key, paperless=wanted.paperless)

    context.loaders.anew(_TOUCHED)
    given = {"contract": contract_key, "paperless": wanted.paperless}
    status, errors, _ = await acting.perform(context, "contractPaperlessSet", wanted.idempotency_key, given, prepare)
    context.loaders.anew(_TOUCHED)
    return ContractPaperlessSet(status, errors, contract_key=contract_key)


async def contracts(context: Context, changes: Sequence[ContractPaperlessSet]) -> list[Contract | BffError | None]:
    """Give the contracts as they are after the change."""
    return await contract.referred(context, [each.contract_key for each in changes])


async def of_fixed_line(context: Context, wanted: WantedOfLine) -> FixedLinePaperlessSet:
    """Turn it on or off for the account of a line, and so for all lines of it. Raises BffError as `of_contract`."""
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> FixedPaperless:
        [found] = await line_reference.fixed_by_key(context, [line_key], context.types)
        if isinstance(found, BffError):
            raise found
        if found is None:
            acting.unknown(context, "lineId")
        await acting.judge(context, "fixedLinePaperlessSet", found, "lineId")
        account = (await network.accounts_by_code(context))[found.account_code]
        return FixedPaperless(
            account_code=account.code,
            customer_code=account.customer_code,
            person_key=context.principal.person_key,
            paperless=wanted.paperless,
        )

    context.loaders.anew(_TOUCHED_FIXED)
    given = {"line": line_key, "paperless": wanted.paperless}
    status, errors, told = await acting.perform(
        context, "fixedLinePaperlessSet", wanted.idempotency_key, given, prepare
    )
    context.loaders.anew(_TOUCHED_FIXED)
    done = status is not ChangeStatus.REJECTED
    return FixedLinePaperlessSet(status, errors, told.request_key, line_key if done else None)


async def lines(
    context: Context, changes: Sequence[FixedLinePaperlessSet], grant: Grant
) -> list[list[FixedLine] | BffError | None]:
    """Give all lines of the account, as they are after the change; None when it was refused."""
    named = await line_reference.fixed_by_key(context, [each.line_key for each in changes], grant)
    codes = [each.account_code for each in named if isinstance(each, FixedLine)]
    found = iter(await line.of_accounts(context, codes, grant))
    return [next(found) if isinstance(each, FixedLine) else each for each in named]

"""The paperless invoice, on or off: of the account of a mobile contract."""

from collections.abc import Sequence
from typing import Protocol

from bff.context import Context
from bff.domain.change import ContractPaperlessSet
from bff.domain.contract import Contract
from bff.domain.deed import MobilePaperless
from bff.errors import BffError
from bff.resolvers import acting, contract
from bff.resolvers._id import key_of

_TOUCHED = ("contract", "account")


class Wanted(Protocol):
    """A contract by its global id, what is wanted, and the client's idempotency key."""

    paperless: bool

    @property
    def contract_id(self) -> str:
        """Global id of a mobile contract."""

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


async def of_contract(context: Context, wanted: Wanted) -> ContractPaperlessSet:
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

"""The paperless invoice, on or off: of the account of a mobile contract, or of a fixed line."""

from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.deed import Judged
from bff.domain.deed.billing import FixedPaperless, MobilePaperless
from bff.domain.line import FixedLine
from bff.domain.system import System
from bff.resolvers import acting, judged
from bff.resolvers._id import key_of

_OF_CONTRACT = acting.Doing("contractPaperlessSet", System.MOBILE, ("contract", "account"))
_OF_LINE = acting.Doing("fixedLinePaperlessSet", System.FIXED, ("line", "account", "request"))


class Wanted(acting.Keyed, Protocol):
    """What is wanted."""

    paperless: bool


class WantedOfContract(Wanted, acting.OfContract, Protocol):
    """Of which contract."""


class WantedOfLine(Wanted, acting.OfLine, Protocol):
    """Of which line's account."""


async def of_contract(context: Context, wanted: WantedOfContract) -> Changed:
    """Turn it on or off. Raises BffError when it was surely not done."""
    contract_key = key_of(context, wanted.contract_id, Contract)

    async def prepare() -> Judged:
        account_key = await judged.account_of_contract(context, _OF_CONTRACT.mutation, contract_key)
        return Judged(MobilePaperless(account_key=account_key, paperless=wanted.paperless))

    given = {"contract": contract_key, "paperless": wanted.paperless}
    key = wanted.idempotency_key
    return await acting.change(context, _OF_CONTRACT, key, given, prepare, subject_key=contract_key)


async def of_fixed_line(context: Context, wanted: WantedOfLine) -> Changed:
    """Turn it on or off for the account of a line, and so for all lines of it. Raises BffError as `of_contract`."""
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> Judged:
        account = await judged.account_of_line(context, _OF_LINE.mutation, line_key)
        deed = FixedPaperless(
            account_code=account.code,
            customer_code=account.customer_code,
            person_key=context.principal.person_key,
            paperless=wanted.paperless,
        )
        return Judged(deed)

    given = {"line": line_key, "paperless": wanted.paperless}
    return await acting.change(context, _OF_LINE, wanted.idempotency_key, given, prepare, subject_key=line_key)

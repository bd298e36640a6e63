"""Where paper invoices go: those of the account of a mobile contract, or of a fixed line."""

from typing import Any, Protocol

from bff.context import Context
from bff.domain.address import Address, likeness
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.deed import Judged
from bff.domain.deed.billing import FixedDelivery, MobileDelivery
from bff.domain.line import FixedLine
from bff.domain.system import System
from bff.resolvers import acting, judged
from bff.resolvers._id import key_of
from bff.resolvers.given import AddressGiven, Given, as_given

_OF_CONTRACT = acting.Doing("contractDeliveryAddressChange", System.MOBILE, ("contract", "account"))
_OF_LINE = acting.Doing("fixedLineDeliveryAddressChange", System.FIXED, ("line", "account", "request"))


class Wanted(acting.Keyed, Protocol):
    """Which address is wanted."""

    @property
    def address(self) -> AddressGiven:
        """As it was typed."""


class WantedOfContract(Wanted, acting.OfContract, Protocol):
    """Of which contract."""


class WantedOfLine(Wanted, acting.OfLine, Protocol):
    """Of which line's account."""


async def of_contract(context: Context, wanted: WantedOfContract) -> Changed:
    """Change it. Raises BffError when it was surely not done."""
    contract_key = key_of(context, wanted.contract_id, Contract)

    async def prepare() -> Judged:
        address = _address(context, wanted.address)
        account_key = await judged.account_of_contract(context, _OF_CONTRACT.mutation, contract_key)
        return Judged(MobileDelivery(account_key=account_key, mark=_mark(context, address)), address)

    given = {"contract": contract_key, "address": as_given(wanted.address)}
    key = wanted.idempotency_key
    return await acting.change(context, _OF_CONTRACT, key, given, prepare, subject_key=contract_key)


async def of_fixed_line(context: Context, wanted: WantedOfLine) -> Changed:
    """Change it for the account of a line, and so for all lines of it. Raises BffError as `of_contract`."""
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> Judged:
        address = _address(context, wanted.address)
        account = await judged.account_of_line(context, _OF_LINE.mutation, line_key)
        deed = FixedDelivery(
            account_code=account.code,
            customer_code=account.customer_code,
            person_key=context.principal.person_key,
            mark=_mark(context, address),
        )
        return Judged(deed, address)

    given: dict[str, Any] = {"line": line_key, "address": as_given(wanted.address)}
    return await acting.change(context, _OF_LINE, wanted.idempotency_key, given, prepare, subject_key=line_key)


def _address(context: Context, typed: AddressGiven) -> Address:
    """Read the address. Raises Refused."""
    given = Given(context)
    address = given.address(typed, "address")
    given.refuse()
    return address


def _mark(context: Context, address: Address) -> str:
    return context.acts.mark(likeness(address))

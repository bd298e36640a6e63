"""Direct debits, begun, replaced or ended: of the account of a mobile contract, or of a fixed line.

A mandate is read whole before anything is asked: IBAN, holder and tax codes by their check digits. It is told to the
system that asks the bank, and kept nowhere: a deed says no more than whether there is one.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from bff.context import Context
from bff.domain import given
from bff.domain.billing import DirectDebit, SignedMandate
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.deed import Judged
from bff.domain.deed.billing import FixedDebit, MobileDebit
from bff.domain.error_code import ErrorCode
from bff.domain.line import FixedLine
from bff.domain.system import System
from bff.domain.text import Text
from bff.resolvers import acting, judged
from bff.resolvers._id import key_of
from bff.resolvers.given import NAME_MAX, Given

_OF_CONTRACT = acting.Doing("contractDirectDebitSet", System.MOBILE, ("contract", "account"))
_OF_LINE = acting.Doing("fixedLineDirectDebitSet", System.FIXED, ("line", "account", "request"))

_IBAN = Text("L'IBAN non è corretto.", "This is no IBAN.")
_HOLDER = Text("Serve l'intestatario del conto, fino a 70 caratteri.", "The holder is needed, in up to 70 characters.")
_HOLDER_TAX_CODE = Text(
    "Il codice fiscale dell'intestatario non è corretto.", "The tax code of the holder is not right."
)
_SIGNER_TAX_CODE = Text(
    "Il codice fiscale di chi firma non è corretto: ha 16 caratteri.",
    "The tax code of who signs is not right: it has 16 characters.",
)
_END = Text("Per terminare la domiciliazione serve true.", "Give true to end the direct debit.")
_NOTHING = Text("Non c'è una domiciliazione da terminare.", "There is no direct debit to end.")


class MandateGiven(Protocol):
    """A mandate as it was typed."""

    iban: str
    holder: str
    holder_tax_code: str
    signer_tax_code: str


class DebitGiven(Protocol):
    """A mandate, or the end of the one in force; the schema sees that it is one of both."""

    @property
    def mandate(self) -> MandateGiven | None:
        """The new one."""

    @property
    def end(self) -> bool | None:
        """True."""


class Wanted(acting.Keyed, Protocol):
    """What is wanted."""

    @property
    def direct_debit(self) -> DebitGiven:
        """What to set."""


class WantedOfContract(Wanted, acting.OfContract, Protocol):
    """Of which contract."""


class WantedOfLine(Wanted, acting.OfLine, Protocol):
    """Of which line's account."""


async def of_contract(context: Context, wanted: WantedOfContract) -> Changed:
    """Begin, replace or end it. Raises BffError when it was surely not done."""
    contract_key = key_of(context, wanted.contract_id, Contract)

    async def prepare() -> Judged:
        mandate = _mandate(context, wanted.direct_debit)
        account_key = await judged.account_of_contract(context, _OF_CONTRACT.mutation, contract_key)
        if mandate is None:
            _is_there(context, await _in_force(context, account_key))
        return Judged(MobileDebit(account_key=account_key, mandate=mandate is not None), mandate)

    asked = {"contract": contract_key, **_as_given(wanted.direct_debit)}
    key = wanted.idempotency_key
    return await acting.change(context, _OF_CONTRACT, key, asked, prepare, subject_key=contract_key)


async def of_fixed_line(context: Context, wanted: WantedOfLine) -> Changed:
    """Begin, replace or end it for the account of a line, and so for all lines of it. Raises as `of_contract`."""
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> Judged:
        mandate = _mandate(context, wanted.direct_debit)
        account = await judged.account_of_line(context, _OF_LINE.mutation, line_key)
        if mandate is None:
            _is_there(context, account.direct_debit)
        deed = FixedDebit(
            account_code=account.code, person_key=context.principal.person_key, mandate=mandate is not None
        )
        return Judged(deed, mandate)

    asked = {"line": line_key, **_as_given(wanted.direct_debit)}
    return await acting.change(context, _OF_LINE, wanted.idempotency_key, asked, prepare, subject_key=line_key)


async def _in_force(context: Context, account_key: str) -> DirectDebit | None:
    """Read the direct debit of a mobile account; None without one. Raises BffError."""
    payment_key = (await context.loaders.mobile_accounts.one(account_key)).value.payment_key
    return None if payment_key is None else (await context.loaders.payment_methods.one(payment_key)).value.direct_debit


def _is_there(context: Context, debit: DirectDebit | None) -> None:
    """Refuse to end what is not there: it would be a request about nothing. Raises Refused."""
    if debit is None:
        acting.refuse(context, ErrorCode.WRONG_STATE, _NOTHING, "directDebit", "end")


def _mandate(context: Context, wanted: DebitGiven) -> SignedMandate | None:
    """Read a mandate; None for an end. Raises Refused."""
    read, place = Given(context), ("directDebit", "mandate")
    if wanted.mandate is None:
        if not wanted.end:
            read.add(_END, "directDebit", "end")
        read.refuse()
        return None
    typed = wanted.mandate
    mandate = SignedMandate(
        iban=read.read(given.iban, typed.iban, _IBAN, *place, "iban"),
        holder=read.read(_holder, typed.holder, _HOLDER, *place, "holder"),
        holder_tax_code=read.read(given.tax_code, typed.holder_tax_code, _HOLDER_TAX_CODE, *place, "holderTaxCode"),
        signer_tax_code=read.read(
            given.personal_tax_code, typed.signer_tax_code, _SIGNER_TAX_CODE, *place, "signerTaxCode"
        ),
    )
    read.refuse()
    return mandate


def _holder(text: str) -> str | None:
    return given.words(text, longest=NAME_MAX)


def _as_given(wanted: DebitGiven) -> Mapping[str, Any]:
    """Give what is wanted as JSON would have it, as it was typed."""
    typed = wanted.mandate
    if typed is None:
        return {"end": wanted.end}
    return {"mandate": [typed.iban, typed.holder, typed.holder_tax_code, typed.signer_tax_code]}

"""Direct debits, begun, replaced or ended: of the account of a mobile contract, or of a fixed line.

A mandate is read whole before anything is asked: IBAN, holder and tax codes by their check digits. It is told to the
system that asks the bank, and kept nowhere: a deed says no more than whether there is one.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from bff.context import Context
from bff.domain import given
from bff.domain.billing import SignedMandate
from bff.domain.change import Changed
from bff.domain.contract import Contract
from bff.domain.deed import Judged
from bff.domain.deed.billing import MobileDebit
from bff.domain.system import System
from bff.domain.text import Text
from bff.resolvers import acting, judged
from bff.resolvers._id import key_of
from bff.resolvers.given import NAME_MAX, Given

_OF_CONTRACT = acting.Doing("contractDirectDebitSet", System.MOBILE, ("contract", "account"))

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


class Wanted(Protocol):
    """What is wanted, and the client's idempotency key."""

    @property
    def direct_debit(self) -> DebitGiven:
        """What to set."""

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


class WantedOfContract(Wanted, Protocol):
    """Of which contract."""

    @property
    def contract_id(self) -> str:
        """Global id of a mobile contract."""


async def of_contract(context: Context, wanted: WantedOfContract) -> Changed:
    """Begin, replace or end it. Raises BffError when it was surely not done."""
    contract_key = key_of(context, wanted.contract_id, Contract)

    async def prepare() -> Judged:
        mandate = _mandate(context, wanted.direct_debit)
        account_key = await judged.account_of_contract(context, _OF_CONTRACT.mutation, contract_key)
        return Judged(MobileDebit(account_key=account_key, mandate=mandate is not None), mandate)

    asked = {"contract": contract_key, **_as_given(wanted.direct_debit)}
    key = wanted.idempotency_key
    return await acting.change(context, _OF_CONTRACT, key, asked, prepare, subject_key=contract_key)


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

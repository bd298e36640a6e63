"""The company: registry, legal representative, recipient codes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from bff.domain import company as record
from bff.domain import contract as contract_record
from bff.domain import customer as customer_record
from bff.domain import line as line_record
from bff.resolvers import company, contract
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.shared import Address, Person, freshness_field

if TYPE_CHECKING:
    from bff.schema.contract import Contract
    from bff.schema.line import Line


@view(record.LegalRepresentative, rule=PARENT)
class LegalRepresentative(Person):
    """The legal representative, by name only."""


@view(record.Company, rule="company.read")
class Company:
    """Company registry."""

    name: str = plain("Company name.")
    tax_code: str = plain("Tax code, 11 or 16 characters.")
    vat_number: str | None = plain("VAT number, 11 digits; null when it has none.")
    registered_office: Address | None = plain("Registered office; null when not known.")
    communications_email: str | None = plain(
        "E-mail for fixed-line communications; null when none is set or there is no fixed line."
    )

    @batch(LegalRepresentative | None, rule=PARENT)
    @staticmethod
    async def legal_representative(
        companies: Sequence[record.Company], call: Call
    ) -> Each[record.LegalRepresentative | None]:
        """Legal representative; null when not known."""
        return await company.representatives(call.context, companies)

    freshness = freshness_field()


@view(customer_record.RecipientCode, rule="company.recipient")
class RecipientCode:
    """Recipient code for e-invoices."""

    code: str = plain("6 or 7 capital letters or digits; 0000000 means certified mail.")
    customer_code: str = plain(
        "Customer code that it belongs to: the fixed customer's, or the mobile customer's number."
    )
    account_code: str | None = plain("Account of fixed lines that it belongs to; null when it is a contract's.")

    @batch(Annotated["Contract", strawberry.lazy("bff.schema.contract")] | None, rule=PARENT, reference=True)
    @staticmethod
    async def contract(
        codes: Sequence[customer_record.RecipientCode], call: Call
    ) -> Each[contract_record.Contract | None]:
        """Contract that it belongs to; null when it is an account's."""
        return await contract.referred(call.context, [code.contract_key for code in codes])

    @batch(Annotated["Line", strawberry.lazy("bff.schema.line")] | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(codes: Sequence[customer_record.RecipientCode], call: Call) -> Each[line_record.Line | None]:
        """Line that it belongs to; null when it is a contract's, or its account has several lines."""
        return await company.recipient_lines(call.context, codes, call.grant)

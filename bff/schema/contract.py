"""Mobile contracts."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from bff.domain import billing as billing_record
from bff.domain import contract as record
from bff.domain import invoice as invoice_record
from bff.domain import line as line_record
from bff.domain import page as page_record
from bff.domain import service as service_record
from bff.resolvers import billing, invoice, line, service
from bff.resolvers.page import Slice
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view
from bff.schema.billing import Billing
from bff.schema.directives import PAGE
from bff.schema.page import After, Connection, First, Offset
from bff.schema.service import ContractServices
from bff.schema.shared import Actionable, Node, freshness_field

if TYPE_CHECKING:
    from bff.schema.invoice import InvoiceConnection
    from bff.schema.line import MobileLineConnection, MobileLineFilter, MobileLineSort

described(record.ContractState, ACTIVE="In force.", SUSPENDED="Suspended.", CEASED="Ended.", UNKNOWN="Not known to us.")


@view(record.Contract, rule="services.contract")
class Contract(Node, Actionable):
    """A mobile contract."""

    number: str = plain("Number.")
    state: record.ContractState | None = plain("State.", rule="contract.detail")
    starts_on: date | None = plain("First day; null when not known.", rule="contract.detail")

    @batch(Billing | None, rule="contract.detail")
    @staticmethod
    async def billing(contracts: Sequence[record.Contract], call: Call) -> Each[billing_record.Billing | None]:
        """How it is billed; null when the contract has no billing account yet."""
        return await billing.of_contracts(call.context, contracts)

    @batch(
        Annotated["MobileLineConnection", strawberry.lazy("bff.schema.line")] | None, rule="mobile.list", counts=PAGE
    )
    @staticmethod
    async def lines(
        contracts: Sequence[record.Contract],
        call: Call,
        *,
        filter: Annotated[  # noqa: A002 - the argument's name
            Annotated["MobileLineFilter", strawberry.lazy("bff.schema.line")] | None,
            strawberry.argument(description="Which rows."),
        ] = None,
        order_by: Annotated[
            Annotated["MobileLineSort", strawberry.lazy("bff.schema.line")] | None,
            strawberry.argument(description="How to sort."),
        ] = None,
        first: First = 20,
        after: After = None,
        offset: Offset = None,
    ) -> Each[page_record.Page[line_record.MobileLine]]:
        """Its lines; sorted by number."""
        return await line.of_contracts(
            call.context, contracts, call.grant, filter, order_by, Slice(first, after, offset)
        )

    @batch(
        Annotated["InvoiceConnection", strawberry.lazy("bff.schema.invoice")] | None, rule="invoices.list", counts=PAGE
    )
    @staticmethod
    async def invoices(
        contracts: Sequence[record.Contract], call: Call, *, first: First = 6, after: After = None
    ) -> Each[page_record.WindowedPage[invoice_record.Invoice]]:
        """Its invoices of the last 12 months; newest first."""
        return await invoice.of_contracts(call.context, contracts, call.grant, Slice(first, after))

    @batch(ContractServices | None, rule="services.contract")
    @staticmethod
    async def services(
        contracts: Sequence[record.Contract], call: Call
    ) -> Each[service_record.ContractServices | None]:
        """What is active on the contract; null when the system doesn't tell."""
        return await service.of_contracts(call.context, contracts, call.grant)

    freshness = freshness_field()


@view(page_record.Page, rule=PARENT)
class ContractConnection(Connection[Contract]):
    """A page of mobile contracts."""

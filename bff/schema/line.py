"""Lines: mobile and fixed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from bff.domain import billing as billing_record
from bff.domain import contract as contract_record
from bff.domain import invoice as invoice_record
from bff.domain import line as record
from bff.domain import order as order_record
from bff.domain import page as page_record
from bff.domain import service as service_record
from bff.domain import usage as usage_record
from bff.resolvers import billing, contract, invoice, order, service, usage
from bff.resolvers.page import Slice
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, interface, optional, plain, view
from bff.schema.billing import BillingAccount
from bff.schema.contract import Contract
from bff.schema.directives import PAGE, assumed
from bff.schema.page import After, Connection, First
from bff.schema.service import PremiumServices, Service
from bff.schema.shared import Actionable, Address, Node, freshness_field
from bff.schema.usage import LineUsage

if TYPE_CHECKING:
    from bff.schema.invoice import InvoiceConnection
    from bff.schema.order import OrderConnection

described(
    record.LineState,
    ACTIVATING="Being activated.",
    ACTIVE="In use.",
    SUSPENDED="Suspended by the telco.",
    BLOCKED="SIM blocked on request.",
    CEASING="Cessation asked for; can still be revoked.",
    CEASED="Ceased.",
    UNKNOWN="Not known to us.",
)
described(record.LineKind, MOBILE="Mobile.", FIXED="Fixed.")
described(
    record.FixedLineType,
    ANALOGUE="Analogue telephone.",
    ISDN_BASIC="ISDN, basic access.",
    ISDN_PRIMARY="ISDN, primary access.",
    VOIP="Telephone over data.",
    ADSL="ADSL.",
    FTTC="Fibre to the cabinet.",
    FTTH="Fibre to the premises.",
    SIP_TRUNK="SIP trunk.",
    UNKNOWN="Not known to us.",
)
described(
    record.MobileLineSortField,
    NUMBER="Number.",
    CONTRACT="Number of the contract.",
    ICCID="ICCID.",
    STATE="State.",
    TARIFF_PLAN="Tariff plan.",
)
described(
    record.FixedLineSortField,
    NUMBER="Number.",
    STATE="State.",
    TYPE="Technology.",
    LOCATION="Town, then street.",
)


@interface()
class Line(Node, Actionable):
    """A line, mobile or fixed."""

    number: str = plain("Number, E.164.")
    state: record.LineState = plain("State.")

    @batch(
        Annotated["InvoiceConnection", strawberry.lazy("bff.schema.invoice")] | None, rule="invoices.list", counts=PAGE
    )
    @staticmethod
    async def invoices(
        lines: Sequence[record.Line], call: Call, *, first: First = 6, after: After = None
    ) -> Each[page_record.WindowedPage[invoice_record.Invoice]]:
        """Invoices of the last 12 months that bill it, alone or with other lines; newest first."""
        return await invoice.of_lines(call.context, lines, call.grant, Slice(first, after))

    @batch(Annotated["OrderConnection", strawberry.lazy("bff.schema.order")] | None, rule="orders.list", counts=PAGE)
    @staticmethod
    async def orders(
        lines: Sequence[record.Line], call: Call, *, first: First = 5, after: After = None
    ) -> Each[page_record.WindowedPage[order_record.Order]]:
        """Orders of the last 6 months that concern it; newest first."""
        return await order.of_lines(call.context, lines, call.grant, Slice(first, after))

    @batch(list[Service] | None, rule=PARENT, counts=assumed(20))
    @staticmethod
    async def services(lines: Sequence[record.Line], call: Call) -> Each[Sequence[service_record.Service]]:
        """Active services; sorted by name."""
        raise NotImplementedError  # each kind of line has its own

    freshness = freshness_field()


@view(record.Sim, rule=PARENT)
class Sim:
    """A SIM."""

    iccid: str | None = plain("ICCID, 19 digits.", rule="mobile.iccid")
    blocked: bool = plain("True when blocked on request.")


@view(record.MobileLine, rule="mobile.detail")
class MobileLine(Line):
    """A mobile line."""

    contract_number: str = plain("Number of the contract.")
    tariff_plan: str | None = plain("Tariff plan; null when not known.")
    prepaid: bool | None = plain("True for prepaid, false for a subscription; null when not known.")
    sim: Sim | None = plain("SIM; null when none is active.")

    @batch(Contract | None, rule=PARENT, reference=True)
    @staticmethod
    async def contract(lines: Sequence[record.MobileLine], call: Call) -> Each[contract_record.Contract | None]:
        """Contract; null where the profile can't see contracts."""
        return await contract.referred(call.context, [line.contract_key for line in lines])

    @batch(LineUsage | None, rule=PARENT)
    @staticmethod
    async def usage(lines: Sequence[record.MobileLine], call: Call) -> Each[usage_record.LineUsage | None]:
        """Credit and traffic."""
        return usage.of_lines(call.context, lines, call.grant)

    @batch(list[Service] | None, rule="services.line", counts=assumed(20))
    @staticmethod
    async def services(lines: Sequence[record.MobileLine], call: Call) -> Each[Sequence[service_record.Service] | None]:
        """Active services, premium ones among them; sorted by name."""
        return await service.of_mobile_lines(call.context, lines, call.grant)

    @batch(PremiumServices | None, rule="services.line")
    @staticmethod
    async def premium(lines: Sequence[record.MobileLine], call: Call) -> Each[service_record.PremiumServices | None]:
        """Premium services and their black list."""
        return await service.premium(call.context, lines, call.grant)


@view(record.FixedLine, rule="fixed.detail")
class FixedLine(Line):
    """A fixed line."""

    type: record.FixedLineType = plain("Technology.")
    location: Address | None = plain("Where it is; null when not known.")

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def customer_code(lines: Sequence[record.FixedLine], call: Call) -> Each[str]:
        """Customer code that it is billed to."""
        return await billing.customer_codes(call.context, lines)

    @batch(BillingAccount | None, rule=PARENT)
    @staticmethod
    async def account(lines: Sequence[record.FixedLine], call: Call) -> Each[billing_record.BillingAccount]:
        """Account that it is billed to; the billing settings are the account's."""
        return await billing.of_fixed_lines(call.context, lines)

    @batch(list[Service] | None, rule="services.fixed", counts=assumed(20))
    @staticmethod
    async def services(lines: Sequence[record.FixedLine], call: Call) -> Each[Sequence[service_record.Service]]:
        """Active services, TiAvviso and IVR among them; sorted by name."""
        return await service.of_fixed_lines(call.context, lines, call.grant)

    @batch(bool | None, rule=PARENT)
    @staticmethod
    async def ti_avviso(lines: Sequence[record.FixedLine], call: Call) -> Each[bool]:
        """TiAvviso: an SMS when spending passes twice the average of the last two invoices."""
        return await service.ti_avviso(call.context, lines)

    @batch(bool | None, rule=PARENT)
    @staticmethod
    async def ivr(lines: Sequence[record.FixedLine], call: Call) -> Each[bool]:
        """IVR: a spoken menu for callers."""
        return await service.ivr(call.context, lines)


@view(page_record.Page, rule=PARENT)
class LineConnection(Connection[Line]):
    """A page of lines, mobile and fixed."""


@view(page_record.Page, rule=PARENT)
class MobileLineConnection(Connection[MobileLine]):
    """A page of mobile lines."""


@view(page_record.Page, rule=PARENT)
class FixedLineConnection(Connection[FixedLine]):
    """A page of fixed lines."""


@strawberry.input(description="Which lines; conditions add up.")
class LineFilter:
    """See `bff.resolvers.line.LineFilter`."""

    kind: record.LineKind | None = optional("Only this kind.")
    states: list[record.LineState] | None = optional("Only these states.")
    search: str | None = optional("Part of the number.")


@strawberry.input(description="Which mobile lines; conditions add up.")
class MobileLineFilter:
    """See `bff.resolvers.line.MobileLineFilter`."""

    states: list[record.LineState] | None = optional("Only these states.")
    contract_ids: list[strawberry.ID] | None = optional("Only these contracts.")
    tariff_plan: str | None = optional("Only this tariff plan.")
    search: str | None = optional("Part of the number or ICCID.")


@strawberry.input(description="How to sort mobile lines.")
class MobileLineSort:
    """See `bff.resolvers.page.Sort`."""

    field: record.MobileLineSortField = strawberry.field(description="What to sort by.")
    direction: page_record.SortDirection = strawberry.field(
        description="Direction.", default=page_record.SortDirection.ASC
    )


@strawberry.input(description="Which fixed lines; conditions add up.")
class FixedLineFilter:
    """See `bff.resolvers.line.FixedLineFilter`."""

    states: list[record.LineState] | None = optional("Only these states.")
    types: list[record.FixedLineType] | None = optional("Only these technologies.")
    search: str | None = optional("Part of the number, street or town.")


@strawberry.input(description="How to sort fixed lines.")
class FixedLineSort:
    """See `bff.resolvers.page.Sort`."""

    field: record.FixedLineSortField = strawberry.field(description="What to sort by.")
    direction: page_record.SortDirection = strawberry.field(
        description="Direction.", default=page_record.SortDirection.ASC
    )

"""Fields that payloads share: what to follow after a change, and what it changed, as it is after it."""

from collections.abc import Sequence
from typing import Any

from bff.domain.change import Changed
from bff.domain.contract import Contract as ContractRecord
from bff.domain.invoice import Invoice as InvoiceRecord
from bff.domain.line import FixedLine as FixedLineRecord
from bff.domain.line import MobileLine as MobileLineRecord
from bff.domain.order import Order as OrderRecord
from bff.domain.request import ServiceRequest as ServiceRequestRecord
from bff.resolvers import changed
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT
from bff.schema.contract import Contract
from bff.schema.directives import assumed
from bff.schema.invoice import Invoice
from bff.schema.line import FixedLine, MobileLine
from bff.schema.order import Order
from bff.schema.request import ServiceRequest


def request() -> Any:
    """Make the field of the request to follow."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[ServiceRequestRecord | None]:
        """Request to follow; null when there is none."""
        return await changed.requests(call.context, changes, call.grant)

    return batch(ServiceRequest | None, rule=PARENT, reference=True)(field)


def order() -> Any:
    """Make the field of the order to follow."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[OrderRecord | None]:
        """Order to follow; null when there is none."""
        return await changed.orders(call.context, changes, call.grant)

    return batch(Order | None, rule=PARENT, reference=True)(field)


def contract() -> Any:
    """Make the field of the contract that was changed."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[ContractRecord | None]:
        """Contract after the change."""
        return await changed.contracts(call.context, changes)

    return batch(Contract | None, rule=PARENT, reference=True)(field)


def invoice() -> Any:
    """Make the field of the invoice that was changed."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[InvoiceRecord | None]:
        """Invoice after the change."""
        return await changed.invoices(call.context, changes, call.grant)

    return batch(Invoice | None, rule=PARENT, reference=True)(field)


def mobile_line() -> Any:
    """Make the field of the mobile line that was changed."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[MobileLineRecord | None]:
        """Line after the change."""
        return await changed.mobile_lines(call.context, changes, call.grant)

    return batch(MobileLine | None, rule=PARENT, reference=True)(field)


def fixed_line() -> Any:
    """Make the field of the fixed line that was changed."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[FixedLineRecord | None]:
        """Line after the change."""
        return await changed.fixed_lines(call.context, changes, call.grant)

    return batch(FixedLine | None, rule=PARENT, reference=True)(field)


def lines_of_account() -> Any:
    """Make the field of all lines of a fixed line's account."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[Sequence[FixedLineRecord] | None]:
        """All lines of the account, after the change; null when rejected."""
        return await changed.lines_of_account(call.context, changes, call.grant)

    return batch(list[FixedLine | None] | None, rule=PARENT, counts=assumed(10))(field)

"""Service requests and their tickets."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from bff.domain import document as document_record
from bff.domain import line as line_record
from bff.domain import page as page_record
from bff.domain import request as record
from bff.resolvers import document, request
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, plain, view
from bff.schema.document import Document
from bff.schema.line import Line
from bff.schema.page import WindowedConnection
from bff.schema.shared import Node, freshness_field

described(
    record.RequestKind,
    REGISTERED_OFFICE="Registered office.",
    COMMUNICATIONS_EMAIL="E-mail for fixed-line communications.",
    SIM_BLOCK="Block or release of a SIM.",
    CESSATION="Cessation of a line or its revocation.",
    RELOCATION="Relocation of a fixed line.",
    NUISANCE_CALLS="Nuisance calls.",
    BILLING="Direct debit, paperless invoice or delivery address.",
    SERVICE="Service of a contract or line.",
    PAYMENT_REPORT="Payment not recognised.",
    INVOICE_MERGE="Merge of invoices.",
    UNKNOWN="Not known to us.",
)
described(
    record.RequestState,
    RECEIVED="Received.",
    IN_PROGRESS="Being worked on.",
    DONE="Done.",
    REJECTED="Refused.",
    CANCELLED="Cancelled.",
    UNKNOWN="Not known to us.",
)
described(record.RequestSortField, MADE_AT="When they were made.", STATE="State.", KIND="What they are for.")


@view(record.Ticket, rule=PARENT)
class Ticket:
    """A ticket opened by a request."""

    number: str = plain("Number.")
    state: record.RequestState = plain("State.")
    opened_at: datetime = plain("When it was opened.")
    note: str | None = plain("Last note; null when there is none.")


@view(record.ServiceRequest, rule="requests.detail")
class ServiceRequest(Node):
    """A request made from the customer area."""

    reference: str = plain("Protocol number.")
    kind: record.RequestKind = plain("What it is for.")
    state: record.RequestState = plain("State.")
    made_at: datetime = plain("When it was made.")
    updated_at: datetime = plain("When it last changed, as far as is told: of a fixed one, when it was closed.")

    @batch(Line | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(requests: Sequence[record.ServiceRequest], call: Call) -> Each[line_record.Line | None]:
        """Line concerned; null when none or out of reach."""
        return await request.lines(call.context, requests, call.grant)

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def line_number(requests: Sequence[record.ServiceRequest], call: Call) -> Each[str | None]:
        """Number of the line concerned; null when none or out of reach."""
        return await request.line_numbers(call.context, requests)

    more_information: str | None = plain("More information; null when there is none.")
    ticket: Ticket | None = plain("Ticket that it opened; null when none.")

    @batch(Document | None, rule=PARENT, reference=True)
    @staticmethod
    async def document(requests: Sequence[record.ServiceRequest], _call: Call) -> Each[document_record.Document | None]:
        """File that it produced; null when none or not yet, and where the profile opens no documents."""
        return document.of_requests(requests)

    freshness = freshness_field()


@view(page_record.WindowedPage, rule=PARENT)
class ServiceRequestConnection(WindowedConnection[ServiceRequest]):
    """A page of requests."""


@strawberry.input(description="Which requests; conditions add up.")
class RequestFilter:
    """See `bff.resolvers.request.RequestFilter`."""

    kinds: list[record.RequestKind] | None = optional("Only these kinds.")
    states: list[record.RequestState] | None = optional("Only these states.")
    line_id: strawberry.ID | None = optional("Only this line.")


@strawberry.input(description="How to sort requests.")
class RequestSort:
    """See `bff.resolvers.page.Sort`."""

    field: record.RequestSortField = strawberry.field(description="What to sort by.")
    direction: page_record.SortDirection = strawberry.field(
        description="Direction.", default=page_record.SortDirection.ASC
    )

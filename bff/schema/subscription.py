"""What is told as it happens. The parent of each root is the thing that has changed, read anew and within reach."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from bff.domain import order as order_record
from bff.domain import payment as payment_record
from bff.domain import request as request_record
from bff.schema._batch import Call, Each, batch
from bff.schema.order import Order
from bff.schema.payment import Payment
from bff.schema.request import ServiceRequest


def _only(what: str) -> object:
    return strawberry.argument(description=f"Only this {what}; null takes all within reach.")


@strawberry.type(description="Changes as they happen; checked again at every event, closed with the session.")
class Subscription:
    """The roots; each names the function of the matrix that guards it. What feeds them: `bff.resolvers.live`."""

    @batch(Order | None, rule="orders.live")
    @staticmethod
    async def order_updated(
        orders: Sequence[order_record.Order],
        call: Call,
        *,
        order_id: Annotated[strawberry.ID | None, _only("order")] = None,
    ) -> Each[order_record.Order]:
        """An order changed."""
        del call, order_id  # what is within reach and asked for was sifted out of the list
        return orders

    @batch(ServiceRequest | None, rule="requests.live")
    @staticmethod
    async def request_updated(
        requests: Sequence[request_record.ServiceRequest],
        call: Call,
        *,
        request_id: Annotated[strawberry.ID | None, _only("request")] = None,
    ) -> Each[request_record.ServiceRequest]:
        """A request changed."""
        del call, request_id
        return requests

    @batch(Payment | None, rule="payments.live")
    @staticmethod
    async def payment_updated(
        payments: Sequence[payment_record.InvoicePayment | payment_record.TopUpPayment],
        call: Call,
        *,
        payment_id: Annotated[strawberry.ID | None, _only("payment")] = None,
    ) -> Each[payment_record.InvoicePayment | payment_record.TopUpPayment]:
        """A payment changed state."""
        del call, payment_id
        return payments

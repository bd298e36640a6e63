"""What changes of many things answer with: what became of each, and how it went all in all."""

from collections.abc import Sequence
from typing import Any

from bff.domain import change as record
from bff.resolvers import changed as resolved
from bff.schema import changed
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, interface, plain, view
from bff.schema.change import ChangeResult, UserError
from bff.schema.directives import assumed
from bff.schema.shared import Node

described(
    record.Outcome,
    SUCCESS="No item was rejected or is unknown.",
    PARTIAL="Some items.",
    FAILURE="No item was done or accepted.",
)


@view(record.ChangedItem, rule=PARENT)
class BulkResult(ChangeResult):
    """What became of one item."""

    @batch(Node | None, rule=PARENT, reference=True)
    @staticmethod
    async def subject(changes: Sequence[record.ChangedItem], call: Call) -> Each[Any]:
        """The item; null when its id isn't known."""
        return await resolved.subjects(call.context, changes, call.grant)

    request = changed.request()
    order = changed.order()


@interface()
class BulkPayload:
    """Answer to a mutation on many items."""

    outcome: record.Outcome = plain("How it went.")
    results: list[BulkResult] = plain(
        "One per item, in the order of the input, where it comes first.", counts=assumed(100)
    )
    user_errors: list[UserError] = plain("What concerns the whole; empty when items were tried.", counts=assumed(5))

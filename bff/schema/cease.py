"""Ceasing lines, and calling that off."""

from datetime import date

import strawberry

from bff.domain import cessation as record
from bff.domain.change import ChangedAll
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, view
from bff.schema.bulk import BulkPayload
from bff.schema.change import KEY

described(
    record.CessationReason,
    NOT_NEEDED="No longer needed.",
    OTHER_OPERATOR="Going to another operator.",
    COST="Too expensive.",
    QUALITY="Quality of the service.",
    CLOSURE="The company closes or leaves the place.",
    OTHER="Another reason.",
)


@strawberry.input(description="Cessation of lines, mobile and fixed together.")
class LinesCeaseInput:
    """See `bff.resolvers.cease.cease`."""

    line_ids: list[strawberry.ID] = strawberry.field(description="Lines, up to 50.")
    reason: record.CessationReason = strawberry.field(description="Why.")
    wanted_on: date | None = optional("Day wanted, from today to a year from now; null is as soon as possible.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class LinesCeasePayload(BulkPayload):
    """Answer to linesCease."""


@strawberry.input(description="Revocation of cessations.")
class LinesCeaseRevokeInput:
    """See `bff.resolvers.cease.revoke`."""

    line_ids: list[strawberry.ID] = strawberry.field(
        description="Lines, up to 50; mobile ones that were ceased together are revoked together."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class LinesCeaseRevokePayload(BulkPayload):
    """Answer to linesCeaseRevoke."""

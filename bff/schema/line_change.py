"""What is asked for of lines: reports of nuisance calls, a relocation."""

from datetime import date, datetime

import strawberry

from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._view import PARENT, optional, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.shared import AddressInput


@strawberry.input(description="Report of nuisance calls on a mobile line.")
class MobileNuisanceReportInput:
    """See `bff.resolvers.nuisance.mobile`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    caller: str | None = optional("Number that calls, with its country code; null when withheld.")
    times: list[datetime] = strawberry.field(description="When the calls came, up to 20 of the last six months.")
    note: str | None = optional("What happened, up to 500 characters; null when there is nothing to add.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class MobileNuisanceReportPayload(ChangeResult):
    """Answer to mobileNuisanceReport."""

    request = changed.request()


@strawberry.input(description="Report of nuisance calls on a fixed line.")
class FixedNuisanceReportInput:
    """See `bff.resolvers.nuisance.fixed`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    caller: str | None = optional("Number that calls, with its country code; null when withheld.")
    times: list[datetime] = strawberry.field(description="When the calls came, up to 20 of the last six months.")
    police_report: str | None = optional("Number of a report to the police; null without one.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class FixedNuisanceReportPayload(ChangeResult):
    """Answer to fixedNuisanceReport."""

    request = changed.request()


@strawberry.input(
    description="Relocation of a fixed line; it cancels the account's direct debit, so tell the user before."
)
class FixedLineRelocateInput:
    """See `bff.resolvers.relocation.relocate`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    address: AddressInput = strawberry.field(description="Where to.")
    contact_phone: str = strawberry.field(description="Number to call about the works, with its country code.")
    keep_number: bool = strawberry.field(description="True to keep the number where that is possible.", default=True)
    wanted_on: date | None = optional("Day wanted, from today to a year from now; null is as soon as possible.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class FixedLineRelocatePayload(ChangeResult):
    """Answer to fixedLineRelocate."""

    request = changed.request()
    line = changed.fixed_line()

"""Setting the services of mobile contracts and lines."""

from decimal import Decimal

import strawberry

from bff.domain.change import Changed
from bff.domain.service import ThresholdKind
from bff.schema import changed
from bff.schema._view import PARENT, optional, view
from bff.schema.change import KEY, ChangeResult


@strawberry.input(description="A spending threshold.")
class SpendingThresholdInput:
    """See `bff.resolvers.contract_service.Threshold`."""

    kind: ThresholdKind = strawberry.field(description="What it limits; UNKNOWN is refused.")
    limit: Decimal = strawberry.field(
        description="Limit per calendar month in euro, VAT excluded: 0 to 999999.99, at most two decimals."
    )


@strawberry.input(description="Spending thresholds of a mobile contract.")
class SpendingThresholdsSetInput:
    """See `bff.resolvers.contract_service.thresholds`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    thresholds: list[SpendingThresholdInput] = strawberry.field(
        description="All thresholds, one of a kind; those left out are removed."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Two numbers to join.")
class TimDuoPairInput:
    """See `bff.resolvers.contract_service.Pair`."""

    line_number: str = strawberry.field(description="Number of the mobile line, E.164; one of the contract's.")
    paired_number: str = strawberry.field(description="Number to join to it, E.164.")


@strawberry.input(description="TIMDUO of a mobile contract.")
class TimDuoSetInput:
    """See `bff.resolvers.contract_service.tim_duo`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    pairs: list[TimDuoPairInput] = strawberry.field(
        description="All pairs, at most 20, each number once; those left out are ended, and without any TIMDUO itself."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Company reference of a mobile contract.")
class CompanyReferenceSetInput:
    """See `bff.resolvers.contract_service.company_reference`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    reference: str | None = optional("Reference, 1 to 20 characters without accents; null removes it.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Charity SMS of a mobile contract.")
class CharitySmsSetInput:
    """See `bff.resolvers.contract_service.charity_sms`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    enabled: bool = strawberry.field(description="True to allow them.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Premium services of a mobile line.")
class PremiumServicesSetInput:
    """See `bff.resolvers.premium_service.allow`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    enabled: bool = strawberry.field(description="True to allow them; false ends none that is active.")
    end: list[str] | None = strawberry.field(description="Codes of active ones to end.", default_factory=list)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Black list of premium services of a mobile line.")
class PremiumBlackListSetInput:
    """See `bff.resolvers.premium_service.black_list`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    black_list: list[str] = strawberry.field(
        description="All barred senders, at most 100, short codes or E.164; those left out are allowed again."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class SpendingThresholdsSetPayload(ChangeResult):
    """Answer to spendingThresholdsSet."""

    request = changed.request()
    contract = changed.contract()


@view(Changed, rule=PARENT)
class TimDuoSetPayload(ChangeResult):
    """Answer to timDuoSet."""

    request = changed.request()
    contract = changed.contract()


@view(Changed, rule=PARENT)
class CompanyReferenceSetPayload(ChangeResult):
    """Answer to companyReferenceSet."""

    request = changed.request()
    contract = changed.contract()


@view(Changed, rule=PARENT)
class CharitySmsSetPayload(ChangeResult):
    """Answer to charitySmsSet."""

    request = changed.request()
    contract = changed.contract()


@view(Changed, rule=PARENT)
class PremiumServicesSetPayload(ChangeResult):
    """Answer to premiumServicesSet."""

    request = changed.request()
    line = changed.mobile_line()


@view(Changed, rule=PARENT)
class PremiumBlackListSetPayload(ChangeResult):
    """Answer to premiumBlackListSet."""

    request = changed.request()
    line = changed.mobile_line()

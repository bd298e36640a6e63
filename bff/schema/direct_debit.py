"""Direct debits, begun, replaced or ended."""

import strawberry

from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._view import PARENT, optional, view
from bff.schema.change import KEY, ChangeResult


@strawberry.input(description="A mandate for direct debit.")
class MandateInput:
    """See `bff.resolvers.direct_debit.MandateGiven`."""

    iban: str = strawberry.field(description="IBAN.")
    holder: str = strawberry.field(description="Holder of the account.")
    holder_tax_code: str = strawberry.field(description="Tax code of the holder, 11 or 16 characters.")
    signer_tax_code: str = strawberry.field(description="Tax code of who signs, 16 characters.")


@strawberry.input(one_of=True, description="A new mandate, or the end of the one in force.")
class DirectDebitInput:
    """See `bff.resolvers.direct_debit.DebitGiven`."""

    mandate: MandateInput | None = optional("Start, or replace, the direct debit.")
    end: bool | None = optional("Give true to end it.")


@strawberry.input(description="Direct debit of a mobile contract.")
class ContractDirectDebitSetInput:
    """See `bff.resolvers.direct_debit.of_contract`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    direct_debit: DirectDebitInput = strawberry.field(description="What to set.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class ContractDirectDebitSetPayload(ChangeResult):
    """Answer to contractDirectDebitSet."""

    request = changed.request()
    contract = changed.contract()


@strawberry.input(description="Direct debit of the account that a fixed line is billed to.")
class FixedLineDirectDebitSetInput:
    """See `bff.resolvers.direct_debit.of_fixed_line`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    direct_debit: DirectDebitInput = strawberry.field(description="What to set.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class FixedLineDirectDebitSetPayload(ChangeResult):
    """Answer to fixedLineDirectDebitSet."""

    request = changed.request()
    lines = changed.lines_of_account()

"""Billing settings of contracts and fixed lines."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from bff.domain import billing as record
from bff.domain import line as line_record
from bff.resolvers import billing, line
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.directives import assumed
from bff.schema.shared import Address

if TYPE_CHECKING:
    from bff.schema.line import FixedLine


@view(record.DirectDebit, rule=PARENT)
class DirectDebit:
    """A direct debit."""

    iban: str | None = plain("IBAN, all but the last 4 characters hidden; null when the system doesn't say.")
    holder: str | None = plain("Holder of the account; null when the system doesn't say.")
    valid_from: date | None = plain(
        "First day in force; in the future while the bank's answer is awaited, up to 30 days; null when unknown."
    )


@view(record.Billing, rule=PARENT)
class Billing:
    """How a mobile contract or the account of fixed lines is billed."""

    paperless: bool = plain("True when invoices come without paper.")
    delivery_address: Address | None = plain("Where paper invoices go; null when paperless.")

    @batch(DirectDebit | None, rule=PARENT)
    @staticmethod
    async def direct_debit(settings: Sequence[record.Billing], call: Call) -> Each[record.DirectDebit | None]:
        """Direct debit; null when there is none."""
        return await billing.direct_debits(call.context, settings)


@view(record.BillingAccount, rule="fixed.detail")
class BillingAccount:
    """A billing account of fixed lines; its settings hold for all of them."""

    code: str = plain("Account code, 12 digits.")
    billing: Billing = plain("Direct debit, paperless invoice and delivery address.")

    @batch(
        list[Annotated["FixedLine", strawberry.lazy("bff.schema.line")] | None] | None, rule=PARENT, counts=assumed(10)
    )
    @staticmethod
    async def lines(accounts: Sequence[record.BillingAccount], call: Call) -> Each[Sequence[line_record.FixedLine]]:
        """Lines billed to it; sorted by number."""
        return await line.of_accounts(call.context, [account.code for account in accounts], call.grant)

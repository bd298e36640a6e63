"""Billing settings of contracts and fixed lines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from bff.domain import billing as record
from bff.domain import line as line_record
from bff.resolvers import line
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.directives import assumed
from bff.schema.shared import Address

if TYPE_CHECKING:
    from bff.schema.line import FixedLine


@view(record.Billing, rule=PARENT)
class Billing:
    """How a mobile contract or the account of fixed lines is billed."""

    paperless: bool = plain("True when invoices come without paper.")
    delivery_address: Address | None = plain("Where paper invoices go; null when paperless.")


@view(record.BillingAccount, rule="fixed.detail")
class BillingAccount:
    """A billing account of fixed lines; its settings hold for all of them."""

    code: str = plain("Account code, 12 digits.")
    billing: Billing = plain("Paperless invoice and delivery address.")

    @batch(
        list[Annotated["FixedLine", strawberry.lazy("bff.schema.line")] | None] | None, rule=PARENT, counts=assumed(10)
    )
    @staticmethod
    async def lines(accounts: Sequence[record.BillingAccount], call: Call) -> Each[Sequence[line_record.FixedLine]]:
        """Lines billed to it; sorted by number."""
        return await line.of_accounts(call.context, [account.code for account in accounts], call.grant)

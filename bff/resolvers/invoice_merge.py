"""One PDF of two invoices of fixed lines: what is judged before."""

from collections.abc import Sequence
from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.request import InvoiceMerge
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import Invoice
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import acting, invoice
from bff.resolvers._id import parts_of

_DOING = acting.Doing("invoicesMerge", System.FIXED, ("invoice", "request"))
_FIELDS = ("firstInvoiceId", "secondInvoiceId")
_SAME = Text("Indica due fatture diverse.", "Name two different invoices.")
_APART = Text(
    "Le fatture non sono dello stesso bimestre e codice cliente.",
    "The invoices aren't of the same bimester and customer code.",
)


class Wanted(acting.Keyed, Protocol):
    """Two invoices by their global ids."""

    @property
    def first_invoice_id(self) -> str:
        """Global id of an invoice."""

    @property
    def second_invoice_id(self) -> str:
        """Global id of another."""


async def merge(context: Context, wanted: Wanted) -> Changed:
    """Ask for one PDF of two invoices. Raises BffError when it was surely not asked for."""
    keys = [parts_of(context, each, Invoice) for each in (wanted.first_invoice_id, wanted.second_invoice_id)]

    async def prepare() -> Judged:
        first, second = await _pair(context, keys)
        for found, field in zip((first, second), _FIELDS, strict=True):
            await acting.judge(context, _DOING.mutation, found, field)
        await _check_together(context, first, second)
        return Judged(InvoiceMerge(first=first.key, second=second.key, person_key=context.principal.person_key))

    return await acting.change(context, _DOING, wanted.idempotency_key, {"invoices": keys}, prepare)


async def _pair(context: Context, keys: Sequence[tuple[str, ...] | None]) -> list[Invoice]:
    """Read both, past the cache. Raises Refused, and BffError."""
    for key, field in zip(keys, _FIELDS, strict=True):
        if key is None:
            acting.unknown(context, field)
    read = await invoice.by_key(context, [each for each in keys if each is not None])
    return [acting.found(context, each, field) for each, field in zip(read, _FIELDS, strict=True)]


async def _check_together(context: Context, first: Invoice, second: Invoice) -> None:
    if first.key == second.key:
        acting.refuse(context, ErrorCode.INVALID, _SAME, _FIELDS[1])
    [others] = await invoice.mergeable_with(context, [first])
    if isinstance(others, BffError):
        raise others
    if second.key not in {each.key for each in others}:
        acting.refuse(context, ErrorCode.INVALID, _APART, _FIELDS[1])

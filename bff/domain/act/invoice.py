"""What can be done with invoices, and when not."""

from collections.abc import Sequence

import msgspec

from bff.domain.act._judge import Act, Facts, Hindrance, in_progress, state
from bff.domain.action import ActionReason
from bff.domain.invoice import UNSETTLED, Invoice, InvoiceState, is_of_bimester
from bff.domain.period import invoices_from
from bff.domain.request import RequestKind
from bff.domain.text import Text

_NOT_READY = state("Il documento non è ancora disponibile.", "The document isn't ready yet.")
_CREDIT_NOTE = state("Una nota di credito non si paga.", "A credit note isn't paid.", hidden=True)
_KIND_UNKNOWN = state("Il tipo di documento non è noto.", "The kind of document isn't known.")
_WHY = {
    InvoiceState.PAID: state("La fattura risulta pagata.", "The invoice is paid."),
    InvoiceState.CANCELLED: state("La fattura è stata annullata.", "The invoice was cancelled."),
    InvoiceState.BEING_VERIFIED: in_progress(
        "Il pagamento della fattura è in verifica.", "The payment of the invoice is being verified."
    ),
}
_UNKNOWN = state("Lo stato della fattura non è noto.", "The state of the invoice isn't known.")
_NOT_MERGED = state(
    "Si uniscono solo le fatture di rete fissa di uno stesso bimestre.",
    "Only invoices of fixed lines of one bimester can be merged.",
    hidden=True,
)
_TOO_OLD = Hindrance(
    ActionReason.WINDOW_EXPIRED,
    Text("La fattura ha più di 12 mesi.", "The invoice is older than 12 months."),
)
_ALONE = state("Non ci sono altre fatture dello stesso bimestre.", "There is no other invoice of the same bimester.")


class Mergeable(msgspec.Struct, frozen=True):
    """The invoices of the customer that one may be merged with."""

    invoices: Sequence[Invoice]


def _is_unpaid(invoice: Invoice, _facts: Facts) -> Hindrance | None:
    if invoice.credit_note:
        return _CREDIT_NOTE
    if invoice.state not in UNSETTLED:
        return _WHY.get(invoice.state, _UNKNOWN)
    return _KIND_UNKNOWN if invoice.credit_note is None else None


def _has_bimester(invoice: Invoice, facts: Facts) -> Hindrance | None:
    if not is_of_bimester(invoice):
        return _NOT_MERGED
    return _TOO_OLD if invoice.issued_on < invoices_from(facts.today, facts.profile) else None


def _has_others(found: Mergeable, _facts: Facts) -> Hindrance | None:
    return None if found.invoices else _ALONE


def _has_document(invoice: Invoice, _facts: Facts) -> Hindrance | None:
    return None if invoice.has_document else _NOT_READY


ACTS = (
    Act(name="invoicesPay", function="invoices.pay", concerns=Invoice, check=_is_unpaid),
    Act(name="invoicePaymentReport", function="invoices.unrecognised", concerns=Invoice, check=_is_unpaid),
    Act(
        name="invoicesMerge",
        function="invoices.merge",
        concerns=Invoice,
        check=_has_bimester,
        beside=Mergeable,
        check_beside=_has_others,
        becomes=RequestKind.INVOICE_MERGE,
    ),
    Act(name="documentLinkCreate", function="invoices.pdf", concerns=Invoice, check=_has_document),
)

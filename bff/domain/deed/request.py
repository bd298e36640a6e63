"""Deeds that ask for something that takes its time: what becomes a request."""

import msgspec

from bff.domain.invoice import InvoiceKey
from bff.domain.request import RequestKind


class FixedPaymentReport(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-report", tag_field="deed"):
    """To report that the payment of a fixed invoice was not recognised; the invoice may be another customer's."""

    invoice: InvoiceKey
    another: bool
    person_key: str


class InvoiceMerge(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="invoice-merge", tag_field="deed"):
    """To make one PDF of two fixed invoices."""

    first: InvoiceKey
    second: InvoiceKey
    person_key: str


class FixedOffice(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-office", tag_field="deed"):
    """To change the registered office of a customer of the fixed network."""

    customer_code: str
    person_key: str


class ContactEmail(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="contact-email", tag_field="deed"):
    """To set the e-mail for communications of a customer of the fixed network."""

    customer_code: str
    person_key: str


class MobileTicket(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-ticket", tag_field="deed"):
    """To open a ticket at the mobile network, about a bill or a line; None for none."""

    kind: RequestKind
    customer_key: str
    person_key: str
    bill_key: str | None = None
    line_key: str | None = None

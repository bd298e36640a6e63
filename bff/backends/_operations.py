"""Every operation that the BFF calls, with the group that fails together and whether it may be called twice.

A call that is not in this table can't be made. A group shares one breaker and one switch: the operations that the same
part of a system answers, by what spec/legacy.md says they read. Names are the systems' own.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from bff.domain.system import System


class Facts(NamedTuple):
    """What is known of an operation: its group, and whether it only reads, so that a lost call may be made again."""

    group: str
    reads: bool = True


FILES: Final = "documents"
"""The group of what is not answered whole but streams: `_file` calls it, and not `_http`."""

OPERATIONS: Mapping[System, Mapping[str, Facts]] = {
    System.MOBILE: {
        "GET /organization": Facts("customers"),
        "GET /individual": Facts("customers"),
        "GET /customer": Facts("customers"),
        "GET /billingAccount": Facts("accounts"),
        "GET /paymentMethod": Facts("accounts"),
        "GET /agreement": Facts("contracts"),
        "GET /product": Facts("lines"),
        "GET /resource": Facts("lines"),
        "GET /customerBill": Facts("invoices"),
        "GET /appliedCustomerBillingRate": Facts("invoices"),
        "GET /billDocument/{id}": Facts(FILES),
        "GET /productOrder": Facts("orders"),
        "GET /shippingOrder": Facts("orders"),
        "GET /bucket": Facts("credit"),
        # Tasks that only compute: posted again they are other tasks with the same result.
        "POST /queryUsageConsumption": Facts("consumption", reads=True),
        "GET /queryUsageConsumption/{id}": Facts("consumption"),
        "GET /usage": Facts("records"),
        "GET /serviceOrder": Facts("requests"),
        "PATCH /billingAccount/{id}": Facts("acts", reads=False),
        "POST /paymentMethod": Facts("acts", reads=False),
        "POST /serviceOrder": Facts("acts", reads=False),
        "POST /productOrder": Facts("acts", reads=False),
        "POST /cancelProductOrder": Facts("acts", reads=False),
        "GET /payment": Facts("payments"),
        "POST /payment": Facts("payments", reads=False),
        "GET /topupBalance": Facts("payments"),
        "POST /topupBalance": Facts("payments", reads=False),
        "GET /troubleTicket": Facts("requests"),
        "POST /troubleTicket": Facts("acts", reads=False),
        "POST /searchTimeSlot": Facts("appointments"),
        "POST /communicationMessage": Facts("messages", reads=False),
        "GET /appointment": Facts("appointments"),
        "POST /appointment": Facts("acts", reads=False),
        "GET /queryProductRecommendation": Facts("offers"),
        "GET /productOffering": Facts("offers"),
        "GET /promotion": Facts("offers"),
    },
    System.FIXED: {
        "FindCustomersByTaxCode": Facts("customers"),
        "FindAccountsByCustomer": Facts("accounts"),
        "FindLinesByAccount": Facts("lines"),
        "FindLinesById": Facts("lines"),
        "FindServicesByLine": Facts("services"),
        "FindInvoicesByAccount": Facts("invoices"),
        "FindUnpaidInvoicesByAccount": Facts("invoices"),
        "GetInvoiceDocument": Facts(FILES),
        "FindOrdersByCustomer": Facts("orders"),
        "FindRequestsByCustomer": Facts("requests"),
        "FindRequestsByProtocol": Facts("requests"),
        "NotifyPayment": Facts("payments", reads=False),
        "FindByExternalRequestId": Facts("requests"),
        "LookupThirdPartyInvoice": Facts("invoices"),
        "SetInvoiceDeliveryAddress": Facts("acts", reads=False),
        "SetLineService": Facts("acts", reads=False),
        "SetPaperless": Facts("acts", reads=False),
        "SubmitDirectDebit": Facts("acts", reads=False),
        "SetContactEmail": Facts("acts", reads=False),
        "SubmitInvoiceMerge": Facts("acts", reads=False),
        "SubmitLineCease": Facts("acts", reads=False),
        "RevokeLineCease": Facts("acts", reads=False),
        "SubmitLegalAddressChange": Facts("acts", reads=False),
        "SubmitLineRelocation": Facts("acts", reads=False),
        "SubmitNuisanceCallReport": Facts("acts", reads=False),
        "SubmitPaymentNotRecognised": Facts("acts", reads=False),
    },
    System.DIRECTORY: {
        "GET /Users": Facts("users"),
        "GET /Users/{id}": Facts("users"),
        "POST /Users": Facts("acts", reads=False),
        "PATCH /Users/{id}": Facts("acts", reads=False),
        "DELETE /Users/{id}": Facts("acts", reads=False),
    },
    System.IDENTITY: {
        "discovery": Facts("keys"),
        "jwks": Facts("keys"),
        "POST /account/links": Facts("accounts", reads=False),
    },
    System.PAYMENTS: {"POST /sessions": Facts("sessions", reads=False), "GET /sessions": Facts("sessions")},
    System.MAIL: {"send": Facts("mail", reads=False)},
}


GROUPS: Mapping[System, tuple[str, ...]] = {
    system: tuple(dict.fromkeys(facts.group for facts in operations.values()))
    for system, operations in OPERATIONS.items()
}
"""The groups of each system, in the order of the table."""

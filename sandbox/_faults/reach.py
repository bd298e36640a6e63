"""Which operation can meet which quirk, as one table. A test plays all of it on the wire, and the rest in vain.

An operation is named as in the ledger. What decides is what its answers hold: rows and pages, digits and dates, codes
and amounts. So a fault that is on and changes nothing is a rule that is refused, not a test that proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from sandbox._faults.quirk import MODES, Mode, Quirk

System = Literal["mobile", "fixed", "directory", "identity"]
Quirks = frozenset[Quirk]

_ANSWER: Final = frozenset(
    {
        Quirk.SLOW_TAIL,
        Quirk.NO_ANSWER,
        Quirk.NIGHT_WINDOW,
        Quirk.ERROR_FAULT_500,
        Quirk.ERROR_FAULT_200,
        Quirk.ERROR_CODE_IN_ANSWER,
        Quirk.HTTP_ERROR,
        Quirk.TRUNCATED,
        Quirk.HTML_INSTEAD,
        Quirk.WRONG_CONTENT_TYPE,
    }
)
"""What any answer can meet, whatever it holds."""

_SHARED: Final = _ANSWER | {Quirk.TOO_MANY_CALLS}
_ROWS: Final = frozenset(
    {
        Quirk.POISONED_KEY,
        Quirk.SHUFFLED,
        Quirk.DUPLICATED,
        Quirk.FOREIGN_ROWS,
        Quirk.MISSING_ROWS,
        Quirk.WRONG_TOTAL,
    }
)
_PAGES: Final = frozenset({Quirk.CAPPED_PAGE, Quirk.UNSTABLE_PAGING})
_TEXT: Final = frozenset({Quirk.ENCODING, Quirk.PADDED_FIELDS, Quirk.NULL_SHAPES})
_CODES: Final = frozenset({Quirk.UNKNOWN_CODE, Quirk.WRONG_CASE})
_DIGITS: Final = frozenset({Quirk.IDS_AS_NUMBERS, Quirk.SCIENTIFIC_NOTATION})

_JSON: Final = _SHARED | _TEXT | _CODES | {Quirk.SINGLE_AS_OBJECT}
_MOBILE_LIST: Final = _ROWS | _PAGES | {Quirk.IGNORED_FILTER}
_MOBILE: Final[Mapping[str, Quirks]] = {
    "customer": frozenset(),
    "organization": _DIGITS | {Quirk.LOST_ZEROS},
    "individual": _DIGITS,
    "agreement": _DIGITS | {Quirk.LOST_ZEROS, Quirk.LOCAL_TIMES, Quirk.SENTINEL_DATES},
    "product": _DIGITS | {Quirk.LOCAL_TIMES},
    "resource": _DIGITS,
    "billingAccount": frozenset({Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES, Quirk.SENTINEL_DATES, Quirk.APOSTROPHES}),
    "paymentMethod": frozenset({Quirk.LOCAL_TIMES, Quirk.SENTINEL_DATES}),
    "customerBill": frozenset({Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES}),
    "appliedCustomerBillingRate": frozenset({Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES}),
    "productOrder": frozenset({Quirk.LOCAL_TIMES, Quirk.SENTINEL_DATES}),
    "shippingOrder": frozenset({Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES}),
    "queryProductRecommendation": frozenset(),
    "productOffering": frozenset({Quirk.AMOUNT_NOTATION}),
    "promotion": frozenset({Quirk.LOCAL_TIMES, Quirk.SENTINEL_DATES}),
    "payment": frozenset({Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES}),
    "topupBalance": frozenset({Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES}),
    "bucket": _DIGITS | {Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES},
    "usage": _DIGITS | {Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES},
    "serviceOrder": frozenset({Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES}),
    "troubleTicket": frozenset({Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES}),
    "appointment": frozenset({Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES}),
}
"""By resource: what its documents can meet beyond what all can."""
_TASK: Final = _JSON | {
    Quirk.POISONED_KEY,
    Quirk.SHUFFLED,
    Quirk.DUPLICATED,
    Quirk.FOREIGN_ROWS,
    Quirk.MISSING_ROWS,
    Quirk.LOCAL_TIMES,
}
"""What a task that computes can meet: what it finds are rows without pages."""
_CHANGE: Final = frozenset({Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS, Quirk.REFUSED_LATER})
"""What only a change can meet."""
_SET: Final = frozenset({Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS})
"""What a value that is set can meet: nobody refuses it later."""
_CONSUMPTION: Final = _TASK | {Quirk.SENTINEL_DATES}
_CONSUMPTION_CALLS: Final = (("POST", ""), ("GET", "/{id}"))
_FLAT: Final = "appliedCustomerBillingRate"  # the one whose documents hold no list

_SIGNED: Final = _SHARED | {Quirk.ENCODING, Quirk.CLOCK_SKEW}
_FIND: Final = _SIGNED | _ROWS | _TEXT | {Quirk.PARTIAL_BULK}
_LINES: Final = _CODES | {Quirk.LOST_ZEROS, Quirk.SENTINEL_DATES, Quirk.APOSTROPHES, Quirk.SCIENTIFIC_NOTATION}
_INVOICES: Final = _CODES | {Quirk.LOST_ZEROS, Quirk.SCIENTIFIC_NOTATION, Quirk.AMOUNT_NOTATION}
_ORDERS: Final = _CODES | {Quirk.LOST_ZEROS, Quirk.SENTINEL_DATES, Quirk.LOCAL_TIMES}
_REQUESTS: Final = _ORDERS
_NARROWED: Final = _PAGES | {Quirk.IGNORED_FILTER}
_FIXED: Final[Mapping[str, Quirks]] = {
    "FindCustomersByTaxCode": _FIND | {Quirk.LOST_ZEROS, Quirk.SCIENTIFIC_NOTATION, Quirk.SENTINEL_DATES},
    "FindAccountsByCustomer": _FIND
    | _PAGES
    | {Quirk.LOST_ZEROS, Quirk.SCIENTIFIC_NOTATION, Quirk.SENTINEL_DATES, Quirk.WRONG_CASE, Quirk.APOSTROPHES},
    "FindLinesByAccount": _FIND | _LINES | _NARROWED,
    "FindLinesById": _FIND | _LINES,
    "FindServicesByLine": _FIND | {Quirk.LOST_ZEROS, Quirk.SENTINEL_DATES, Quirk.WRONG_CASE},
    "FindInvoicesByAccount": _FIND | _INVOICES | _NARROWED,
    "FindUnpaidInvoicesByAccount": _FIND | _INVOICES | _NARROWED,
    "FindInvoicesByNumber": _FIND | _INVOICES,
    "FindOrdersByCustomer": _FIND | _ORDERS | _NARROWED,
    "FindOrdersById": _FIND | _ORDERS,
    "FindRequestsByCustomer": _FIND | _REQUESTS | _NARROWED,
    "FindRequestsByProtocol": _FIND | _REQUESTS,
    "FindByExternalRequestId": _SIGNED | _TEXT | _REQUESTS,
    "LookupThirdPartyInvoice": _SIGNED | _TEXT | _INVOICES,
    **dict.fromkeys(
        ("SetContactEmail", "SetInvoiceDeliveryAddress", "SetPaperless"),
        _SIGNED | {Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS},
    ),
    **dict.fromkeys(("RevokeLineCease", "SubmitLineCease"), _SIGNED | _CHANGE | {Quirk.PARTIAL_BULK}),
    **dict.fromkeys(
        (
            "SetLineService",
            "SubmitDirectDebit",
            "SubmitInvoiceMerge",
            "SubmitLegalAddressChange",
            "SubmitLineRelocation",
            "SubmitNuisanceCallReport",
            "SubmitPaymentNotRecognised",
        ),
        _SIGNED | _CHANGE,
    ),
    "NotifyPayment": _SIGNED | {Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS},
    "GetInvoiceDocument": _SIGNED | {Quirk.BAD_DOCUMENT},
    "Ping": _SIGNED | {Quirk.SENTINEL_DATES, Quirk.PADDED_FIELDS, Quirk.WRONG_CASE},
}
_NOT_THERE_YET: Final = ("FindPaymentsByInvoice",)

_USER: Final = _JSON | {Quirk.IDS_AS_NUMBERS, Quirk.LOST_ZEROS, Quirk.SCIENTIFIC_NOTATION}
_DIRECTORY: Final[Mapping[str, Quirks]] = {
    "GET /Users": _USER | _ROWS | _PAGES,
    "GET /Users/{id}": _USER,
    "POST /Users": _SHARED | _SET,
    "PATCH /Users/{id}": _SHARED | _SET | {Quirk.NO_CONTENT, Quirk.CHANGED_MEANWHILE},
    "DELETE /Users/{id}": (_SHARED | _SET | {Quirk.CHANGED_MEANWHILE}) - {Quirk.TRUNCATED, Quirk.WRONG_CONTENT_TYPE},
    **dict.fromkeys(
        (
            "PUT /Users/{id}",
            "POST /Bulk",
            "GET /ServiceProviderConfig",
            "GET /ResourceTypes",
            "GET /ResourceTypes/{id}",
            "GET /Schemas",
            "GET /Schemas/{id}",
        ),
        _SHARED,
    ),
}
_IDENTITY: Final[Mapping[str, Quirks]] = {
    **dict.fromkeys(("GET /.well-known/openid-configuration", "GET /jwks"), _ANSWER | {Quirk.ENCODING}),
    **dict.fromkeys(
        (
            "POST /account/links",
            "GET /account",
            "POST /account",
            "GET /authorize",
            "POST /authorize",
            "POST /token",
            "GET /end_session",
            "POST /end_session",
        ),
        _ANSWER,
    ),
}

_REACH: Final[Mapping[tuple[System, str], Quirks]] = {
    **{("mobile", f"GET /{name}"): _JSON | _MOBILE_LIST | own for name, own in _MOBILE.items()},
    **{("mobile", f"GET /{name}/{{id}}"): _JSON | {Quirk.POISONED_KEY} | own for name, own in _MOBILE.items()},
    ("mobile", f"GET /{_FLAT}/{{id}}"): (_JSON | {Quirk.POISONED_KEY} | _MOBILE[_FLAT]) - {Quirk.SINGLE_AS_OBJECT},
    **{("mobile", f"{method} /queryUsageConsumption{place}"): _CONSUMPTION for method, place in _CONSUMPTION_CALLS},
    ("mobile", "POST /searchTimeSlot"): _TASK,
    ("mobile", "POST /communicationMessage"): _JSON
    | {Quirk.POISONED_KEY, Quirk.IDS_AS_NUMBERS, Quirk.SCIENTIFIC_NOTATION, Quirk.LOCAL_TIMES, Quirk.TAKEN_UNANSWERED},
    ("mobile", "PATCH /billingAccount/{id}"): _JSON
    | _MOBILE["billingAccount"]
    | {Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS},
    ("mobile", "POST /paymentMethod"): _JSON | _MOBILE["paymentMethod"] | {Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS},
    ("mobile", "POST /payment"): _JSON | _MOBILE["payment"] | _CHANGE,
    ("mobile", "POST /topupBalance"): _JSON | _MOBILE["topupBalance"] | _CHANGE,
    ("mobile", "POST /serviceOrder"): _JSON | _CHANGE | _MOBILE["serviceOrder"],
    ("mobile", "POST /productOrder"): _JSON | _CHANGE | _MOBILE["productOrder"],
    ("mobile", "POST /cancelProductOrder"): (_JSON - {Quirk.SINGLE_AS_OBJECT, Quirk.NULL_SHAPES})
    | {Quirk.TAKEN_UNANSWERED, Quirk.LATE_READS, Quirk.LOCAL_TIMES},
    ("mobile", "POST /troubleTicket"): _JSON | _CHANGE | _MOBILE["troubleTicket"],
    ("mobile", "POST /appointment"): _JSON | _CHANGE | {Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES},
    ("mobile", "GET /billDocument/{id}"): _SHARED | {Quirk.BAD_DOCUMENT},
    **{("fixed", name): quirks for name, quirks in _FIXED.items()},
    **{("fixed", name): _SIGNED for name in _NOT_THERE_YET},
    **{("directory", name): quirks for name, quirks in _DIRECTORY.items()},
    **{("identity", name): quirks for name, quirks in _IDENTITY.items()},
}

_NO_SUCH_MODE: Final[Mapping[tuple[System, Quirk], frozenset[Mode]]] = {
    # The XSD's amounts are the Italian ones, and XML has no numbers.
    ("fixed", Quirk.AMOUNT_NOTATION): frozenset({"italian", "float"}),
    # SOAP names no type: a document is a text.
    ("fixed", Quirk.BAD_DOCUMENT): frozenset({"wrong_type"}),
}


def applies(system: System, operation: str) -> Quirks:
    """Name the quirks that can strike an operation; none for what is no operation."""
    return _REACH.get((system, operation), frozenset())


def operations() -> tuple[tuple[System, str], ...]:
    """Give all operations, each with its system."""
    return tuple(_REACH)


@cache
def modes(system: System, quirk: Quirk) -> tuple[Mode, ...]:
    """Give the modes that a quirk has in a system, the one that is meant by default first; empty when it has none."""
    never = _NO_SUCH_MODE.get((system, quirk), frozenset())
    return tuple(mode for mode in MODES.get(quirk, ()) if mode not in never)

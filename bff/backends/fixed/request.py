"""Fixed requests: `Request` of the schema. The system tells when one was closed, and of no other change; no tickets.

The note of a merge names the invoices: account, number and day of issue (docs/backends/fixed.md).
"""

import re
from datetime import date, datetime

from bff.backends._batch import Reading, is_since, needed
from bff.backends._code import Codes
from bff.backends.fixed import _code
from bff.backends.fixed._value import Row, identity
from bff.domain.invoice import InvoiceKey
from bff.domain.request import RequestKind, RequestState, ServiceRequest
from bff.domain.system import System

_STATES = Codes(
    "fixed request state",
    RequestState.UNKNOWN,
    {
        "INS": RequestState.RECEIVED,
        "PIC": RequestState.IN_PROGRESS,
        "LAV": RequestState.IN_PROGRESS,
        "CHI": RequestState.DONE,
        "RES": RequestState.REJECTED,
        "ANN": RequestState.CANCELLED,
    },
)
_KINDS = Codes(
    "fixed request kind",
    RequestKind.UNKNOWN,
    {
        "SEDE_LEGALE": RequestKind.REGISTERED_OFFICE,
        "EMAIL_CONTATTO": RequestKind.COMMUNICATIONS_EMAIL,
        "CESSAZIONE": RequestKind.CESSATION,
        "REVOCA_CESSAZIONE": RequestKind.CESSATION,
        "TRASLOCO": RequestKind.RELOCATION,
        "CHIAMATE_MOLESTE": RequestKind.NUISANCE_CALLS,
        "DOMICILIAZIONE": RequestKind.BILLING,
        "NOCARTA": RequestKind.BILLING,
        "RECAPITO_FATTURA": RequestKind.BILLING,
        "SERVIZIO": RequestKind.SERVICE,
        "PAGAMENTO_NON_RICONOSCIUTO": RequestKind.PAYMENT_REPORT,
        "UNIONE_FATTURE": RequestKind.INVOICE_MERGE,
    },
)

_INVOICE = re.compile(r"\b([0-9]{12}) ([0-9A-Z]{8,15}) ([0-9]{2})/([0-9]{2})/([0-9]{4})\b")


def by_customer(as_of: datetime, made_from: date) -> Reading[Row, ServiceRequest]:
    """Read requests made since a day, by customer code."""
    return Reading(
        identity(_protocol),
        lambda row: (row.needed("customerCode"),) if is_since(lambda: row.day("enteredOn"), made_from) else (),
        lambda row, _key: _request(row, as_of),
    )


def by_protocol(as_of: datetime) -> Reading[Row, ServiceRequest]:
    """Read requests, by protocol number."""
    return Reading(identity(_protocol), lambda row: (_protocol(row),), lambda row, _key: _request(row, as_of))


def _protocol(row: Row) -> str:
    return _code.protocol(row.needed("protocolNo"))


def _request(row: Row, as_of: datetime) -> ServiceRequest:
    key, made_at = _protocol(row), needed(row.instant("enteredOn"), "enteredOn")
    kind, state = _KINDS.read(row.text("kind")), _STATES.read(row.text("state"))
    return ServiceRequest(
        key=key,
        customer_key=row.text("customerCode"),
        system=System.FIXED,
        reference=key,
        kind=kind,
        state=state,
        made_at=made_at,
        updated_at=row.instant("closedOn") or made_at,
        asked_by=row.text("enteredBy"),
        line_key=row.code("lineId", _code.line),
        more_information=row.text("note"),
        ticket=None,
        merges=_named(row.text("note") or "") if kind is RequestKind.INVOICE_MERGE else (),
        as_of=as_of,
    )


def _named(note: str) -> tuple[InvoiceKey, ...]:
    """Read the invoices that a note names; none where one can't be read: the file is known by the first."""
    try:
        return tuple(
            InvoiceKey(System.FIXED.value, account, number, date(int(year), int(month), int(day)))
            for account, number, day, month, year in _INVOICE.findall(note)
        )
    except ValueError:  # no such day
        return ()

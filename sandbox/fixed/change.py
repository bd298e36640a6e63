"""Changes of the fixed system: what is set at once, and what becomes a request that is done some time later.

One of a request id that came before changes nothing more, and answers as the first did. What reads show of it:
`laid_over`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, NamedTuple

from lxml import etree

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.clock import ROME
from sandbox.fixed.finder import FINE, outcome
from sandbox.fixed.notation import read_moment
from sandbox.fixed.soap import NAMES, Envelope, Fields, SoapFault, element, texts
from sandbox.stage import Sandboxed
from sandbox.world.bill import report_subject
from sandbox.world.model import Address, Bill, Company, FixedAccount, FixedLine, ServiceRequest
from sandbox.world.request import TEXTS, merged_text
from sandbox.world.service import FIXED_SERVICES

_LATER_S = 30.0
_MERGED_AFTER: Final = timedelta(hours=3)
_ANSWERED_AFTER: Final = timedelta(days=2)
_CEASED_AFTER: Final = timedelta(days=10)
_MOVED_AFTER: Final = timedelta(days=20)
_BANK_ANSWERS_AFTER: Final = timedelta(days=20)


# --- what is set ------------------------------------------------------------------------------------------------------


def _paperless(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Turn the paperless invoice of an account on or off."""
    code = _text(asked, "accountCode")
    if _account(stage, code) is None:
        return _refused(asked, "Conto inesistente")
    _take(stage, asked, injected, what="paperless", subject=code, value=_text(asked, "enabled").upper() == "S")
    return _answer(asked)


def _contact_email(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Set the e-mail of a customer, and keep a request that is done at once."""
    code = _text(asked, "customerCode")
    if company_of(stage, code) is None:
        return _refused(asked, "Cliente inesistente")
    request = _request(stage, asked, "CONTACT_EMAIL", code)
    return _submitted(stage, asked, injected, request, what="email", subject=code, value=_text(asked, "email"))


def _delivery_address(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Set where the paper invoices of an account go."""
    code = _text(asked, "accountCode")
    if _account(stage, code) is None:
        return _refused(asked, "Conto inesistente")
    _take(stage, asked, injected, what="delivery", subject=code, value=_address(asked, "address"))
    return _answer(asked)


# --- what becomes a request -------------------------------------------------------------------------------------------


def _legal_address(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Ask for another registered office, which is shown when the request is done."""
    code = _text(asked, "customerCode")
    if company_of(stage, code) is None:
        return _refused(asked, "Cliente inesistente")
    office = _address(asked, "address")
    request = _request(stage, asked, "REGISTERED_OFFICE", code)
    return _submitted(stage, asked, injected, request, what="office", subject=code, value=office, after=_ANSWERED_AFTER)


def _merge(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Ask for one PDF of two invoices, which is there hours later."""
    keys = [_invoice_key(each) for each in asked.body.iterfind("t:invoice", NAMES)]
    found = [_bill(stage, key) for key in keys]
    companies = {company.tax_code for company, _ in filter(None, found)}
    if None in found or len(companies) != 1 or keys[0] == keys[1]:
        return _refused(asked, "Fatture non unibili")
    bills = tuple(bill for _, bill in filter(None, found))
    customers = {_customer_of(stage, bill.account) for bill in bills}
    if len({_bimester(bill) for bill in bills}) != 1 or len(customers) != 1:
        return _refused(asked, "Fatture non unibili")
    request = replace(
        _request(stage, asked, "INVOICE_MERGE", customers.pop()), information=merged_text(bills), merged=bills
    )
    return _submitted(
        stage, asked, injected, request, what="merge", subject="/".join(keys[0]), value=None, after=_MERGED_AFTER
    )


def _payment_report(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Take note of a payment that was not recognised; the invoice is contested from then on.

    One on another customer's invoice is kept with the requests of the customer whose user enters it.
    """
    key = _invoice_key(asked.body.find("t:invoice", NAMES))
    if (found := _bill(stage, key)) is None:
        return _refused(asked, "Fattura inesistente")
    customer = _customer_of(stage, key[0])
    if _text(asked, "thirdParty").upper() == "S":
        customer = _customer_of_operator(stage, asked) or customer
    request = _request(stage, asked, "PAYMENT_REPORT", customer)
    subject = report_subject(found[1])
    return _submitted(
        stage, asked, injected, request, what="report", subject=subject, value=None, after=_ANSWERED_AFTER
    )


def _cease(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Take lines that are to be ceased, or are not to be after all: a request for each, the others refused each."""
    line_ids = texts(asked.body, "lineId")
    failed = injected.failed_keys(line_ids)
    taken = {each: None if each in failed else _ceased(stage, asked, injected, each) for each in line_ids}
    outcomes: Fields = [
        ("itemOutcome", [("key", each), ("outcome", _NOT_CEASED if deed is None else FINE)])
        for each, deed in taken.items()
    ]
    protocols = [deed.request.id for deed in taken.values() if deed is not None and deed.request is not None]
    fields: Fields = [("outcome", FINE), *outcomes, ("protocolNo", next(iter(protocols), None))]
    return element(f"{asked.operation}Response", fields)


def _ceased(stage: Sandboxed, asked: Envelope, injected: Injected, line_id: str) -> Deed | None:
    """Take one line; None where it may not be."""
    kind, states, state = _CESSATIONS[asked.operation]
    if (found := line_of(stage, line_id)) is None:
        return None
    request = _request(stage, asked, kind, _customer_of(stage, found.account_code), line_id)
    if (taken := stage.deeds.taken(f"{request.external_id}/{line_id}")) is not None:
        return taken
    if stage.deeds.last(STATE, line_id, found.state) not in states:
        return None
    return _take(
        stage,
        asked,
        injected,
        what=STATE,
        subject=line_id,
        value=state,
        request=request,
        after=_CEASED_AFTER,
        part=f"/{line_id}",
    )


_NOT_CEASED: Final = outcome("409", "E", "Stato della linea non ammesso")
STATE: Final = "line state"
_CESSATIONS: Final = {
    "SubmitLineCease": ("CESSATION", {"ATT", "SOS", "REV"}, "CIP"),
    "RevokeLineCease": ("CESSATION_REVOKED", {"CIP"}, "REV"),
}
"""By operation: the kind of request, of lines in which states, and their state from then on."""


def _relocation(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Ask for a line to be moved; the direct debit of its account ends at once."""
    line_id = _text(asked, "lineId")
    if (found := line_of(stage, line_id)) is None:
        return _refused(asked, "Linea inesistente")
    request = _request(stage, asked, "RELOCATION", _customer_of(stage, found.account_code), line_id)
    place = _address(asked, "newLocation")
    return _submitted(stage, asked, injected, request, what=PLACE, subject=line_id, value=place, after=_MOVED_AFTER)


PLACE: Final = "line place"


def _nuisance(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Take a report of nuisance calls."""
    line_id = _text(asked, "lineId")
    if (found := line_of(stage, line_id)) is None:
        return _refused(asked, "Linea inesistente")
    request = _request(stage, asked, "NUISANCE_CALLS", _customer_of(stage, found.account_code), line_id)
    return _submitted(
        stage, asked, injected, request, what="nuisance", subject=line_id, value=None, after=_ANSWERED_AFTER
    )


def _direct_debit(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Begin a direct debit, which counts when the bank has answered, or end it, which counts at once."""
    code, action = _text(asked, "data/t:accountCode"), _text(asked, "action").upper()
    mandate = [_text(asked, f"data/t:{name}") for name in _OF_A_MANDATE]
    if _account(stage, code) is None:
        return _refused(asked, "Conto inesistente")
    if action not in {"ATTIVAZIONE", "REVOCA"} or (action == "ATTIVAZIONE" and not all(mandate)):
        return _refused(asked, "Dati della domiciliazione incompleti")
    after = _BANK_ANSWERS_AFTER if action == "ATTIVAZIONE" else timedelta()
    day = (stage.clock.now() + after).astimezone(ROME).date()
    debit = (mandate[0], mandate[1], day) if action == "ATTIVAZIONE" else NO_DEBIT
    request = _request(stage, asked, "DIRECT_DEBIT", _customer_of(stage, code))
    return _submitted(stage, asked, injected, request, what="debit", subject=code, value=debit, after=after)


_OF_A_MANDATE: Final = ("iban", "holderName", "holderTaxCode", "subscriberTaxCode")
NO_DEBIT: Final = (None, None, None)


def _line_service(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Turn a service of a line on or off; the one that sends an SMS needs a number."""
    line_id, code, active = (_text(asked, name) for name in ("lineId", "serviceCode", "active"))
    line, named = line_of(stage, line_id), dict(FIXED_SERVICES)
    if line is None or code not in named or (code == "TIAVVISO" and active == "S" and not _text(asked, "parameter")):
        return _refused(asked, "Servizio non attivabile")
    request = _request(stage, asked, "SERVICE", _customer_of(stage, line.account_code), line_id)
    return _submitted(
        stage, asked, injected, request, what="service", subject=f"{line_id}/{code}", value=active.upper() == "S"
    )


class Notified(NamedTuple):
    """A payment as it was notified: the invoice's key, and the fields that are told of it again."""

    key: tuple[str, str, str]
    amount: Decimal
    request_id: str
    paid_on: str


def _notify(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Take note of a payment of an invoice."""
    key = _invoice_key(asked.body.find("t:payment/t:invoice", NAMES))
    if _bill(stage, key) is None:
        return _refused(asked, "Fattura inesistente")
    told = Decimal(_text(asked, "payment/t:amount").replace(".", "").replace(",", "."))
    request_id = _text(asked, "header/t:externalRequestId")
    paid = Notified(key, told, request_id, _text(asked, "payment/t:paidOn"))
    _take(stage, asked, injected, what="notified", subject="/".join(key), value=paid)
    return _answer(asked)


def notified(stage: Sandboxed) -> list[Notified]:
    """Give the payments that were notified, as far as reads show them."""
    now = stage.clock.now()
    return [each.value for each in stage.deeds if each.what == "notified" and each.is_done(now)]


CHANGES: Final[Mapping[str, Callable[[Sandboxed, Envelope, Injected], etree._Element]]] = {
    "NotifyPayment": _notify,
    "RevokeLineCease": _cease,
    "SetContactEmail": _contact_email,
    "SetInvoiceDeliveryAddress": _delivery_address,
    "SetLineService": _line_service,
    "SetPaperless": _paperless,
    "SubmitDirectDebit": _direct_debit,
    "SubmitInvoiceMerge": _merge,
    "SubmitLegalAddressChange": _legal_address,
    "SubmitLineCease": _cease,
    "SubmitLineRelocation": _relocation,
    "SubmitNuisanceCallReport": _nuisance,
    "SubmitPaymentNotRecognised": _payment_report,
}
"""What changes something, by the operation."""


# --- what the changes share -------------------------------------------------------------------------------------------


def _take(
    stage: Sandboxed,
    asked: Envelope,
    injected: Injected,
    *,
    what: str,
    subject: str,
    value: Any,
    request: ServiceRequest | None = None,
    after: timedelta | None = None,
    part: str = "",
) -> Deed:
    """Take a change, which is done when that much time has passed, or refused before; `part` tells it from others."""
    now = stage.clock.now().replace(microsecond=0)
    shown_s, refused_s = _later_s(injected, Quirk.LATE_READS), _later_s(injected, Quirk.REFUSED_LATER)
    return stage.deeds.take(
        Deed(
            request_id=(_text(asked, "header/t:externalRequestId") or f"set-{len(stage.deeds):06d}") + part,
            what=what,
            subject=subject,
            value=value,
            at=now,
            shown_from=now + timedelta(seconds=shown_s or 0),
            refused_from=None if refused_s is None else now + timedelta(seconds=refused_s),
            request=request,
            done_from=None if after is None else now + after,
        )
    )


def _submitted(
    stage: Sandboxed, asked: Envelope, injected: Injected, request: ServiceRequest, **told: Any
) -> etree._Element:
    deed = _take(stage, asked, injected, request=request, **told)
    return _answer(asked, deed.request.id if deed.request else None)


def _request(
    stage: Sandboxed, asked: Envelope, kind: str, customer_code: str, line_id: str | None = None
) -> ServiceRequest:
    """Make the request of a change; its protocol number follows from its request id, and the line that it is about."""
    request_id = _text(asked, "header/t:externalRequestId") or f"submit-{len(stage.deeds):06d}"
    told = f"{request_id}{line_id or ''}".encode()
    return ServiceRequest(
        id=f"9{int(sha256(told).hexdigest()[:12], 16) % 10**9:09d}",
        network="fixed",
        kind=kind,
        state="RECEIVED",
        made_at=stage.clock.now().replace(microsecond=0),
        closed_at=None,
        customer_code=customer_code,
        line_id=line_id,
        requested_by=_text(asked, "header/t:operator"),
        external_id=request_id,
        information=TEXTS.get(kind),
        is_order=False,
        ticket=None,
    )


def _later_s(injected: Injected, quirk: Quirk) -> float | None:
    """Tell how many seconds later a quirk strikes; None when it does not."""
    if (strike := injected.get(quirk)) is None:
        return None
    told = strike.parameters.seconds
    return _LATER_S if told is None else told


def _address(asked: Envelope, name: str) -> Address:
    parts = ("toponym", "street", "civic", "postCode", "city", "province")
    return Address(*(_text(asked, f"{name}/t:{part}") for part in parts))


def line_of(stage: Sandboxed, line_id: str) -> FixedLine | None:
    """Find a line of any company."""
    lines = (line for company in stage.world.companies for line in company.fixed_lines)
    return next((line for line in lines if line.id == line_id), None)


def _account(stage: Sandboxed, code: str) -> FixedAccount | None:
    accounts = (account for company in stage.world.companies for account in company.fixed_accounts)
    return next((each for each in accounts if each.code == code), None)


def company_of(stage: Sandboxed, customer_code: str) -> Company | None:
    """Find the company of a customer code."""
    companies = stage.world.companies
    return next(
        (each for each in companies if customer_code in {customer.code for customer in each.fixed_customers}), None
    )


def _customer_of(stage: Sandboxed, account_code: str) -> str:
    """Give the customer code of an account that there is."""
    accounts = (account for company in stage.world.companies for account in company.fixed_accounts)
    return next(account.customer_code for account in accounts if account.code == account_code)


def _customer_of_operator(stage: Sandboxed, asked: Envelope) -> str | None:
    """Give the customer code of whose user enters something; None where they have none."""
    operator = _text(asked, "header/t:operator")
    companies = [
        stage.world.by_tax_code[each.company_tax_code]
        for user in stage.world.users
        if user.id == operator
        for each in user.memberships
    ]
    return next((customer.code for company in companies for customer in company.fixed_customers), None)


def _invoice_key(told: etree._Element | None) -> tuple[str, str, str]:
    """Read an InvoiceKey: account, number, and ISO day of issue. Raises SoapFault."""
    assert told is not None  # noqa: S101 - the XSD asks for it
    account, number, issued_on = (
        told.findtext(f"t:{name}", "", NAMES).strip() for name in ("accountCode", "invoiceNo", "issuedOn")
    )
    try:
        return account, number, read_moment(issued_on).date().isoformat()
    except ValueError as error:
        raise SoapFault("DATE", "There is no such day or time") from error


def _bill(stage: Sandboxed, key: tuple[str, str, str]) -> tuple[Company, Bill] | None:
    for company in stage.world.companies:
        if key[0] in {account.code for account in company.fixed_accounts}:
            found = (each for each in company.bills if (each.account, each.number, each.issued_on.isoformat()) == key)
            return next(((company, each) for each in found), None)
    return None


def _bimester(bill: Bill) -> tuple[int, int]:
    return bill.period_from.year, (bill.period_from.month + 1) // 2


def _answer(asked: Envelope, protocol: str | None = None) -> etree._Element:
    fields: Fields = [("outcome", FINE), ("protocolNo", protocol)]
    return element(f"{asked.operation}Response", fields)


def _refused(asked: Envelope, why: str) -> etree._Element:
    return element(f"{asked.operation}Response", [("outcome", outcome("404", "E", why))])


def _text(asked: Envelope, name: str) -> str:
    return asked.body.findtext(f"t:{name}", "", NAMES).strip()

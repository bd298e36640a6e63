"""Changes of the fixed system: what is set at once, and what becomes a request that is done some time later.

One of a request id that came before changes nothing more, and answers as the first did. `laid_over` puts what was
changed over the rows of the finders, as reads show it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from lxml import etree

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.fixed.finder import FINE, Finder, Holdings, outcome
from sandbox.fixed.notation import read_moment
from sandbox.fixed.row import Charged, Held
from sandbox.fixed.soap import NAMES, Envelope, Fields, SoapFault, element
from sandbox.stage import Sandboxed
from sandbox.world.bill import report_subject
from sandbox.world.model import Address, Bill, Company, ServiceRequest
from sandbox.world.request import TEXTS, merged_text

_LATER_S = 30.0
_MERGED_AFTER: Final = timedelta(hours=3)
_ANSWERED_AFTER: Final = timedelta(days=2)


# --- what is set ------------------------------------------------------------------------------------------------------


def _paperless(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Turn the paperless invoice of an account on or off."""
    code = _text(asked, "accountCode")
    if code not in {account.code for company in stage.world.companies for account in company.fixed_accounts}:
        return _refused(asked, "Conto inesistente")
    _take(stage, asked, injected, what="paperless", subject=code, value=_text(asked, "enabled").upper() == "S")
    return _answer(asked)


def _contact_email(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Set the e-mail of a customer, and keep a request that is done at once."""
    code = _text(asked, "customerCode")
    if _company(stage, code) is None:
        return _refused(asked, "Cliente inesistente")
    request = _request(stage, asked, "CONTACT_EMAIL", code)
    return _submitted(stage, asked, injected, request, what="email", subject=code, value=_text(asked, "email"))


# --- what becomes a request -------------------------------------------------------------------------------------------


def _legal_address(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Ask for another registered office, which is shown when the request is done."""
    code = _text(asked, "customerCode")
    if _company(stage, code) is None:
        return _refused(asked, "Cliente inesistente")
    names = ("toponym", "street", "civic", "postCode", "city", "province")
    office = Address(*(_text(asked, f"address/t:{name}") for name in names))
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


CHANGES: Final[Mapping[str, Callable[[Sandboxed, Envelope, Injected], etree._Element]]] = {
    "SetContactEmail": _contact_email,
    "SetPaperless": _paperless,
    "SubmitInvoiceMerge": _merge,
    "SubmitLegalAddressChange": _legal_address,
    "SubmitPaymentNotRecognised": _payment_report,
}
"""What changes something, by the operation."""


# --- what reads show of it --------------------------------------------------------------------------------------------


def laid_over(stage: Sandboxed, finder: Finder, holdings: Holdings, asked: Envelope) -> Holdings:
    """Give the rows that are asked for, as they were changed."""
    lay = _OVER.get(finder.name)
    return holdings if lay is None or not len(stage.deeds) else {**holdings, **lay(stage, holdings, asked)}


def _customers(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    def changed(held: Held) -> Held:
        code, now = held.customer.code, stage.clock.now()
        email = stage.deeds.value("email", code, held.customer.contact_email, now)
        office = stage.deeds.value("office", code, held.company.office, now)
        return Held(replace(held.company, office=office), replace(held.customer, contact_email=email))

    return _changed(holdings, asked, changed)


def _accounts(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    now = stage.clock.now()
    return _changed(
        holdings,
        asked,
        lambda held: replace(held, paperless=stage.deeds.value("paperless", held.code, held.paperless, now)),
    )


def _invoices(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    def changed(charged: Charged) -> Charged:
        is_reported = stage.deeds.is_asked("report", report_subject(charged.bill), stage.clock.now())
        return replace(charged, bill=replace(charged.bill, disputed=True)) if is_reported else charged

    return _changed(holdings, asked, changed)


def _changed(holdings: Holdings, asked: Envelope, change: Callable[[Any], Any]) -> Holdings:
    return {key: [(company, change(held)) for company, held in holdings[key]] for key in asked.keys if key in holdings}


def _requests(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    made = [(_company(stage, each.customer_code), each) for each in requests(stage)]
    return {
        key: [*holdings[key], *((company, each) for company, each in made if company and each.customer_code == key)]
        for key in asked.keys
        if key in holdings
    }


def _requests_by_protocol(stage: Sandboxed, _holdings: Holdings, asked: Envelope) -> Holdings:
    made = [(_company(stage, each.customer_code), each) for each in requests(stage)]
    return {each.id: [(company, each)] for company, each in made if company and each.id in asked.keys}


_OVER: Final[Mapping[str, Callable[[Sandboxed, Holdings, Envelope], Holdings]]] = {
    "FindCustomersByTaxCode": _customers,
    "FindAccountsByCustomer": _accounts,
    "FindInvoicesByAccount": _invoices,
    "FindUnpaidInvoicesByAccount": _invoices,
    "FindRequestsByCustomer": _requests,
    "FindRequestsByProtocol": _requests_by_protocol,
}


def requests(stage: Sandboxed) -> list[ServiceRequest]:
    """Give the requests that were made of the changes, as they are now."""
    return stage.deeds.requests("fixed", stage.clock.now())


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
) -> Deed:
    """Take a change, which is done when that much time has passed, or refused before."""
    now = stage.clock.now().replace(microsecond=0)
    shown_s, refused_s = _later_s(injected, Quirk.LATE_READS), _later_s(injected, Quirk.REFUSED_LATER)
    return stage.deeds.take(
        Deed(
            request_id=_text(asked, "header/t:externalRequestId") or f"set-{len(stage.deeds):06d}",
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


def _request(stage: Sandboxed, asked: Envelope, kind: str, customer_code: str) -> ServiceRequest:
    """Make the request of a change; its protocol number follows from its request id."""
    request_id = _text(asked, "header/t:externalRequestId") or f"submit-{len(stage.deeds):06d}"
    return ServiceRequest(
        id=f"9{int(sha256(request_id.encode()).hexdigest()[:12], 16) % 10**9:09d}",
        network="fixed",
        kind=kind,
        state="RECEIVED",
        made_at=stage.clock.now().replace(microsecond=0),
        closed_at=None,
        customer_code=customer_code,
        line_id=None,
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


def _company(stage: Sandboxed, customer_code: str) -> Company | None:
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

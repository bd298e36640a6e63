"""What reads show of the changes of the fixed system: the rows of the finders as they were changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sandbox.clock import ROME
from sandbox.fixed.change import NO_DEBIT, PLACE, STATE, company_of, line_of, notified
from sandbox.fixed.finder import Finder, Holdings
from sandbox.fixed.row import Charged, Held, LineService
from sandbox.fixed.soap import Envelope
from sandbox.stage import Sandboxed
from sandbox.world.bill import report_subject
from sandbox.world.model import Company, FixedAccount, FixedLine, ServiceRequest
from sandbox.world.service import FIXED_SERVICES, FixedService


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

    def changed(held: FixedAccount) -> FixedAccount:
        built = (held.direct_debit_iban, held.holder_name, held.mandate_from)
        iban, holder, since = _debit(stage, held) or built
        return replace(
            held,
            paperless=stage.deeds.value("paperless", held.code, held.paperless, now),
            delivery_address=stage.deeds.value("delivery", held.code, held.delivery_address, now),
            direct_debit_iban=iban,
            holder_name=holder,
            mandate_from=since,
        )

    return _changed(holdings, asked, changed)


def _debit(stage: Sandboxed, held: FixedAccount) -> tuple[Any, Any, Any] | None:
    """Give the direct debit of an account as it was last asked for; a line that is moved, or was, has ended it."""
    now = stage.clock.now()
    moved = {each.subject for each in stage.deeds if each.what == PLACE}
    lines = [line for each in moved if (line := line_of(stage, each)) and line.account_code == held.code]
    asked = [
        *((each.at, NO_DEBIT) for line in lines for each in stage.deeds.asked(PLACE, line.id, now)),
        *((each.at, each.value) for each in stage.deeds.asked("debit", held.code, now)),
    ]
    return max(asked, key=lambda each: each[0])[1] if asked else None


def _services(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    """Give the services of lines as they were set, those too that a line never had."""
    return {
        key: [(company, each) for company in _companies_of(stage, key) for each in _served(stage, key, holdings[key])]
        for key in asked.keys
        if key in holdings
    }


def _served(stage: Sandboxed, line_id: str, built: Sequence[tuple[Company, LineService]]) -> list[LineService]:
    now, held = stage.clock.now(), {each.service.code: each.service for _, each in built}
    for code, name in FIXED_SERVICES:
        is_active = code in held and held[code].active
        active = stage.deeds.value("service", f"{line_id}/{code}", is_active, now)
        if active is not is_active:
            since = now.astimezone(ROME).date() if active else None
            held[code] = FixedService(code, name, active=active, since=since)
    return [LineService(line_id, each) for each in held.values()]


def _companies_of(stage: Sandboxed, line_id: str) -> list[Company]:
    return [each for each in stage.world.companies if line_id in {line.id for line in each.fixed_lines}]


def _lines(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    def changed(held: FixedLine) -> FixedLine:
        place = stage.deeds.value(PLACE, held.id, held.location, stage.clock.now())
        return replace(held, state=_line_state(stage, held), location=place)

    return _changed(holdings, asked, changed)


def _line_state(stage: Sandboxed, held: FixedLine) -> str:
    """Tell the state of a line: as it was last asked for."""
    asked = stage.deeds.asked(STATE, held.id, stage.clock.now())
    return str(asked[-1].value) if asked else held.state


def _invoices(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    def changed(charged: Charged) -> Charged:
        bill = charged.bill
        is_reported = stage.deeds.is_asked("report", report_subject(bill), stage.clock.now())
        key = (bill.account, bill.number, bill.issued_on.isoformat())
        left = bill.outstanding - sum((each.amount for each in paid if each.key == key), Decimal(0))
        now = replace(bill, outstanding=max(left, Decimal(0)), disputed=bill.disputed or is_reported)
        return replace(charged, bill=now)

    paid = notified(stage)

    return _changed(holdings, asked, changed)


def _changed(holdings: Holdings, asked: Envelope, change: Callable[[Any], Any]) -> Holdings:
    return {key: [(company, change(held)) for company, held in holdings[key]] for key in asked.keys if key in holdings}


def _requests(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    made = [(company_of(stage, each.customer_code), each) for each in requests(stage)]
    return {
        key: [*holdings[key], *((company, each) for company, each in made if company and each.customer_code == key)]
        for key in asked.keys
        if key in holdings
    }


def _requests_by_protocol(stage: Sandboxed, _holdings: Holdings, asked: Envelope) -> Holdings:
    made = [(company_of(stage, each.customer_code), each) for each in requests(stage)]
    return {each.id: [(company, each)] for company, each in made if company and each.id in asked.keys}


_OVER: Final[Mapping[str, Callable[[Sandboxed, Holdings, Envelope], Holdings]]] = {
    "FindCustomersByTaxCode": _customers,
    "FindAccountsByCustomer": _accounts,
    "FindLinesByAccount": _lines,
    "FindLinesById": _lines,
    "FindServicesByLine": _services,
    "FindInvoicesByAccount": _invoices,
    "FindUnpaidInvoicesByAccount": _invoices,
    "FindRequestsByCustomer": _requests,
    "FindRequestsByProtocol": _requests_by_protocol,
}


def requests(stage: Sandboxed) -> list[ServiceRequest]:
    """Give the requests that were made of the changes, as they are now."""
    return stage.deeds.requests("fixed", stage.clock.now())

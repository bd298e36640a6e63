"""That an invoice stands as its day says, and is known by all parts of its key."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState, mergeable
from bff.domain.money import Money, TaxedMoney
from bff.domain.period import Period
from bff.domain.system import System
from tests.limits.parts import lines_run

DUE = date(2026, 11, 30)
KEY = InvoiceKey("FIXED", "000123456789", "A/7", date(2026, 10, 31))


def invoice(state: InvoiceState, due_on: date | None = DUE) -> Invoice:
    return Invoice(
        key=KEY,
        system=System.FIXED,
        number="A/7",
        kind=InvoiceKind.FIXED,
        credit_note=False,
        state=state,
        period=Period(date(2026, 9, 1), date(2026, 10, 31)),
        issued_on=date(2026, 10, 31),
        due_on=due_on,
        total=TaxedMoney(Money(Decimal("12.20"))),
        remaining=None,
        account="000123456789",
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (DUE - timedelta(days=1), InvoiceState.UNPAID),
        (DUE, InvoiceState.UNPAID),
        (DUE + timedelta(days=1), InvoiceState.OVERDUE),
        (DUE + timedelta(days=900), InvoiceState.OVERDUE),
    ],
)
def test_an_unpaid_invoice_is_overdue_from_the_day_after_its_last_day(today: date, state: InvoiceState) -> None:
    unpaid = invoice(InvoiceState.UNPAID)
    assert unpaid.as_on(today) == msgspec.structs.replace(unpaid, state=state)


@pytest.mark.parametrize("state", [state for state in InvoiceState if state is not InvoiceState.UNPAID])
def test_no_other_state_depends_on_the_day(state: InvoiceState) -> None:
    assert invoice(state).as_on(DUE + timedelta(days=1)) == invoice(state)


def test_an_invoice_without_a_last_day_is_never_overdue() -> None:
    assert invoice(InvoiceState.UNPAID, due_on=None).as_on(date.max).state is InvoiceState.UNPAID


def test_a_key_is_told_by_all_its_parts() -> None:
    assert KEY.parts == ("FIXED", "000123456789", "A/7", "2026-10-31")
    assert KEY.text == "FIXED/000123456789/A/7/2026-10-31"
    others = [
        msgspec.structs.replace(KEY, system="MOBILE"),
        msgspec.structs.replace(KEY, account="000123456780"),
        msgspec.structs.replace(KEY, number="A/8"),
        msgspec.structs.replace(KEY, issued_on=date(2025, 10, 31)),
    ]
    assert len({KEY, *others}) == 5
    assert len({key.text for key in (KEY, *others)}) == 5


CODES = {"000000000001": "FC1", "000000000002": "FC1", "000000000003": "FC2"}


def test_invoices_of_one_bimester_are_merged_whether_they_bill_it_or_a_month_of_it() -> None:
    whole = invoice(InvoiceState.PAID)
    month = _changed(whole, "A/8", period=Period(date(2026, 9, 1), date(2026, 9, 30)))
    others = [
        _changed(whole, "A/9", period=Period(date(2025, 9, 1), date(2025, 10, 31))),
        _changed(whole, "A/10", period=Period(date(2026, 10, 1), date(2026, 11, 30))),
        _changed(whole, "A/11", kind=InvoiceKind.MOBILE),
        _changed(whole, "A/12", credit_note=True),
    ]

    found = mergeable([whole, month, *others[1:]], [whole, month, *others], CODES)

    assert found == [[month], [whole], [], [], []]


def test_invoices_of_two_accounts_are_merged_when_these_are_of_one_customer_code() -> None:
    one, other, stranger = (
        _changed(invoice(InvoiceState.PAID), f"A/{place}", account=account) for place, account in enumerate(CODES)
    )

    assert mergeable([one, other, stranger], [one, other, stranger], CODES) == [[other], [one], []]


def test_invoices_that_come_many_times_are_judged_once() -> None:
    """Fifty of a bimester, each named by all the others: what a document of three levels asks for."""
    rows = [_changed(invoice(InvoiceState.UNPAID), f"A/{number}") for number in range(50)]

    once = lines_run(lambda: mergeable(rows, rows, CODES), "bff.domain")

    assert lines_run(lambda: mergeable(rows * 50, rows, CODES), "bff.domain") - once <= 10 * 49 * 50


def _changed(of: Invoice, number: str, **changes: object) -> Invoice:
    return msgspec.structs.replace(of, number=number, key=msgspec.structs.replace(of.key, number=number), **changes)

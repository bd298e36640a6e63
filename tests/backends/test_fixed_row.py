"""Rows of the fixed legacy: what a record can do without, and what spoils it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement

import pytest

from bff.backends._batch import Reading, Unreadable
from bff.backends.fixed import company, invoice, line, order
from bff.backends.fixed._value import NAMESPACE, Row
from bff.domain.billing import DirectDebit
from bff.domain.company import FixedAccount, FixedCustomer
from bff.domain.invoice import Invoice, InvoiceKind, InvoiceState
from bff.domain.line import FixedLine, FixedLineType, LineState
from bff.domain.order import Order
from tests.backends.wire import NOW

V = TypeVar("V")

ACCOUNT = "000000000001"
INVOICE = {
    "invoiceNo": "F0000001",
    "accountCode": ACCOUNT,
    "lineId": "0212345678",
    "periodFrom": "01/09/2026",
    "periodTo": "31/10/2026",
    "kind": "FT",
    "issuedOn": "02/11/2026",
    "dueOn": "30/11/2026",
    "total": "1.234,56",
    "vat": "222,63",
    "outstanding": "1.234,56",
    "state": "DP",
}
LINE = {"lineId": "0212345678", "accountCode": ACCOUNT, "type": "FTTH", "state": "ATT"}
CUSTOMER = {"customerCode": "FC1", "companyName": "Rossi S.r.l.", "taxCode": "01955920481", "vatNumber": "1955920481"}
BILLED = {
    "accountCode": ACCOUNT,
    "customerCode": "FC1",
    "paperless": "S",
    "directDebit": "N",
    "recipientCode": "DWRJFGP",
}
ORDER = {"orderId": "FO1", "customerCode": "FC1", "kind": "ATTIVAZIONE", "state": "LAV", "receivedOn": "01/11/2026"}


def row(texts: dict[str, str], **changes: str | None) -> Row:
    """Make a row of texts; those changed to None are left out."""
    element = Element(f"{{{NAMESPACE}}}row")
    for name, text in {**texts, **changes}.items():
        if text is not None:
            SubElement(element, f"{{{NAMESPACE}}}{name}").text = text
    return Row(element)


def read(reading: Reading[Row, V], made: Row) -> V:
    (key,) = reading.keys(made)
    return reading.record(made, key)


def keys(reading: Reading[Row, V], made: Row) -> Iterable[str]:
    return reading.keys(made)


def bill(**changes: str | None) -> Invoice:
    return read(invoice.by_account(NOW, date(2025, 11, 22)), row(INVOICE, **changes))


@pytest.mark.parametrize("kind", ["NC", "nc", " NC "])
def test_a_credit_note_is_one_in_any_case_and_loses_the_sign_that_its_kind_carries(kind: str) -> None:
    note = bill(kind=kind, total="-1.234,56", vat="222,63-", outstanding="0")
    assert note.credit_note
    assert note.due_on is None
    assert note.total.gross.amount == Decimal("1234.56")
    assert note.total.net is not None
    assert note.total.net.amount == Decimal("1011.93")


@pytest.mark.parametrize("kind", ["FT", "UN", "ZZZ", None])
@pytest.mark.parametrize("name", ["total", "vat", "outstanding"])
def test_an_amount_below_nought_of_what_is_no_credit_note_is_not_turned_round(kind: str | None, name: str) -> None:
    with pytest.raises(Unreadable):
        bill(kind=kind, **{name: "-12,30"})


@pytest.mark.parametrize("changes", [{"total": "222,62"}, {"periodTo": "31/08/2026"}])
def test_parts_that_do_not_fit_together_are_believed_by_nobody(changes: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        bill(**changes)


def test_a_total_may_be_all_vat_and_a_period_one_day() -> None:
    told = bill(total="222,63", periodTo="01/09/2026")
    assert told.total.net is not None
    assert told.total.net.amount == 0
    assert told.period.start == told.period.end


def test_a_kind_or_state_that_nobody_knows_is_unknown() -> None:
    told = bill(kind="ZZZ", state="ZZZ")
    assert (told.kind, told.state, told.credit_note) == (InvoiceKind.UNKNOWN, InvoiceState.UNKNOWN, None)


def test_an_invoice_can_do_without_vat_line_due_date_and_what_is_left_of_it() -> None:
    told = bill(vat=None, lineId="8.93901E+9", dueOn="31/12/9999", outstanding="NULL")
    assert (told.total.net, told.total.vat, told.line_key, told.due_on, told.remaining) == (None,) * 5


@pytest.mark.parametrize("name", ["invoiceNo", "periodFrom", "periodTo", "issuedOn", "total"])
@pytest.mark.parametrize("text", [None, "", "NULL", "?"])
def test_an_invoice_can_not_do_without_number_days_and_total(name: str, text: str | None) -> None:
    with pytest.raises(Unreadable):
        bill(**{name: text})


def test_an_invoice_that_comes_twice_in_other_words_is_one() -> None:
    identity = invoice.by_account(NOW, date(2025, 11, 22)).identity
    once, again = row(INVOICE), row(INVOICE, invoiceNo=" f0000001", issuedOn="02/11/2026 00:00:00", total="1234,56")
    assert identity(once) == identity(again)
    assert identity(once) != identity(row(INVOICE, issuedOn="02/11/2025"))


@pytest.mark.parametrize(
    ("changes", "owed"),
    [
        ({}, True),
        ({"outstanding": "0,00"}, False),
        ({"outstanding": None}, True),
        ({"outstanding": "1.234"}, True),
        ({"state": "PA"}, False),
        ({"state": "st"}, False),
        ({"state": "ZZZ"}, True),
        ({"kind": "nc"}, False),
        ({"issuedOn": "22/11/2021"}, True),
        ({"issuedOn": "21/11/2021"}, False),
        ({"issuedOn": "?"}, True),
    ],
)
def test_what_is_still_owed_of_five_years_is_checked_on_the_row(changes: dict[str, str | None], *, owed: bool) -> None:
    assert list(keys(invoice.unpaid_by_account(NOW), row(INVOICE, **changes))) == ([ACCOUNT] if owed else [])


def test_windows_are_checked_on_the_row() -> None:
    assert list(keys(invoice.by_account(NOW, date(2026, 11, 3)), row(INVOICE))) == []
    assert list(keys(order.by_customer(NOW, date(2026, 11, 2)), row(ORDER))) == []


def placed(**changes: str | None) -> Order:
    return read(order.by_customer(NOW, date(2026, 5, 22)), row(ORDER, **changes))


@pytest.mark.parametrize("text", [None, "31/12/9999", "31/11/2026"])
def test_an_order_can_not_do_without_the_day_it_was_placed(text: str | None) -> None:
    with pytest.raises(Unreadable):
        placed(receivedOn=text)


def test_an_order_can_do_without_who_placed_it() -> None:
    assert placed().placed_by is None
    assert placed(enteredBy=" u1 ").placed_by == "u1"


def held(**changes: str | None) -> FixedLine:
    return read(line.by_account(NOW), row(LINE, **changes))


def test_a_lines_zeros_come_back_and_its_codes_are_read_in_any_case() -> None:
    told = held(lineId="212345678", accountCode="1", type="ftth ", state="att")
    assert (told.key, told.number, told.account_code) == ("0212345678", "+390212345678", ACCOUNT)
    assert (told.type, told.state) == (FixedLineType.FTTH, LineState.ACTIVE)


def test_a_line_without_a_readable_id_spoils_its_list() -> None:
    with pytest.raises(Unreadable):
        held(lineId="2.12346E+8")


def found(**changes: str | None) -> FixedCustomer:
    return read(company.customers(NOW), row(CUSTOMER, **changes))


@pytest.mark.parametrize("ceased_on", [None, "31/12/9999", "01/01/0001", "23/11/2026"])
def test_a_customer_who_never_left_or_not_yet_is_one(ceased_on: str | None) -> None:
    assert not found(ceasedOn=ceased_on).ceased


def test_a_companys_numbers_come_back_with_their_zeros() -> None:
    told = found(taxCode="1955920481")
    assert (told.company.tax_code, told.company.vat_number) == ("01955920481", "01955920481")
    assert found(taxCode="dsnslv79c62g337h").company.tax_code == "DSNSLV79C62G337H"


def test_a_representative_needs_both_names() -> None:
    assert found(legalRepGivenName="Ada", legalRepFamilyName="NULL").company.representative is None


def account(**changes: str | None) -> FixedAccount:
    return read(company.accounts(NOW), row(BILLED, **changes))


@pytest.mark.parametrize(("text", "paperless"), [("S", True), ("s", True), ("N", False), (" n", False)])
def test_paperless_is_read_in_any_case(text: str, *, paperless: bool) -> None:
    assert account(paperless=text).paperless is paperless


@pytest.mark.parametrize("text", [None, "X", "1"])
def test_paperless_is_not_guessed_at(text: str | None) -> None:
    with pytest.raises(Unreadable):
        account(paperless=text)


@pytest.mark.parametrize("text", ["S", " s"])
def test_of_a_direct_debit_the_end_of_the_iban_is_told_and_what_is_missing_is_none(text: str) -> None:
    bare = DirectDebit(iban=None, holder=None, valid_from=None)
    assert account(directDebit=text).direct_debit == bare
    told = {"iban": "it60 x054 2811 1010 0000 0123 456", "holderName": " Ada Rossi ", "mandateFrom": "01/02/2025"}
    assert account(directDebit=text, **told).direct_debit == DirectDebit(
        iban="*" * 23 + "3456", holder="Ada Rossi", valid_from=date(2025, 2, 1)
    )


def test_what_is_left_of_a_direct_debit_that_ended_is_not_shown() -> None:
    assert account(directDebit="N", iban="IT60X0542811101000000123456", holderName="Ada Rossi").direct_debit is None


@pytest.mark.parametrize("text", [None, "X", "1"])
def test_whether_there_is_a_direct_debit_is_not_guessed_at(text: str | None) -> None:
    with pytest.raises(Unreadable):
        account(directDebit=text)


@pytest.mark.parametrize("text", [None, "0", "123456", "1.23457E+6"])
def test_a_recipient_code_that_may_be_another_is_none(text: str | None) -> None:
    assert account(recipientCode=text).recipient_code is None

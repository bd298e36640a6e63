"""Invoices of the world as the adapters give them, for what is asked about one."""

from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import Currency, Money, TaxedMoney
from bff.domain.period import Period
from bff.domain.system import System
from sandbox.world.model import Company
from tests.backends.wire import NOW


def invoice_of(company: Company, *, is_fixed: bool) -> Invoice:
    """Give the first invoice of a network; of its amounts nothing is true."""
    system = System.FIXED if is_fixed else System.MOBILE
    accounts = (
        {each.code for each in company.fixed_accounts} if is_fixed else {each.id for each in company.mobile_accounts}
    )
    bill = next(each for each in company.bills if each.account in accounts)
    return Invoice(
        key=InvoiceKey(system.value, bill.account, bill.number, bill.issued_on),
        system=system,
        number=bill.number,
        kind=InvoiceKind(system.value),
        credit_note=False,
        state=InvoiceState.PAID,
        period=Period(bill.period_from, bill.period_to),
        issued_on=bill.issued_on,
        due_on=bill.due_on,
        total=TaxedMoney(Money(bill.gross, Currency.EUR)),
        remaining=None,
        account=bill.account,
        bill_key=None if is_fixed else bill.id,
        as_of=NOW,
    )

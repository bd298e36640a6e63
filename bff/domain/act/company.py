"""What can be done for the company as a whole: its data, its users, others' invoices."""

import msgspec

from bff.domain.act._judge import Act, Facts, Hindrance, closed, state
from bff.domain.customer import Customer
from bff.domain.request import RequestKind
from bff.domain.system import System

_NO_FIXED = state("L'azienda non ha linee fisse.", "The company has no fixed lines.", hidden=True)


class OnFixed(msgspec.Struct, frozen=True):
    """Whether the company is a live customer of the fixed network, which alone has that e-mail."""

    live: bool


def _is_on_fixed(found: OnFixed, _facts: Facts) -> Hindrance | None:
    return None if found.live else _NO_FIXED


def _is_open(found: OnFixed, facts: Facts) -> Hindrance | None:
    """Look whether the system that leads is open: the mobile one for who has no fixed lines."""
    closure = facts.closed("company.office", System.FIXED if found.live else System.MOBILE)
    return None if closure is None else closed(closure.until)


ACTS = (
    Act(
        name="registeredOfficeChange",
        function="company.office",
        concerns=Customer,
        beside=OnFixed,
        check_beside=_is_open,
        becomes=RequestKind.REGISTERED_OFFICE,
    ),
    Act(
        name="communicationsEmailChange",
        function="company.email",
        concerns=Customer,
        system=System.FIXED,
        beside=OnFixed,
        check_beside=_is_on_fixed,
    ),
    Act(name="userCreate", function="users.create", concerns=Customer, system=System.DIRECTORY),
    Act(name="usersExport", function="users.export", concerns=Customer, system=System.DIRECTORY),
    Act(name="otherInvoicePay", function="invoices.other.pay", concerns=Customer, system=System.FIXED),
    Act(name="otherInvoicePaymentReport", function="invoices.other.report", concerns=Customer, system=System.FIXED),
)

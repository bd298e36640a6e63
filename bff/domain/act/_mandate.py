"""What contracts and fixed lines share: a direct debit that the bank has yet to answer, for up to 30 days."""

import msgspec

from bff.domain.act._judge import Facts, Hindrance, in_progress
from bff.domain.billing import DirectDebit

_AWAITED = in_progress("Una domiciliazione attende la risposta della banca.", "A direct debit is waiting for the bank.")


class Mandate(msgspec.Struct, frozen=True):
    """The direct debit of the account that a thing is billed to; None without one."""

    debit: DirectDebit | None


def awaits_the_bank(found: Mandate, facts: Facts) -> Hindrance | None:
    """Look for a direct debit whose first day in force is still to come."""
    debit = found.debit
    return _AWAITED if debit is not None and debit.valid_from is not None and debit.valid_from > facts.today else None

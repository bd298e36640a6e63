"""An address as the fixed legacy takes it, in the parts of its schema's `Address`."""

import re

from bff.backends.fixed._envelope import Fields
from bff.domain.address import Address

_CIVIC = re.compile(r"(?=.*\d)[^,]{1,12}")


def fields(address: Address) -> Fields:
    """Write an address: what a street is called stands before its name, the number behind a comma.

    The parts are put together again in the same way when they are read, so a street that is cut in another place than
    the customer meant is shown as it was given.
    """
    street, _, civic = address.street.rpartition(", ")
    if not street or _CIVIC.fullmatch(civic) is None:
        street, civic = address.street, ""
    toponym, _, name = street.partition(" ")
    return [
        ("toponym", toponym.upper()),
        ("street", name),
        *([("civic", civic)] if civic else []),
        ("postCode", address.postcode),
        ("city", address.town),
        ("province", address.province),
    ]

"""The customer that a request acts for, and the person who acts."""

import msgspec

from bff.domain.change import ChangeStatus, UserError
from bff.domain.profile import Profile


class Customer(msgspec.Struct, frozen=True, gc=False):
    """The company of the active membership: known by its tax code, all else is read when asked for."""

    tax_code: str


class Person(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Registry data of the signed-in person, as the directory has it."""

    first_name: str
    last_name: str
    tax_code: str | None
    mobile_number: str | None
    email: str
    username: str


class Standing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A company that the person may act for, with their profile there."""

    id: str
    company_tax_code: str
    profile: Profile
    active: bool


class Viewer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The signed-in person; `profile` is None while no membership is active, `person` for the telco's staff.

    `line_key` is the mobile line of their own; None without one.
    """

    profile: Profile | None
    person: Person | None
    memberships: tuple[Standing, ...]
    line_key: str | None = None


class Switched(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a choice of membership; `viewer` is the person under it, None when it was refused."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    viewer: Viewer | None = None


class RecipientCode(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The code that e-invoices of a contract or of a customer code are sent to; the keys tell whose it is."""

    code: str
    customer_code: str
    contract_key: str | None = None
    account_code: str | None = None

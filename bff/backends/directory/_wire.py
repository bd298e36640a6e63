"""SCIM 2.0 as the directory writes it: a user with the customer area's extension, a page of them, filters.

Sources: RFC 7643 §4.1, RFC 7644 §3.4.2; the spec, legacy.md, for the extension.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from bff.backends._batch import Unreadable, needed
from bff.backends._shape import Text, reader
from bff.backends._text import tax_code

EXTENSION = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"


class _Wire(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    pass


class Name(_Wire, frozen=True, gc=False):
    """A person's name."""

    given_name: Text = ""
    family_name: Text = ""


class Email(_Wire, frozen=True, gc=False):
    """An address."""

    value: Text | None = None
    primary: bool = False


class WireMembership(_Wire, frozen=True, gc=False):
    """That the person acts for a company."""

    id: Text | None = None
    company_tax_code: Text | None = None
    profile: Text | None = None
    registration_state: Text | None = None
    active: bool = False
    line_id: Text | None = None
    origin: Text | None = None

    @property
    def company(self) -> str:
        """Tax code of the company; raises Unreadable when it can't be read."""
        return tax_code(needed(self.company_tax_code, "memberships.companyTaxCode"))


class Extension(_Wire, frozen=True, gc=False):
    """What the customer area adds to a user."""

    tax_code: Text | None = None
    mobile_number: Text | None = None
    memberships: tuple[WireMembership, ...] = ()


class Meta(_Wire, frozen=True, gc=False):
    """What the directory says of a resource."""

    version: Text | None = None


class WireUser(_Wire, frozen=True, gc=False):
    """A user."""

    id: Text
    external_id: Text | None = None
    user_name: Text | None = None
    active: bool = False
    name: Name = Name()
    emails: tuple[Email, ...] = ()
    extension: Extension = msgspec.field(name=EXTENSION, default=Extension())
    meta: Meta = Meta()

    @property
    def email(self) -> str | None:
        """The primary address, else the first; None without one."""
        told = [each for each in self.emails if each.value]
        return next((each.value for each in told if each.primary), told[0].value if told else None)


class _ListResponse(_Wire, frozen=True, gc=False):
    total_results: Any = msgspec.field(name="totalResults", default=None)
    resources: tuple[WireUser, ...] | None = msgspec.field(name="Resources", default=None)


class People(NamedTuple):
    """A page of people, and how many there are in all; None when that is not told."""

    rows: tuple[WireUser, ...]
    told: int | None


_list_response = reader(_ListResponse)
one_user: Callable[[Any], WireUser] = reader(WireUser)


def people(value: Any) -> People:
    """Read a ListResponse; an error that comes with 200 has neither count nor resources (RFC 7644 §3.4.2, §3.12)."""
    page = _list_response(value)
    told = page.total_results if type(page.total_results) is int else None
    if page.resources is None and told is None:
        raise Unreadable("no ListResponse")
    return People(page.resources or (), told)


def any_of(attribute: str, values: Iterable[str]) -> str:
    """Write a filter for any of some values, each a JSON string as RFC 7644 §3.4.2.2 wants: none can leave its quotes.

    Example:
        >>> any_of("externalId", ["a", "b"])
        'externalId eq "a" or externalId eq "b"'
    """
    return " or ".join(f"{attribute} eq {msgspec.json.encode(value).decode()}" for value in values)

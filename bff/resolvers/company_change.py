"""The company's registered office and its e-mail for communications: changed where its registry is read from."""

from typing import Protocol

from msgspec.structs import replace

from bff.context import Context
from bff.domain import given as typed
from bff.domain.change import Changed
from bff.domain.customer import Customer
from bff.domain.deed import Judged
from bff.domain.deed.request import ContactEmail, FixedOffice, MobileTicket
from bff.domain.request import TICKET, RequestKind
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import NotFound
from bff.resolvers import acting, company, network
from bff.resolvers.given import AddressGiven, Given, as_given

_TOUCHED = ("company", "request")
_OFFICE = acting.Doing("registeredOfficeChange", System.FIXED, _TOUCHED)
_EMAIL = acting.Doing("communicationsEmailChange", System.FIXED, _TOUCHED)
_BAD_EMAIL = Text("L'indirizzo e-mail non è valido.", "The e-mail address isn't valid.")


class OfficeWanted(acting.Keyed, Protocol):
    """The new address."""

    @property
    def address(self) -> AddressGiven:
        """As it was typed."""


class EmailWanted(acting.Keyed, Protocol):
    """The new e-mail."""

    email: str


async def office(context: Context, wanted: OfficeWanted) -> Changed:
    """Ask for another registered office: of the fixed network where it leads, else of the mobile one, by a ticket.

    Raises BffError when it was surely not asked for.
    """

    async def prepare() -> Judged:
        given = Given(context)
        address = given.address(wanted.address, "address")
        given.refuse()
        await acting.judge(context, _OFFICE.mutation, Customer(context.customer))
        return Judged(await _office_deed(context), address)

    asked = {"address": as_given(wanted.address)}
    done = await acting.change(context, _OFFICE, wanted.idempotency_key, asked, prepare)
    return replace(done, system=System.MOBILE) if (done.request_key or "").startswith(TICKET) else done


async def _office_deed(context: Context) -> FixedOffice | MobileTicket:
    person_key = context.principal.person_key
    if (code := await company.leading_code(context)) is not None:
        return FixedOffice(customer_code=code, person_key=person_key)
    customer_key = await network.customer_key(context)
    return MobileTicket(kind=RequestKind.REGISTERED_OFFICE, customer_key=customer_key, person_key=person_key)


async def email(context: Context, wanted: EmailWanted) -> Changed:
    """Change the e-mail for communications. Raises BffError when it was surely not changed."""

    async def prepare() -> Judged:
        given = Given(context)
        address = given.read(typed.email, wanted.email, _BAD_EMAIL, "email")
        given.refuse()
        await acting.judge(context, _EMAIL.mutation, Customer(context.customer))
        if (code := await company.leading_code(context)) is None:
            raise NotFound("no customer of the fixed network")
        return Judged(ContactEmail(customer_code=code, person_key=context.principal.person_key), address)

    return await acting.change(context, _EMAIL, wanted.idempotency_key, {"email": wanted.email}, prepare)

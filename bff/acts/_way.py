"""The one table of deeds: how each is done, how it is found again, and what of the cache it makes worthless."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from bff.acts import credentials
from bff.backends import Backends
from bff.domain.address import Address, likeness
from bff.domain.change import ChangeStatus
from bff.domain.deed import Shown, Told
from bff.domain.deed.assistance import CallBack, ChatOpening, EmailChange, SupportMail, reference_of
from bff.domain.deed.billing import (
    FixedDebit,
    FixedDelivery,
    FixedPaperless,
    MobileDebit,
    MobileDelivery,
    MobilePaperless,
)
from bff.domain.deed.line import FixedCease, FixedLineRequest, MobileCease, MobileCeaseRevoke
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.payment import Checkout
from bff.domain.deed.registration import PersonRegistered
from bff.domain.deed.request import ContactEmail, FixedOffice, FixedPaymentReport, InvoiceMerge, MobileTicket
from bff.domain.deed.service import FixedServiceSet, ServiceOrder
from bff.domain.deed.sim import SimChange, SimOrder
from bff.domain.deed.user import CredentialsMail, UserAct, UserChange, UserMade
from bff.domain.message import Letter
from bff.domain.profile import Profile


class Concerned(NamedTuple):
    """A person of whom a deed changes what they may do: the subject of their tokens, and the membership that is over.

    None where none is. `profiled` is a membership that has another profile now, with that.
    """

    subject: str
    ended: str | None = None
    profiled: tuple[str, Profile] | None = None


def nobody(_deed: object) -> tuple[Concerned, ...]:
    """Name who is concerned by most deeds."""
    return ()


class Way(NamedTuple):
    """The way of one kind of deed.

    Attributes:
        send: does it, under a request id, with what must not be kept of it. Raises BackendErrors.
        find: tells what became of a request id, or shows what is set now; None when its system knows nothing of it.
            Raises BackendErrors.
        tags: of the cache's kinds that it touches.
        sets: whether it sets a value, so that it may be done once more when it is read back and is not there.
        concerns: names the persons of whom it changes what they may do; all workers must know at once.
    """

    send: Callable[[Backends, Any, str, Any], Awaitable[Told]]
    find: Callable[[Backends, Any, str], Awaitable[Told | Shown | None]]
    tags: tuple[str, ...]
    sets: bool = False
    concerns: Callable[[Any], tuple[Concerned, ...]] = nobody


def _concerned(deed: UserChange) -> tuple[Concerned, ...]:
    over = deed.act in {UserAct.DEACTIVATE, UserAct.DELETE}
    profiled = None if deed.profile is None else (deed.membership_key, deed.profile)
    if deed.subject is None:
        return ()
    return (Concerned(deed.subject, deed.membership_key if over else None, profiled),)


async def _mailed(backends: Backends, request_id: str, write: Callable[[str], Letter]) -> Told:
    """Send a letter to the support desk, with the reference that follows from the request id."""
    reference = reference_of(request_id)
    await backends.mail.send(write(reference), request_id)
    return Told(ChangeStatus.DONE, made_key=reference)


async def _posted(backends: Backends, request_id: str, letter: Letter) -> Told:
    """Send a letter that somebody has to answer by opening its link."""
    await backends.mail.send(letter, request_id)
    return Told(ChangeStatus.ACCEPTED)


async def _unknown() -> None:
    return None


async def _made(request_id: str) -> Told:
    return Told(ChangeStatus.DONE, made_key=request_id)


async def _delivery(deed: MobileDelivery | FixedDelivery, read: Awaitable[Address | None]) -> Shown | None:
    """Show where paper invoices go now; None when the system does not say."""
    address = await read
    return None if address is None else Shown(deed.mark, likeness(address))


WAYS: Final[Mapping[type, Way]] = {
    SimOrder: Way(
        lambda backends, deed, request_id, _content: backends.mobile.order_sim(deed, request_id),
        lambda backends, _deed, request_id: backends.mobile.service_order(request_id),
        ("line", "sim", "request"),
    ),
    ServiceOrder: Way(
        lambda backends, deed, request_id, content: backends.mobile.order_service(deed, request_id, content),
        lambda backends, _deed, request_id: backends.mobile.service_order(request_id),
        ("service", "request"),
    ),
    OfferOrder: Way(
        lambda backends, deed, request_id, _content: backends.mobile.order_offer(deed, request_id),
        lambda backends, _deed, request_id: backends.mobile.product_order(request_id),
        ("offer", "order"),
    ),
    MobileCease: Way(
        lambda backends, deed, request_id, wanted: backends.mobile.cease_lines(deed, request_id, wanted),
        lambda backends, deed, request_id: backends.mobile.lines_ceased(deed, request_id),
        ("line", "order"),
    ),
    MobileCeaseRevoke: Way(
        lambda backends, deed, _id, _content: backends.mobile.revoke_cease(deed),
        lambda backends, deed, _id: backends.mobile.cease_revoked(deed),
        ("line", "order"),
    ),
    SimChange: Way(
        lambda backends, deed, request_id, wanted: backends.mobile.order_other_sim(deed, request_id, wanted),
        lambda backends, _deed, request_id: backends.mobile.product_order(request_id),
        ("line", "sim", "order", "shipment"),
    ),
    FixedLineRequest: Way(
        lambda backends, deed, request_id, wanted: backends.fixed.ask_of_line(deed, request_id, wanted),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("line", "account", "request"),
    ),
    FixedCease: Way(
        lambda backends, deed, request_id, wanted: backends.fixed.cease_lines(deed, request_id, wanted),
        lambda backends, deed, request_id: backends.fixed.lines_ceased(deed, request_id),
        ("line", "request"),
    ),
    MobilePaperless: Way(
        lambda backends, deed, _id, _content: backends.mobile.set_paperless(deed),
        lambda backends, deed, _id: backends.mobile.paperless_set(deed),
        ("account",),
        sets=True,
    ),
    FixedPaperless: Way(
        lambda backends, deed, request_id, _content: backends.fixed.set_paperless(deed, request_id),
        lambda backends, deed, _id: backends.fixed.paperless_set(deed),
        ("account", "request"),
        sets=True,
    ),
    MobileDelivery: Way(
        lambda backends, deed, _id, address: backends.mobile.set_delivery(deed, address),
        lambda backends, deed, _id: _delivery(deed, backends.mobile.delivery(deed.account_key)),
        ("account",),
        sets=True,
    ),
    FixedDelivery: Way(
        lambda backends, deed, request_id, address: backends.fixed.set_delivery(deed, request_id, address),
        lambda backends, deed, _id: _delivery(deed, backends.fixed.delivery(deed.customer_code, deed.account_code)),
        ("account", "request"),
        sets=True,
    ),
    FixedDebit: Way(
        lambda backends, deed, request_id, mandate: backends.fixed.set_debit(deed, request_id, mandate),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("account", "request"),
    ),
    FixedServiceSet: Way(
        lambda backends, deed, request_id, number: backends.fixed.set_service(deed, request_id, number),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("service", "request"),
    ),
    MobileDebit: Way(
        lambda backends, deed, request_id, mandate: backends.mobile.set_debit(deed, request_id, mandate),
        lambda backends, deed, request_id: backends.mobile.debit_set(deed, request_id),
        ("account",),
        sets=True,
    ),
    FixedPaymentReport: Way(
        lambda backends, deed, request_id, made: backends.fixed.report_payment(deed, request_id, made),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("invoice", "request"),
    ),
    FixedOffice: Way(
        lambda backends, deed, request_id, address: backends.fixed.move_office(deed, request_id, address),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("company", "request"),
    ),
    ContactEmail: Way(
        lambda backends, deed, request_id, email: backends.fixed.set_contact_email(deed, request_id, email),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("company", "request"),
    ),
    InvoiceMerge: Way(
        lambda backends, deed, request_id, _content: backends.fixed.merge_invoices(deed, request_id),
        lambda backends, _deed, request_id: backends.fixed.requested(request_id),
        ("request",),
    ),
    MobileTicket: Way(
        lambda backends, deed, request_id, about: backends.mobile.open_ticket(deed, request_id, about),
        lambda backends, _deed, request_id: backends.mobile.opened_ticket(request_id),
        ("invoice", "request"),
    ),
    CallBack: Way(
        lambda backends, deed, request_id, called: backends.mobile.book_call_back(deed, request_id, called),
        lambda backends, _deed, request_id: backends.mobile.call_back(request_id),
        ("appointment",),
    ),
    # Nobody can be asked whether a letter has come. The same one has the same Message-ID, by which a second is dropped.
    SupportMail: Way(
        lambda backends, _deed, request_id, write: _mailed(backends, request_id, write),
        lambda _backends, _deed, _id: _unknown(),
        (),
        sets=True,
    ),
    EmailChange: Way(
        lambda backends, _deed, request_id, letter: _posted(backends, request_id, letter),
        lambda _backends, _deed, _id: _unknown(),
        ("user",),
        sets=True,
    ),
    # No system is asked: the conversation begins when the link is followed, under the request id.
    ChatOpening: Way(
        lambda _backends, _deed, request_id, _content: _made(request_id),
        lambda _backends, _deed, request_id: _made(request_id),
        (),
    ),
    PersonRegistered: Way(
        lambda backends, deed, request_id, who: backends.directory.register(deed, request_id, who),
        lambda backends, deed, request_id: backends.directory.registered(deed, request_id),
        ("user",),
    ),
    UserMade: Way(
        credentials.make,
        lambda backends, _deed, request_id: backends.directory.user_made(request_id),
        ("user",),
    ),
    UserChange: Way(
        credentials.change,
        lambda backends, deed, _id: backends.directory.user_changed(deed),
        ("user",),
        sets=True,
        concerns=_concerned,
    ),
    CredentialsMail: Way(credentials.mail, credentials.mailed, ("user",)),
    Checkout: Way(
        lambda backends, deed, request_id, returning: backends.payment.open(deed, request_id, returning),
        lambda backends, _deed, request_id: backends.payment.opened(request_id),
        (),
    ),
}

"""What one operation may use: who asks, its loaders, its day and language. Opened after the profile has decided."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from bff.acts import Acts
from bff.acts.payment import Payments
from bff.auth.ids import Ids
from bff.auth.principal import Principal
from bff.auth.registration import Registrations
from bff.auth.sites import Sites
from bff.backends import Backends
from bff.cache.customers import Customers
from bff.content import Content
from bff.domain.area import Area
from bff.domain.closing import Closure
from bff.domain.explanation import Explanation
from bff.domain.period import rome_day
from bff.domain.profile import Grant, Profile
from bff.domain.system import System
from bff.errors import Forbidden
from bff.execution import Denied
from bff.loaders import Loaders
from bff.state.allowance import Allowances
from bff.state.links import Links
from bff.state.pending_email import PendingEmails
from bff.state.persons import Persons

Explain = Callable[[str, str | None, Mapping[str, Any] | None, Profile], Awaitable[Explanation]]
"""Tells what a document, its operation of a name, with variables, would do under a profile."""


class Context:
    """One per operation.

    Attributes:
        acts: does what changes something, once.
        allowances: count what a person may do so many times in a day.
        registrations: keeps those under way, of people whom nobody has let in yet.
        backends: the systems themselves, for what is of no customer; all else is read by the loaders.
        pending_emails: new registration e-mails that wait for their link to be opened.
        persons: notes for which company a person has chosen to act.
        payments: takes payments to their end.
        principal: who asks, for which customer, with which profile.
        types: which records the profile may read at all, by class; an id in an argument obeys it.
        loaders: the operation's loaders; nothing is read past them.
        customers: learns whose customer codes are read.
        ids: turns natural keys into opaque ids and back.
        links: mints links to files.
        sites: mints links to other sites.
        area: where the customer area's pages are.
        now: the moment of the operation, the same for all its fields.
        today: its day in Rome.
        language: "it" or "en", by Accept-Language.
        content: engagement rules, questions, opening hours, as they are now.
        closed: what operators have closed, by name; here those count that are functions of the matrix.
        explain: tells what a document would do under a profile; None where nobody may ask.
        system_closed: tells whether a whole system is closed now, by an operator or for the night.
        denials: graphql-core's own: what was selected and may not be used, by path without list positions.
        levels: graphql-core's own: parents that wait to be asked together.
    """

    __slots__ = (
        "acts",
        "allowances",
        "area",
        "backends",
        "closed",
        "content",
        "customers",
        "denials",
        "explain",
        "ids",
        "language",
        "levels",
        "links",
        "loaders",
        "now",
        "payments",
        "pending_emails",
        "persons",
        "principal",
        "registrations",
        "sites",
        "system_closed",
        "today",
        "types",
    )

    def __init__(
        self,
        *,
        acts: Acts,
        allowances: Allowances,
        registrations: Registrations,
        backends: Backends,
        pending_emails: PendingEmails,
        persons: Persons,
        payments: Payments,
        principal: Principal,
        types: Grant,
        loaders: Loaders,
        customers: Customers,
        ids: Ids,
        links: Links,
        sites: Sites,
        area: Area,
        now: datetime,
        language: str,
        content: Content,
        closed: Mapping[str, Closure],
        system_closed: Callable[[System], Closure | None],
        explain: Explain | None = None,
    ) -> None:
        self.acts = acts
        self.allowances = allowances
        self.registrations = registrations
        self.backends = backends
        self.pending_emails = pending_emails
        self.persons = persons
        self.payments = payments
        self.principal = principal
        self.types = types
        self.loaders = loaders
        self.customers = customers
        self.ids = ids
        self.links = links
        self.sites = sites
        self.area = area
        self.now = now
        self.today = rome_day(now)
        self.language = language
        self.content = content
        self.closed = closed
        self.system_closed = system_closed
        self.explain = explain
        self.denials: dict[tuple[str, ...], Denied] = {}
        self.levels: dict[object, Any] = {}

    @property
    def customer(self) -> str:
        """Tax code of the company that the operation acts for.

        Raises:
            Forbidden: no membership is active; nothing that asks is open without one.
        """
        if (tax_code := self.principal.customer) is None:
            raise Forbidden
        return tax_code

    def deny(self, error: Exception, path: list[str | int], nodes: Sequence[Any]) -> None:
        """Count a denied selection; the first occurrence gives the path."""
        place = tuple(step for step in path if isinstance(step, str))
        known = self.denials.get(place)
        self.denials[place] = Denied(error, path, nodes, 1) if known is None else replace(known, count=known.count + 1)

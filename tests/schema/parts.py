"""Small schemas and contexts for the tests of what guards and batches a schema."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from bff.acts import Acts
from bff.acts.payment import Payments
from bff.auth.ids import Ids
from bff.auth.principal import Principal
from bff.auth.sites import Sites
from bff.auth.tokens import Claims
from bff.cache.customers import Customers
from bff.content import Contents, Places
from bff.context import Context
from bff.domain.area import Area
from bff.domain.closing import Closure
from bff.domain.profile import Grant, Profile
from bff.domain.user import Membership, User, UserState
from bff.loaders import Loaders
from bff.settings import DEVELOPMENT_ID_KEY, DEVELOPMENT_SITE_KEY
from bff.state.links import Links, MemoryLinks
from bff.state.persons import Persons

TAX_CODE = "12345678903"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def context(
    profile: Profile | None = Profile.LEGAL_REPRESENTATIVE, *, closed: Mapping[str, Closure] | None = None
) -> Context:
    """Give the context of an operation that reads nothing: its fields use no loader."""
    return Context(
        acts=cast("Acts", None),
        allowances=cast("Any", None),
        registrations=cast("Any", None),
        backends=cast("Any", None),
        pending_emails=cast("Any", None),
        persons=cast("Persons", None),
        payments=cast("Payments", None),
        principal=Principal(_user(), None if profile is None else _membership(profile), cast("Claims", None)),
        types=Grant({}),
        loaders=cast("Loaders", None),
        customers=Customers(),
        ids=Ids([DEVELOPMENT_ID_KEY]),
        links=Links(MemoryLinks(), "https://bff.invalid"),
        sites=Sites([DEVELOPMENT_SITE_KEY], "https://bff.invalid", {}),
        area=Area("https://area.invalid"),
        now=NOW,
        language="it",
        content=Contents(Places("https://area.invalid", {})).current(),
        closed=closed or {},
        system_closed=lambda _system: None,
    )


def _user() -> User:
    return User(
        key="USR-1",
        subject="subject-1",
        active=True,
        username="ada",
        first_name="Ada",
        last_name="Rossi",
        email="ada@example.com",
        tax_code=None,
        mobile_number=None,
        memberships=(),
    )


def _membership(profile: Profile) -> Membership:
    return Membership(
        key="MEM-1",
        company_tax_code=TAX_CODE,
        profile=profile,
        state=UserState.REGISTERED,
        active=True,
        line_key=None,
    )


def codes(errors: Sequence[Any] | None) -> list[tuple[str, list[str | int]]]:
    """Give the class name of what was raised, and the path, of each error."""
    return [(type(error.original_error).__name__, error.path) for error in errors or ()]

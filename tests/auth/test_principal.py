"""Who a token's bearer is, and under which membership they act."""

from datetime import timedelta

import msgspec
import pytest

from bff.auth.principal import Principal, identify
from bff.auth.tokens import Claims
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.user import Membership, User, UserState
from bff.errors import AccountDisabled, BackendTimeout, BadRequest
from bff.state.persons import LAG_S, NOTHING, Noted
from tests.clock import NOW

pytestmark = pytest.mark.anyio

CLAIMS = Claims(
    subject="subject-1",
    client_id="dashboard",
    token_id="token-1",
    scope=frozenset(),
    roles=frozenset(),
    auth_time=NOW,
    issued_at=NOW,
    expires_at=NOW,
)


def membership(
    key: str,
    *,
    profile: Profile | None = Profile.ADMIN_FULL,
    state: UserState = UserState.REGISTERED,
    active: bool = True,
) -> Membership:
    return Membership(
        key=key, company_tax_code=f"company of {key}", profile=profile, state=state, active=active, line_key="P-1"
    )


def person(*memberships: Membership, active: bool = True, subject: str = "subject-1") -> User:
    return User(
        key="user-1",
        subject=subject,
        active=active,
        username="mario",
        first_name="Mario",
        last_name="Rossi",
        email="mario@example.com",
        tax_code=None,
        mobile_number=None,
        memberships=memberships,
    )


async def identified(
    user: User | None, wanted: str | None = None, noted: Noted = NOTHING, *, later_s: float = 0
) -> Principal:
    async def users(subject: str) -> User | None:
        assert subject == "subject-1"
        return user

    async def at_once(subject: str) -> Noted:
        assert subject == "subject-1"
        return noted

    return await identify(CLAIMS, wanted, users, at_once, NOW + timedelta(seconds=later_s))


DISABLED = membership("M-off", active=False)
INVITED = membership("M-invited", state=UserState.INVITED)
STRANGE = membership("M-strange", profile=None)


async def test_the_only_usable_membership_is_taken() -> None:
    principal = await identified(person(DISABLED, membership("M-1"), INVITED, STRANGE))
    assert principal.person_key == "user-1"
    assert principal.customer == "company of M-1"
    assert principal.profile is Profile.ADMIN_FULL
    assert principal.line_key == "P-1"


async def test_a_wanted_membership_is_taken_among_several() -> None:
    principal = await identified(person(membership("M-1"), membership("M-2", profile=Profile.END_USER)), "M-2")
    assert (principal.customer, principal.profile) == ("company of M-2", Profile.END_USER)


async def test_without_a_choice_among_several_none_is_active() -> None:
    principal = await identified(person(membership("M-1"), membership("M-2")))
    assert (principal.membership, principal.customer, principal.profile, principal.line_key) == (None,) * 4
    assert principal.person_key == "user-1"


async def test_an_unusable_and_an_unknown_wanted_membership_are_refused_alike() -> None:
    texts = set()
    for wanted in ("M-off", "M-invited", "M-strange", "M-unknown", ""):
        with pytest.raises(BadRequest) as refused:
            await identified(person(membership("M-1"), DISABLED, INVITED, STRANGE), wanted)
        texts.add(refused.value.message)
    assert texts == {"X-Membership is not the id of a membership that you can use."}


@pytest.mark.parametrize(
    "user",
    [
        None,
        person(membership("M-1"), active=False),
        person(membership("M-1"), subject="someone else"),
        person(),
        person(DISABLED, INVITED, STRANGE),
    ],
    ids=["unknown", "not active", "another person", "no membership", "no usable membership"],
)
@pytest.mark.parametrize("wanted", [None, "M-1", "M-off"])
async def test_who_may_not_come_in_is_told_so(user: User | None, wanted: str | None) -> None:
    with pytest.raises(AccountDisabled):
        await identified(user, wanted)


async def test_a_directory_that_is_down_is_not_taken_for_a_stranger() -> None:
    async def users(subject: str) -> User | None:
        raise BackendTimeout(System.DIRECTORY, "users")

    with pytest.raises(BackendTimeout):
        await identify(CLAIMS, None, users, nothing, NOW)


# --- what counts at once ----------------------------------------------------------------------------------------------

BOTH = person(membership("M-1"), membership("M-2"))


async def nothing(_subject: str) -> Noted:
    return NOTHING


@pytest.mark.parametrize("ago_s", [0.0, 60.0])
async def test_a_membership_that_has_ended_is_over_for_tokens_of_before_though_the_directory_lags(ago_s: float) -> None:
    issued_s = NOW.timestamp()
    ended = Noted({"M-1": issued_s + ago_s}, {})

    with pytest.raises(AccountDisabled):
        await identified(person(membership("M-1")), noted=ended, later_s=100_000)
    assert (await identified(BOTH, noted=ended)).membership == BOTH.memberships[1]
    with pytest.raises(BadRequest):
        await identified(BOTH, "M-1", ended)


async def test_for_a_later_token_the_directory_decides_again_once_its_reads_can_not_lag() -> None:
    ended = Noted({"M-1": NOW.timestamp() - 1}, {})

    with pytest.raises(AccountDisabled):
        await identified(person(membership("M-1")), noted=ended, later_s=LAG_S - 2)
    assert (await identified(person(membership("M-1")), noted=ended, later_s=LAG_S)).membership is not None


@pytest.mark.parametrize(("later_s", "due"), [(LAG_S - 2, Profile.END_USER), (LAG_S, Profile.ADMIN_FULL)])
async def test_a_new_profile_counts_though_the_directory_lags(later_s: float, due: Profile) -> None:
    given = Noted({}, {}, {"M-1": ("END_USER", NOW.timestamp() - 1)})
    known = msgspec.structs.replace(membership("M-1"), profile=Profile.ADMIN_FULL)
    assert (await identified(person(known), noted=given, later_s=later_s)).profile is due


@pytest.mark.parametrize(
    ("client", "membership_key", "wanted", "active"),
    [
        (CLAIMS.client_id, "M-2", None, "M-2"),
        (CLAIMS.client_id, "M-2", "M-1", "M-1"),
        ("another client", "M-2", None, None),
        (CLAIMS.client_id, "M-gone", None, None),
    ],
)
async def test_the_choice_of_a_client_counts_where_no_header_chooses(
    client: str, membership_key: str, wanted: str | None, active: str | None
) -> None:
    found = (await identified(BOTH, wanted, Noted({}, {client: membership_key}))).membership
    assert (None if found is None else found.key) == active

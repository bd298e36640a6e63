"""The same rules against a provider that nobody here wrote for them: the sandbox's, over real sockets."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from bff.auth.keys import KeySource
from bff.auth.principal import identify
from bff.auth.tokens import TokenValidator
from bff.backends import Access, Backends, open_backends
from bff.domain.profile import Profile
from bff.domain.user import User
from bff.errors import AccountDisabled, Unauthenticated
from bff.state.persons import NOTHING, Noted
from sandbox.server import Sandbox
from tests.clock import HandClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def backends(sandbox: Sandbox) -> AsyncIterator[Backends]:
    access = Access(
        mobile_url=sandbox.urls.mobile,
        mobile_key="",
        fixed_url=sandbox.urls.fixed,
        fixed_username="",
        fixed_password="",
        directory_url=sandbox.urls.directory,
        directory_key="sandbox-directory-key",
        issuer=sandbox.urls.identity,
        identity_key="",
        mail_url="smtp://127.0.0.1:1",
        mail_sender="no-reply@business.example",
    )
    backends = open_backends(access, sandbox.clock)
    yield backends
    await backends.aclose()


@pytest.fixture
def sandbox_keys(backends: Backends, clock: HandClock) -> KeySource:
    return KeySource(backends.identity.jwks, monotonic=clock.monotonic)


@pytest.fixture
def sandbox_validator(sandbox: Sandbox, sandbox_keys: KeySource) -> TokenValidator:
    return TokenValidator(sandbox.urls.identity, "bff", sandbox_keys, sandbox.clock)


async def test_a_personas_token_is_good_and_costs_one_read_of_the_keys(
    sandbox: Sandbox, sandbox_validator: TokenValidator
) -> None:
    for persona in ("legal", "light", "ceased"):
        claims = await sandbox_validator.validate(sandbox.token(persona))
        assert claims.client_id == "dashboard"
        assert claims.auth_time is not None
        assert claims.expires_at > sandbox.clock.now()
    assert [entry.operation for entry in sandbox.ledger.entries()].count("GET /jwks") == 1


async def test_staff_do_not_come_in_by_the_customers_door(sandbox: Sandbox, sandbox_validator: TokenValidator) -> None:
    with pytest.raises(Unauthenticated, match="aud"):
        await sandbox_validator.validate(sandbox.token("staff"))


async def test_a_token_expires_on_the_shared_clock(sandbox: Sandbox, sandbox_validator: TokenValidator) -> None:
    token = sandbox.token("legal")
    sandbox.clock.advance(timedelta(hours=2).total_seconds())
    with pytest.raises(Unauthenticated, match="exp"):
        await sandbox_validator.validate(token)


async def test_a_rotation_is_followed(sandbox: Sandbox, sandbox_validator: TokenValidator, clock: HandClock) -> None:
    old = sandbox.token("legal")
    assert await sandbox_validator.validate(old)
    assert sandbox._identity is not None
    sandbox._identity.state.provider.rotate()
    clock.advance(30)
    assert await sandbox_validator.validate(sandbox.token("legal"))
    assert await sandbox_validator.validate(old), "the provider still publishes the key before"


async def nothing(_subject: str) -> Noted:
    return NOTHING


async def test_a_persona_acts_with_the_directorys_profile(
    sandbox: Sandbox, sandbox_validator: TokenValidator, backends: Backends
) -> None:
    async def profile(persona: str) -> Profile | None:
        claims = await sandbox_validator.validate(sandbox.token(persona))
        return (await identify(claims, None, reading(backends), nothing, claims.issued_at)).profile

    personas = ("legal", "admin", "light", "user", "purchaser", "ceased", "double")
    assert {persona: await profile(persona) for persona in personas} == {
        "legal": Profile.LEGAL_REPRESENTATIVE,
        "admin": Profile.ADMIN_FULL,
        "light": Profile.ADMIN_LIGHT,
        "user": Profile.END_USER,
        "purchaser": Profile.END_USER_PURCHASER,
        "ceased": Profile.CEASED_CUSTOMER,
        "double": None,
    }


async def test_a_person_whose_only_membership_is_disabled_may_not_come_in(
    sandbox: Sandbox, sandbox_validator: TokenValidator, backends: Backends
) -> None:
    claims = await sandbox_validator.validate(sandbox.token("disabled"))
    with pytest.raises(AccountDisabled):
        await identify(claims, None, reading(backends), nothing, claims.issued_at)


def reading(backends: Backends) -> Callable[[str], Awaitable[User | None]]:
    """Read one person of the directory, uncached."""

    async def users(subject: str) -> User | None:
        found = (await backends.directory.users_by_subject([subject])).get(subject)
        assert found is None or isinstance(found, User)
        return found

    return users

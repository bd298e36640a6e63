"""That a token which was found good is taken again without work, and not for a moment longer than it is good."""

import asyncio

import pytest
from joserfc.jwk import RSAKey

from bff.auth.tokens import TokenValidator
from bff.domain.system import System
from bff.errors import BackendUnavailable, Unauthenticated
from tests.auth.conftest import HOUR_S, Issuer
from tests.clock import NOW, HandClock

pytestmark = pytest.mark.anyio

NOW_S = int(NOW.timestamp())
DAY_S = 24 * HOUR_S
LEEWAY_S = 60
KEYS_REREAD_S = 601


async def refusal(validator: TokenValidator, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await validator.validate(token)
    return str(refused.value)


async def keys_reread(validator: TokenValidator, token: str, clock: HandClock) -> None:
    """Let the provider's keys be read again, which a known key does not wait for."""
    clock.advance(KEYS_REREAD_S)
    await validator.validate(token)
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_a_good_token_says_is_remembered(validator: TokenValidator, issuer: Issuer) -> None:
    token = issuer.token()
    said = await validator.validate(token)
    assert await validator.validate(token) is said
    assert await validator.validate(issuer.token({"jti": "token-2"})) is not said


@pytest.mark.parametrize("place", ["head", "payload", "signature"])
async def test_a_remembered_token_with_another_letter_is_another_one(
    validator: TokenValidator, issuer: Issuer, place: str
) -> None:
    token = issuer.token()
    await validator.validate(token)
    parts = token.split(".")
    changed = ["head", "payload", "signature"].index(place)
    parts[changed] = ("A" if parts[changed][5] != "A" else "B").join((parts[changed][:5], parts[changed][6:]))
    assert await refusal(validator, ".".join(parts)) in {"form", "header", "signature"}


async def test_a_remembered_token_ends_on_its_second(
    validator: TokenValidator, issuer: Issuer, clock: HandClock
) -> None:
    token = issuer.token({"exp": NOW_S + 100})
    await validator.validate(token)
    clock.advance(100 + LEEWAY_S - 0.001)
    await validator.validate(token)
    clock.advance(0.001)
    assert await refusal(validator, token) == "exp"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_remembered_token_is_refused_by_a_clock_set_back_to_before_it(
    validator: TokenValidator, issuer: Issuer, clock: HandClock, claim: str
) -> None:
    token = issuer.token({"iat": NOW_S - HOUR_S, claim: NOW_S})
    await validator.validate(token)
    clock.advance(-LEEWAY_S)
    await validator.validate(token)
    clock.advance(-1)
    assert await refusal(validator, token) == claim


async def test_a_remembered_token_goes_with_its_key(
    validator: TokenValidator, issuer: Issuer, clock: HandClock
) -> None:
    token = issuer.token()
    await validator.validate(token)
    issuer.rotate()
    await keys_reread(validator, token, clock)
    assert await refusal(validator, token) == "key"


async def test_a_remembered_token_is_judged_anew_by_another_key_of_the_same_name(
    validator: TokenValidator, issuer: Issuer, clock: HandClock
) -> None:
    token = issuer.token()
    await validator.validate(token)
    issuer.keys = {"first": RSAKey.generate_key(2048, {"kid": "first"})}
    await keys_reread(validator, token, clock)
    assert await refusal(validator, token) == "signature"


async def test_a_remembered_token_outlives_the_provider_by_as_long_as_its_keys_do(
    validator: TokenValidator, issuer: Issuer, clock: HandClock
) -> None:
    token = issuer.token({"exp": NOW_S + 3 * DAY_S})
    await validator.validate(token)
    issuer.down = BackendUnavailable(System.IDENTITY, "jwks")
    clock.advance(DAY_S)
    await validator.validate(token)
    clock.advance(1)
    with pytest.raises(BackendUnavailable):
        await validator.validate(token)


async def test_a_refused_token_is_not_remembered(validator: TokenValidator, issuer: Issuer, clock: HandClock) -> None:
    token = issuer.token({"nbf": NOW_S + LEEWAY_S + 1})
    assert await refusal(validator, token) == "nbf"
    clock.advance(1)
    assert (await validator.validate(token)).subject == "subject-1"

"""That the provider is asked rarely, whatever arrives, and that its keys are found all the same."""

import asyncio
import secrets

import pytest
from joserfc.jwk import ECKey, RSAKey

from bff.auth.keys import KeySource
from bff.domain.system import System
from bff.errors import BackendError, BackendTimeout, BackendUnavailable
from bff.observability import JWKS_FETCHES, REQUEST, new_request
from tests.auth.conftest import Issuer
from tests.clock import HandClock

pytestmark = pytest.mark.anyio

DAY_S = 24 * 3600


async def settle() -> None:
    """Let tasks that were started run to their end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_keys_are_fetched_once_and_kept(keys: KeySource, issuer: Issuer) -> None:
    for _ in range(100):
        assert await keys.find("first") is not None
    assert issuer.fetches == 1


async def test_a_flood_of_unknown_keys_costs_one_fetch(keys: KeySource, issuer: Issuer) -> None:
    assert [key for key in [await keys.find(secrets.token_hex(8)) for _ in range(10_000)] if key] == []
    assert issuer.fetches == 1


async def test_a_flood_at_once_joins_one_fetch(keys: KeySource, issuer: Issuer) -> None:
    found = await asyncio.gather(*(keys.find(secrets.token_hex(8)) for _ in range(1_000)), keys.find("first"))
    assert found[-1] is not None
    assert issuer.fetches == 1


async def test_a_lasting_flood_costs_one_fetch_in_30_s(keys: KeySource, issuer: Issuer, clock: HandClock) -> None:
    for _ in range(600):
        await keys.find(secrets.token_hex(8))
        clock.advance(0.5)
    assert issuer.fetches == 10


async def test_a_flood_costs_no_more_while_the_provider_is_down(
    keys: KeySource, issuer: Issuer, clock: HandClock
) -> None:
    issuer.down = BackendTimeout(System.IDENTITY, "jwks")
    for _ in range(100):
        with pytest.raises(BackendUnavailable):
            await keys.find("first")
    assert issuer.fetches == 1


async def test_one_waiter_that_goes_away_does_not_end_the_fetch_of_the_others(issuer: Issuer) -> None:
    answer = asyncio.Event()

    async def slow() -> object:
        await answer.wait()
        return await issuer.fetch()

    keys = KeySource(slow)
    gone, waiting = asyncio.create_task(keys.find("first")), asyncio.create_task(keys.find("first"))
    await settle()
    gone.cancel()
    await settle()
    answer.set()
    assert await waiting is not None
    assert issuer.fetches == 1


async def test_a_rotation_is_picked_up_by_the_first_new_key(keys: KeySource, issuer: Issuer, clock: HandClock) -> None:
    assert await keys.find("first")
    issuer.rotate()
    assert await keys.find("second") is None
    clock.advance(30)
    assert await keys.find("second") is not None
    assert issuer.fetches == 2


async def test_a_withdrawn_key_goes_within_ten_minutes(keys: KeySource, issuer: Issuer, clock: HandClock) -> None:
    assert await keys.find("first")
    issuer.rotate()
    clock.advance(601)
    assert await keys.find("first") is not None, "known keys never wait for the provider"
    await settle()
    assert await keys.find("first") is None
    assert issuer.fetches == 2


async def test_known_keys_stay_good_for_a_day_while_the_provider_is_down(
    keys: KeySource, issuer: Issuer, clock: HandClock
) -> None:
    assert await keys.find("first")
    issuer.down = BackendUnavailable(System.IDENTITY, "jwks")
    clock.advance(DAY_S)
    assert await keys.find("first") is not None
    clock.advance(1)
    with pytest.raises(BackendUnavailable):
        await keys.find("first")


async def test_keys_come_back_with_the_provider(keys: KeySource, issuer: Issuer, clock: HandClock) -> None:
    issuer.down = BackendUnavailable(System.IDENTITY, "jwks")
    with pytest.raises(BackendUnavailable):
        await keys.find("first")
    issuer.down = None
    clock.advance(30)
    assert await keys.find("first") is not None


@pytest.mark.parametrize(
    "document",
    [
        "keys",
        [],
        {"keys": {}},
        {"keys": []},
        {"keys": ["key"]},
        {"keys": [{"kty": "RSA", "kid": "first"}]},
        {"keys": [{"kty": "RSA", "kid": "first", "n": "!", "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "kid": "first", "n": 7, "e": "AQAB"}]},
        {"keys": [{"kty": 1, "kid": "first"}]},
        {"keys": [{"kty": [], "kid": "first"}]},
        {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
    ],
)
async def test_a_malformed_key_set_leaves_the_old_keys(
    keys: KeySource, issuer: Issuer, clock: HandClock, document: object
) -> None:
    assert await keys.find("first")
    before = JWKS_FETCHES.labels("malformed")._value.get()
    issuer.document = document
    clock.advance(30)
    with pytest.raises(BackendUnavailable):
        await keys.find("unknown")  # nobody could tell whether it is one
    assert await keys.find("first") is not None
    assert JWKS_FETCHES.labels("malformed")._value.get() == before + 1


async def test_a_key_that_is_unknown_while_the_provider_fails_is_refused_only_when_it_can_be_asked_again(
    keys: KeySource, issuer: Issuer, clock: HandClock
) -> None:
    assert await keys.find("first")
    good, issuer.document = issuer.document, {}
    clock.advance(30)
    for _ in range(2):
        with pytest.raises(BackendUnavailable):
            await keys.find("second")
    issuer.document = good
    clock.advance(30)
    assert await keys.find("second") is None


async def test_keys_that_may_not_sign_our_tokens_are_passed_over(issuer: Issuer) -> None:
    good = issuer.keys["first"].as_dict(private=False)
    with pytest.warns(match="2048"):
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    issuer.document = {
        "keys": [
            weak.as_dict(private=False),
            ECKey.generate_key("P-384", {"kid": "curve"}).as_dict(private=False),
            {**good, "kid": "encryption", "use": "enc"},
            {**good, "kid": "algorithm", "alg": "RS512"},
            {**good, "kid": "kind", "kty": "AKP"},
            good,
        ]
    }
    keys = KeySource(issuer.fetch)
    assert await keys.find("first") is not None
    for kid in ("weak", "curve", "encryption", "algorithm", "kind"):
        assert await keys.find(kid) is None


async def test_an_expected_failure_is_not_raised_but_counted(keys: KeySource, issuer: Issuer) -> None:
    before = JWKS_FETCHES.labels("failed")._value.get()
    issuer.down = BackendError(System.IDENTITY, "jwks")
    with pytest.raises(BackendUnavailable):
        await keys.find("first")
    assert JWKS_FETCHES.labels("failed")._value.get() == before + 1


async def test_a_request_that_is_over_does_not_spend_the_fetch_of_30_s(issuer: Issuer, clock: HandClock) -> None:
    left_s: list[float] = []

    async def fetch() -> object:
        left_s.append(REQUEST.get().deadline - clock.monotonic())
        return await issuer.fetch()

    token = REQUEST.set(new_request({}, -1, monotonic=clock.monotonic))
    try:
        assert await KeySource(fetch, monotonic=clock.monotonic).find("first") is not None
    finally:
        REQUEST.reset(token)
    assert left_s == [5.0]


async def test_a_first_fetch_that_failed_is_tried_again_after_a_second(
    keys: KeySource, issuer: Issuer, clock: HandClock
) -> None:
    issuer.down = BackendTimeout(System.IDENTITY, "jwks")
    with pytest.raises(BackendUnavailable):
        await keys.find("first")
    issuer.down = None
    clock.advance(0.5)
    with pytest.raises(BackendUnavailable):
        await keys.find("first")
    clock.advance(0.5)
    assert await keys.find("first") is not None
    assert issuer.fetches == 2


async def test_a_new_key_that_could_not_be_read_is_found_a_second_after_the_provider_is_back(
    keys: KeySource, issuer: Issuer, clock: HandClock
) -> None:
    assert await keys.find("first")
    issuer.rotate()
    issuer.down = BackendTimeout(System.IDENTITY, "jwks")
    clock.advance(30)
    for _ in range(10):
        with pytest.raises(BackendUnavailable):
            await keys.find("second")
    issuer.down = None
    clock.advance(1)
    assert await keys.find("second") is not None
    assert issuer.fetches == 3

"""Registrations under way: their tokens, codes and limits, and what was told so far, sealed.

A token is the id of a registration and a secret of 128 bits for one of its steps; the secrets follow from each other by
our own key, so that a step that is repeated gives the same one again, and none is kept. What is kept is sealed
(AES-GCM) under names that tell nothing. Every change is made only by who has read what it was. What a step means is the
resolvers' matter. Source of the limits: the spec, reliability-security.md, 'Sessions and tokens'.
"""

import hmac
import ipaddress
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bff.clock import Clock
from bff.domain.registration import Applicant, Recognised, Registration, RegistrationStep
from bff.errors import IdempotencyMismatch, InProgress, RateLimited, StateUnavailable
from bff.redis_client import FAILURES
from bff.state.registrations import RegistrationStore

CODE_DIGITS: Final = 6
DAY_S: Final = 86_400

_ID_BYTES: Final = 16
_SECRET_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # 32 bytes in base64url
_TOO_MANY: Final = "Too many tries: wait before the next one."

T = TypeVar("T")


class Limits(NamedTuple):
    """How long things last and how often they may be tried; seconds, and times within a window."""

    code_life_s: int = 300
    code_checks: int = 5
    code_resend_s: int = 30
    sends: int = 5
    sends_window_s: int = 600
    checks_a_day: int = 10
    step_life_s: int = 1_800
    link_life_s: int = 86_400
    calls: int = 60
    calls_window_s: int = 600


class Expired(Exception):
    """The token is none of ours, has run out, or is of another step: the three are not told apart."""


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a registration, sealed.

    Attributes:
        number: the mobile number, E.164.
        tokens: by step, the digest of the token's secret and when it stops working.
        given: by step that was passed, the digest of what was given.
        code: the digest of the code awaited.
        checks: how often it was tried.
        sent_at: when something was sent last, a code or a link.
        applicant: who they say they are.
        recognised: who they are to us; None too for whom nobody knows.
        email: that they want.
        username: that they want.
        is_open: whether they may go on with these.
    """

    number: str
    tokens: dict[RegistrationStep, tuple[bytes, float]]
    given: dict[RegistrationStep, bytes] = {}
    code: bytes = b""
    checks: int = 0
    sent_at: float = 0.0
    applicant: Applicant | None = None
    recognised: Recognised | None = None
    email: str = ""
    username: str = ""
    is_open: bool = False


class Held(NamedTuple):
    """A registration as it was read for one of its steps."""

    id: bytes
    secret: bytes
    step: RegistrationStep
    kept: Kept
    read: bytes | None

    @property
    def mark(self) -> str:
        """What stands for the registration in logs; it opens nothing."""
        return self.id.hex()


class Registrations:
    """Keeps registrations. One per worker."""

    def __init__(self, store: RegistrationStore, secret: bytes, clock: Clock, limits: Limits) -> None:
        """Stand above a store; `secret` hides what is kept there and makes the tokens."""
        self._store = store
        self._secret = secret
        self._clock = clock
        self.limits = limits
        self._seal = AESGCM(self._digest(b"seal"))

    # --- steps --------------------------------------------------------------------------------------------------------

    async def begin(self, number: str) -> tuple[Held, str]:
        """Begin a registration with a number; give it with the code to be sent."""
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        id_, secret = secrets.token_bytes(_ID_BYTES), secrets.token_bytes(_SECRET_BYTES)
        step, now_s = RegistrationStep.VERIFY, self._now_s()
        kept = Kept(
            number=number,
            tokens={step: (self._hashed(secret), now_s + self.limits.code_life_s)},
            code=self._digest(b"code", id_, code.encode()),
            sent_at=now_s,
        )
        held = Held(id_, secret, step, kept, None)
        return await self.keep(held), code

    async def open(self, token: str, step: RegistrationStep) -> Held:
        """Read the registration that a token of a step opens. Raises Expired, StateUnavailable."""
        id_, secret = _taken_apart(token)
        read = await _told(self._store.read(self._name(id_)))
        kept = None if read is None else self._opened(id_, read)
        digest, until = kept.tokens.get(step, (b"", 0.0)) if kept is not None else (b"", 0.0)
        is_good = hmac.compare_digest(digest, self._hashed(secret))
        if kept is None or not is_good or self._now_s() >= until:
            raise Expired
        return Held(id_, secret, step, kept, read)

    async def check(self, held: Held, code: str) -> tuple[Held, bool]:
        """Count a try of a code, and tell whether it is the one; after the last try none is.

        Raises:
            RateLimited: the number was tried too often today.
        """
        await self.count("checks", held.kept.number, self.limits.checks_a_day, DAY_S)
        counted = await self.keep(held._replace(kept=_changed(held.kept, checks=held.kept.checks + 1)))
        digest = self._digest(b"code", held.id, code.encode(errors="replace"))
        is_right = hmac.compare_digest(digest, held.kept.code)
        return counted, is_right and counted.kept.checks <= self.limits.code_checks

    def was_passed(self, held: Held, given: Mapping[str, Any]) -> bool:
        """Tell whether a step was passed with the same input. Raises IdempotencyMismatch when with other input."""
        before = held.kept.given.get(held.step)
        if before is not None and not hmac.compare_digest(before, self._input(given)):
            raise IdempotencyMismatch
        return before is not None

    def is_good(self, held: Held, step: RegistrationStep) -> bool:
        """Tell whether a step may still be shown."""
        _, until = held.kept.tokens.get(step, (b"", 0.0))
        return self._now_s() < until

    def was_sent(self, held: Held, given: Mapping[str, Any]) -> bool:
        """Tell whether a letter for the same input went out a moment ago."""
        before = held.kept.given.get(held.step, b"")
        is_same = hmac.compare_digest(before, self._input(given))
        return is_same and self._now_s() < held.kept.sent_at + self.limits.code_resend_s

    async def sent(self, held: Held) -> Held:
        """Keep that a letter went out now."""
        return await self.keep(held._replace(kept=_changed(held.kept, sent_at=self._now_s())))

    async def passed(
        self,
        held: Held,
        to: RegistrationStep,
        life_s: int,
        given: Mapping[str, Any],
        *,
        bound: str = "",
        **changes: Any,
    ) -> Held:
        """Keep that a step was passed, with what became known by it, and that another comes next.

        The next token is `bound` to something where it goes out by another way than the answer: to that alone.
        """
        token = (self._hashed(self._next(held, to, bound)), self._now_s() + life_s)
        tokens = {**held.kept.tokens, to: token}
        passed = {**held.kept.given, held.step: self._input(given)}
        return await self.keep(held._replace(kept=_changed(held.kept, tokens=tokens, given=passed, **changes)))

    async def keep(self, held: Held) -> Held:
        """Keep a registration as it is to be. Raises InProgress when another has changed it meanwhile."""
        sealed = self._sealed(held.id, held.kept)
        life_s = max(until for _, until in held.kept.tokens.values()) - self._now_s()
        if not await _told(self._store.swap(self._name(held.id), held.read, sealed, max(1, round(life_s)))):
            raise InProgress
        return held._replace(read=sealed)

    def token(self, held: Held, step: RegistrationStep, bound: str = "") -> str:
        """Give the token of a step: of the one it was opened with, or of the one that follows."""
        secret = held.secret if step is held.step else self._next(held, step, bound)
        return urlsafe_b64encode(held.id + secret).rstrip(b"=").decode()

    def shown(self, held: Held, token_of: RegistrationStep, next_step: RegistrationStep) -> Registration:
        """Show a registration, with the token of one of its steps."""
        awaits_code = next_step is RegistrationStep.VERIFY
        _, until = held.kept.tokens[next_step]
        return Registration(
            registration_token=self.token(held, token_of),
            next_step=next_step,
            expires_at=datetime.fromtimestamp(until, UTC),
            resend_after_seconds=self.limits.code_resend_s if awaits_code else None,
        )

    # --- limits -------------------------------------------------------------------------------------------------------

    async def count(self, what: str, of: str, most: int, window_s: int) -> None:
        """Count a try of something. Raises RateLimited when there were too many, StateUnavailable."""
        count = await _told(self._store.count(self._digest(what.encode(), of.encode()).hex(), window_s))
        if count.times > most:
            raise RateLimited(_TOO_MANY, retry_after_s=count.ends_in_s)

    async def count_address(self, address: str | None) -> None:
        """Count a call from an address; of IPv6 a whole network of 64 bits counts as one."""
        await self.count("calls", network_of(address), self.limits.calls, self.limits.calls_window_s)

    # --- secrets ------------------------------------------------------------------------------------------------------

    def _next(self, held: Held, step: RegistrationStep, bound: str) -> bytes:
        return self._digest(b"step", step.value.encode(), held.id, held.secret, bound.encode())[:_SECRET_BYTES]

    def _hashed(self, secret: bytes) -> bytes:
        return self._digest(b"token", secret)

    def _input(self, given: Mapping[str, Any]) -> bytes:
        return self._digest(b"input", msgspec.json.encode(given, order="sorted"))

    def _name(self, id_: bytes) -> str:
        return self._digest(b"name", id_).hex()[:32]

    def _digest(self, use: bytes, *parts: bytes) -> bytes:
        return hmac.digest(self._secret, msgspec.msgpack.encode((use, *parts)), "sha256")

    def _sealed(self, id_: bytes, kept: Kept) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, _encode(kept), id_)

    def _opened(self, id_: bytes, read: bytes) -> Kept | None:
        """Open what is kept; None for what another version or another key of ours has sealed."""
        try:
            return _decode(self._seal.decrypt(read[:_NONCE_BYTES], read[_NONCE_BYTES:], id_))
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            return None

    def _now_s(self) -> float:
        return self._clock.now().timestamp()


def network_of(address: str | None) -> str:
    """Give what counts as one caller: an IPv4 address, or the network of an IPv6 one.

    Example:
        >>> network_of("2001:db8::1"), network_of("10.0.0.1"), network_of(None)
        ('2001:db8::/64', '10.0.0.1', '')
    """
    try:
        read = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(read) if read.version == 4 else str(ipaddress.ip_network((read, 64), strict=False))  # noqa: PLR2004


def _taken_apart(token: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(token):
        raise Expired
    both = urlsafe_b64decode(token + "=")
    return both[:_ID_BYTES], both[_ID_BYTES:]


async def _told(step: Awaitable[T]) -> T:
    """Wait for a step of the store. Raises StateUnavailable."""
    try:
        return await step
    except FAILURES as error:
        raise StateUnavailable(type(error).__name__) from error


_changed: Final[Callable[..., Kept]] = msgspec.structs.replace
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode

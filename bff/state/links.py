"""Links to files: who may open what, for how long, in the state Redis or, on the embedded default, in memory.

The token is 128 random bits; what is kept stands under its hash, so that who reads the store opens nothing. The first
use binds a link to whoever made it, by a second secret or by who they say they are, and it goes on working for two
minutes for them alone: browsers ask again for what they have begun to show. Spec: reliability-security.md, 'Data'.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec

from bff.domain.document import DocumentLink, FileKind
from bff.domain.url import Url
from bff.errors import StateUnavailable
from bff.observability import logger
from bff.redis_client import FAILURES, Client

PATH: Final = "/documents"
LIFE_S: Final = 300
"""From the minting of a link to its first use."""
USE_S: Final = 120
"""From its first use to its last."""

_TOKEN_BYTES = 16
_KEPT_MAX = 10_000

# A hash of the link, who it is for, and what it is bound to. Gives the link, and "new" when this use has bound it.
_USE: Final = """
local held = redis.call('HMGET', KEYS[1], 'link', 'person', 'bound')
local link, person, bound = held[1], held[2], held[3]
if not link or (ARGV[1] ~= '' and ARGV[1] ~= person) then return {false, false} end
if not bound then
  redis.call('HSET', KEYS[1], 'bound', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  return {link, 'new'}
end
if ARGV[1] == person or ARGV[2] == bound then return {link, false} end
return {false, false}
"""
_PUT: Final = """
redis.call('HSET', KEYS[1], 'link', ARGV[1], 'person', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {'1'}
"""

_log = logger(__name__)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a link opens, and for whom: a person by the provider's subject, under a membership."""

    kind: FileKind
    key: tuple[str, ...]
    file_name: str
    language: str
    subject: str
    membership: str | None


class Use(NamedTuple):
    """A link in use; `secret` is what it was bound to just now, None when it had been before."""

    link: Link
    secret: str | None


class LinkStore(Protocol):
    """Where links are kept, by name. Raises `FAILURES`."""

    async def put(self, name: str, link: bytes, person: str) -> None:
        """Keep a link until it expires."""
        ...

    async def use(self, name: str, person: str, bound: str, fresh: str) -> tuple[bytes | None, bool]:
        """Give a link and whether this is its first use, which binds it to `fresh`; None when it is not theirs.

        Theirs is what nobody has used; what is bound to `bound`; for whom `person` names (empty: nobody), their own.
        """
        ...


class Links:
    """Mints links and opens them. `base_url` is where browsers reach this service."""

    def __init__(self, store: LinkStore, base_url: str) -> None:
        self._store = store
        self._base_url = base_url

    async def mint(self, link: Link, now: datetime) -> DocumentLink:
        """Keep a link, and give what its person opens.

        Raises:
            StateUnavailable: it can't be kept.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        try:
            await self._store.put(_name(token), _encode(link), _hash(link.subject))
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error
        _log.info("link_minted", link=_name(token)[:8], file=link.kind.value, membership=link.membership)
        expires_at = now + timedelta(seconds=LIFE_S)
        return DocumentLink(Url(f"{self._base_url}{PATH}/{token}"), expires_at, link.file_name)

    async def use(self, token: str, *, subject: str | None, secret: str | None) -> Use | None:
        """Open a link; None when there is none, it has expired, or it is another's.

        Args:
            token: of the link.
            subject: who asks, where that is known.
            secret: what the link was bound to, if the client has it.

        Raises:
            StateUnavailable: it can't be told.
        """
        fresh, name = secrets.token_urlsafe(_TOKEN_BYTES), _name(token)
        person, bound = _hash(subject) if subject else "", _hash(secret) if secret else "-"
        try:
            found, is_new = await self._store.use(name, person, bound, _hash(fresh))
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error
        link = None if found is None else _read(found)
        if link is None:
            _log.info("link_refused", link=name[:8])
            return None
        _log.info("link_used", link=name[:8], file=link.kind.value, membership=link.membership, first=is_new)
        return Use(link, fresh if is_new else None)


class RedisLinks:
    """Links in the state Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def put(self, name: str, link: bytes, person: str) -> None:
        """Keep a link until it expires."""
        await self._redis.call(_PUT, [_key(name)], [link, person, str(LIFE_S)], expected=1)

    async def use(self, name: str, person: str, bound: str, fresh: str) -> tuple[bytes | None, bool]:
        """Give a link, as `LinkStore` says."""
        arguments = [person, bound, fresh, str(USE_S)]
        link, first = await self._redis.call(_USE, [_key(name)], arguments, expected=2)
        return link, first is not None


class _Held:
    """A link in memory."""

    __slots__ = ("bound", "expires", "link", "person")

    def __init__(self, link: bytes, person: str, expires: float) -> None:
        self.link = link
        self.person = person
        self.expires = expires
        self.bound: str | None = None


class MemoryLinks:
    """Links of one process, for a developer's machine; of more than 10,000 the oldest go."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def put(self, name: str, link: bytes, person: str) -> None:
        """Keep a link until it expires."""
        self._held[name] = _Held(link, person, self._monotonic() + LIFE_S)
        while len(self._held) > _KEPT_MAX:
            self._held.popitem(last=False)

    async def use(self, name: str, person: str, bound: str, fresh: str) -> tuple[bytes | None, bool]:
        """Give a link, as `LinkStore` says."""
        held = self._held.get(name)
        if held is None or self._monotonic() >= held.expires or person not in {"", held.person}:
            return None, False
        if held.bound is None:
            held.bound, held.expires = fresh, self._monotonic() + USE_S
            return held.link, True
        return (held.link, False) if person or bound == held.bound else (None, False)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Link).decode


def _read(found: bytes) -> Link | None:
    """Read a link; None for one that another version of this service has written in a way of its own."""
    try:
        return _decode(found)
    except msgspec.DecodeError:
        return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _name(token: str) -> str:
    return _hash(token)


def _key(name: str) -> str:
    return f"bff:link:{{{name}}}"

"""Accounts at the provider: passwords, and the links that lead a person to the page where one is set.

A link is asked for by a trusted client for one person and one purpose. It opens its page once, within an hour; asked
for again before it was used it is the same one. Passwords are kept as scrypt hashes, in memory. A username that is
chosen here is the directory's too, who is told of it; who has chosen anything here keeps what they sign in as.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sandbox.clock import Clock
from sandbox.world.model import World

LINK_LIFETIME_S: Final = 3600
PASSWORD_MIN: Final = 10
PASSWORD_MAX: Final = 128

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{3,63}")


class Purpose(StrEnum):
    """What a link leads to."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a word of the protocol
    USERNAME = "USERNAME"


class NotAllowed(Exception):
    """What was entered can't be; the text is the name of the message."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the page for one person."""

    ticket: str
    subject: str
    purpose: Purpose
    expires_at_s: float


class Accounts:
    """The people who can sign in with a password."""

    def __init__(self, world: World, clock: Clock, issuer: Callable[[], str]) -> None:
        self._clock = clock
        self._issuer = issuer
        self._usernames = {user.subject: user.username for user in world.users}
        self._passwords: dict[str, bytes] = {}
        self._met: set[str] = set()
        self._links: dict[str, Link] = {}

    def link(self, subject: str, purpose: Purpose, username: str | None) -> tuple[str, str]:
        """Give the address of the page for a person, and when it stops working; `username` is a new person's.

        Of who has been here before it counts for nothing: whoever asks may know an older one. The directory gives a
        name to one person: who had it before is gone there.
        """
        if username is not None and subject not in self._met:
            others = {who: name for who, name in self._usernames.items() if name.casefold() != username.casefold()}
            self._usernames = {**others, subject: username}
        now = self._clock.now()
        open_ = [each for each in self._links.values() if (each.subject, each.purpose) == (subject, purpose)]
        kept = next((each for each in open_ if each.expires_at_s > now.timestamp()), None)
        if kept is None:
            expires_at_s = (now + timedelta(seconds=LINK_LIFETIME_S)).timestamp()
            kept = Link(secrets.token_urlsafe(16), subject, purpose, expires_at_s)
            self._links[kept.ticket] = kept
        expires_at = now + timedelta(seconds=kept.expires_at_s - now.timestamp())
        return f"{self._issuer()}/account?ticket={kept.ticket}", expires_at.isoformat(timespec="seconds")

    def opened(self, ticket: str) -> Link | None:
        """Give the link of a ticket that is still good."""
        link = self._links.get(ticket)
        return link if link is not None and link.expires_at_s > self._clock.now().timestamp() else None

    def username(self, subject: str) -> str:
        """Tell what a person signs in as."""
        return self._usernames.get(subject, "")

    def set_password(self, link: Link, password: str, again: str) -> None:
        """Set a password; the link has done its work. Raises NotAllowed."""
        if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
            raise NotAllowed("password_length")
        if password != again:
            raise NotAllowed("password_again")
        self._passwords[link.subject] = _hashed(link.subject, password)
        self._met.add(link.subject)
        del self._links[link.ticket]

    def set_username(self, link: Link, username: str, tell: Callable[[str, str], bool]) -> None:
        """Set a username; the link has done its work. Raises NotAllowed.

        `tell` says it to the directory, by the person's subject, and whether nobody else has it there.
        """
        if not _USERNAME.fullmatch(username):
            raise NotAllowed("username_form")
        others = {name.casefold() for subject, name in self._usernames.items() if subject != link.subject}
        if username.casefold() in others or not tell(link.subject, username):
            raise NotAllowed("username_taken")
        self._usernames[link.subject] = username
        self._met.add(link.subject)
        del self._links[link.ticket]

    def subject(self, username: str, password: str) -> str | None:
        """Find who signs in; None when the two don't belong together."""
        named = (subject for subject, name in self._usernames.items() if name.casefold() == username.casefold())
        subject = next(named, "")
        held = self._passwords.get(subject, b"")
        return subject if hmac.compare_digest(held, _hashed(subject, password)) else None


def _hashed(subject: str, password: str) -> bytes:
    return hashlib.scrypt(password.encode(), salt=subject.encode(), n=2**12, r=8, p=1)

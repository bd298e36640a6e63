"""The users of the directory as they are now: those of the world, and over them what was written.

Each write is one of the sandbox's deeds, with the whole user as it is after it: so reads show it late when they are
told to (quirk 15), and a test counts what was done. Who was deleted has nothing. A version is compared with the newest
write, whatever reads show by then.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from sandbox._deeds import Deed
from sandbox.directory.resource import described, render
from sandbox.directory.schema import EXTENSION_URN, USER_URN
from sandbox.stage import Sandboxed

User = dict[str, Any]

WHAT = "user"
"""What a deed here is called."""
_FIRST_NUMBER = 900_000


class Taken(Exception):
    """What must be unique is another's; the text names the attribute."""


class Register:
    """Reads and writes users; `base_url` begins their locations, known only when the directory listens."""

    def __init__(self, stage: Sandboxed, path: str) -> None:
        self._stage = stage
        self._path = path

    @property
    def base_url(self) -> str:
        """The address that the resources' locations begin with."""
        return self._stage.urls.directory + self._path

    @cached_property
    def _built(self) -> Mapping[str, User]:
        """The users of the world, rendered once and when first asked for: the address is known by then."""
        return {user.id: render(user, base_url=self.base_url) for user in self._stage.world.users}

    def shown(self) -> Mapping[str, User]:
        """Give all users by their ids as reads show them."""
        now = self._stage.clock.now()
        return self._over([deed for deed in self._written() if deed.shown_from <= now])

    def current(self) -> Mapping[str, User]:
        """Give all users by their ids as they were last written."""
        return self._over(list(self._written()))

    def create(self, given: User, late_s: float) -> User:
        """Make a user: ids that are not given are the directory's own. Raises Taken."""
        number = _FIRST_NUMBER + sum(deed.subject not in self._built for deed in self._written()) + 1
        user_id = f"USR-{number:06d}"
        memberships = given.get(EXTENSION_URN, {}).get("memberships", [])
        named = [{"id": f"MEM-{number:06d}-{place}", **each} for place, each in enumerate(memberships, start=1)]
        subject = uuid.UUID(bytes=sha256(user_id.encode()).digest()[:16], version=4)
        return self._write(
            {
                "externalId": str(subject),
                "active": True,
                **given,
                EXTENSION_URN: {**given.get(EXTENSION_URN, {}), "memberships": named},
                "schemas": [USER_URN, EXTENSION_URN],
                "id": user_id,
            },
            late_s,
        )

    def change(self, user: User, late_s: float) -> User:
        """Put a user as they are to be in the place of what they were. Raises Taken."""
        return self._write(user, late_s)

    def touch(self, user_id: str) -> None:
        """Let somebody else have written a user who stays as they were: only their version is another."""
        self._take(user_id, self.current()[user_id], 0.0)

    def registered(self, subject: str) -> None:
        """Take note that a person has set a password: wherever they were invited they are registered."""
        user = next((each for each in self.current().values() if each.get("externalId") == subject), None)
        held = [] if user is None else user[EXTENSION_URN].get("memberships", [])
        if user is None or all(each.get("registrationState") != "INVITED" for each in held):
            return
        memberships = [
            each | {"registrationState": "REGISTERED"} if each.get("registrationState") == "INVITED" else each
            for each in held
        ]
        self._take(user["id"], {**user, EXTENSION_URN: {**user[EXTENSION_URN], "memberships": memberships}}, 0.0)

    def renamed(self, subject: str, username: str) -> bool:
        """Take note that a person has chosen a username; False when it is another's."""
        user = next((each for each in self.current().values() if each.get("externalId") == subject), None)
        try:
            if user is not None:
                self.change({**user, "userName": username}, 0.0)
        except Taken:
            return False
        return True

    def delete(self, user_id: str, late_s: float) -> None:
        """Delete a user."""
        self._take(user_id, {}, late_s)

    def _write(self, user: User, late_s: float) -> User:
        for other in self.current().values():
            if other["id"] != user["id"] and (shared := _unique(user).keys() & _same(user, other)):
                raise Taken(min(shared))
        return self._take(user["id"], user, late_s)

    def _take(self, user_id: str, user: User, late_s: float) -> User:
        now, number = self._stage.clock.now(), len(self._stage.deeds) + 1
        whole = described(user, base_url=self.base_url, revision=number) if user else user
        shown_from = now + timedelta(seconds=late_s)
        self._stage.deeds.take(Deed(f"scim-{number:06d}", WHAT, user_id, whole, now, shown_from))
        return whole

    def _written(self) -> Iterator[Deed]:
        return (deed for deed in self._stage.deeds if deed.what == WHAT)

    def _over(self, deeds: list[Deed]) -> Mapping[str, User]:
        if not deeds:
            return self._built
        users = dict(self._built) | {deed.subject: deed.value for deed in deeds}
        return {user_id: user for user_id, user in users.items() if user}


def _unique(user: User) -> dict[str, Any]:
    """Give what no two users may share; case does not count in a userName."""
    own = user.get(EXTENSION_URN, {})
    told = {
        "userName": str(user.get("userName", "")).casefold(),
        "externalId": user.get("externalId"),
        "taxCode": own.get("taxCode"),
        **{f"memberships.id {each['id']}": True for each in own.get("memberships", ())},
    }
    return {name: value for name, value in told.items() if value}


def _same(user: User, other: User) -> set[str]:
    own, others = _unique(user), _unique(other)
    return {name for name, value in own.items() if others.get(name) == value}

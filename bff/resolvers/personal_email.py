"""The registration e-mail: a link goes to the new address, and until it is opened the old one counts.

Opening it is `http.email_link`'s. The address never goes to the legacies (spec, product.md, 4).
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Final, Protocol

from bff.auth.ids import Ids
from bff.content.message import letter
from bff.context import Context
from bff.domain import given
from bff.domain.change import Changed
from bff.domain.customer import Person
from bff.domain.deed import Judged
from bff.domain.deed.assistance import EmailChange
from bff.domain.error_code import ErrorCode
from bff.domain.message import LetterKind
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError, NotFound
from bff.resolvers import acting, viewer
from bff.state.pending_email import Pending

_DOING = acting.Doing("personalEmailChange", System.DIRECTORY, ("user",))
_TOKEN_BYTES: Final = 16
_SEALED: Final = "PendingEmail"
_EMAIL = Text("L'indirizzo e-mail non è valido.", "The e-mail address is not valid.")
_SAME = Text("È già il tuo indirizzo.", "It is your address already.")


class Wanted(acting.Keyed, Protocol):
    """Which address."""

    email: str


async def change(context: Context, wanted: Wanted) -> Changed:
    """Send the link to the new address. Raises BffError when it was surely not sent."""
    email = given.email(wanted.email)

    async def prepare() -> Judged:
        user = context.principal.user
        if email is None:
            acting.refuse(context, ErrorCode.INVALID, _EMAIL, "email")
        if email.casefold() == user.email.casefold():
            acting.refuse(context, ErrorCode.INVALID, _SAME, "email")
        await acting.judge(context, _DOING.mutation, viewer.signed_in(context))
        await context.allowances.take(_DOING.mutation, user.key)
        link = await _kept(context, wanted.idempotency_key, email)
        return Judged(
            EmailChange(), letter(LetterKind.EMAIL_CHANGE, context.language, email, name=user.first_name, link=link)
        )

    return await acting.change(context, _DOING, wanted.idempotency_key, {"email": email or wanted.email}, prepare)


async def pending(context: Context, persons: Sequence[Person]) -> list[str | BffError | None]:
    """Give the address that waits for its link to be opened; None when none does."""
    try:
        found = await context.pending_emails.of_person(context.principal.person_key)
    except BffError as error:
        return [error for _ in persons]
    return [None if found is None else address(context.ids, found) for _ in persons]


def address(ids: Ids, kept: Pending) -> str | None:
    """Give the address that was kept; None when it was sealed with a key that is gone."""
    try:
        return ids.decode(kept.sealed, kept.person_key).key[0]
    except NotFound:
        return None


async def _kept(context: Context, key: str, email: str) -> str:
    """Keep an address, and give the link that takes it over: the same for the same wish, which may be sent twice."""
    user, ids = context.principal.user, context.ids
    secret = ids.encode("EmailLink", None, (key, email), user.key)
    token = urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()[:_TOKEN_BYTES]).rstrip(b"=").decode()
    sealed = ids.encode(_SEALED, None, (email,), user.key)
    return await context.pending_emails.keep(
        Pending(person_key=user.key, subject=user.subject, token="", sealed=sealed),
        token,
    )

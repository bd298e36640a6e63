"""Changing a password or a username: a link to the provider's page, where it is done. None ever enters the BFF."""

from enum import Enum
from typing import Protocol

from bff.acts import Refused
from bff.backends.identity import AccountPage
from bff.context import Context
from bff.domain.change import ChangeStatus
from bff.domain.link import CredentialsLinked, ExternalLink
from bff.observability import logger
from bff.resolvers import acting, viewer

_log = logger(__name__)


class Credential(Enum):
    """What a person signs in with."""

    PASSWORD = "PASSWORD"  # noqa: S105 - the schema's word
    USERNAME = "USERNAME"


class Wanted(Protocol):
    """What to change."""

    credential: Credential


async def link(context: Context, wanted: Wanted) -> CredentialsLinked:
    """Ask the provider for a link to the person's page. Raises BffError when it gives none."""
    try:
        await acting.judge(context, "personalCredentialsChange", viewer.signed_in(context))
    except Refused as refused:
        return CredentialsLinked(ChangeStatus.REJECTED, refused.errors)
    principal = context.principal
    url = await context.loaders.account_link(principal.user.subject, AccountPage[wanted.credential.name])
    _log.info("account_link", audit=True, person=principal.person_key, page=wanted.credential.value)
    return CredentialsLinked(ChangeStatus.DONE, link=ExternalLink(url))

"""Links to other sites of the telco, which know who comes."""

from enum import Enum

import msgspec

from bff.domain.action import ActionReason
from bff.domain.change import ChangeStatus, UserError
from bff.domain.url import Url


class Site(Enum):
    """A site that takes over who is signed in here."""

    EU_CONTROL = "EU_CONTROL"
    TUCONTI = "TUCONTI"
    EVOLUZIONE_UFFICIO = "EVOLUZIONE_UFFICIO"
    EBILL = "EBILL"
    EBPFA = "EBPFA"
    CHAT = "CHAT"


class ExternalLink(msgspec.Struct, frozen=True, gc=False):
    """A link to another site; without `url` the reason why there is none."""

    url: Url | None
    reason: ActionReason | None = None


class CredentialsLinked(msgspec.Struct, frozen=True, gc=False):
    """The answer to a wish for the provider's page; without a link what the customer can put right."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    link: ExternalLink | None = None


class ServiceLinks(msgspec.Struct, frozen=True):
    """The services that live on other sites; a link to each is made when it is asked for."""


class Reports(msgspec.Struct, frozen=True):
    """The reports that live on other sites; a link to each is made when it is asked for."""

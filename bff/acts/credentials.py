"""How users come by their credentials: a letter that leads to the identity provider's page, where they set a password.

None ever enters the BFF. A letter goes out before the directory is told of an invitation, so that nobody is invited
without one: two letters for one invitation lead to the same page. Only of a new user it comes after, for before there
is nobody to lead anywhere; when it fails, the credentials can be sent again, and the log tells. Nobody can be asked for
a letter by its id: what became of one that was not answered for is not known, and the same may be sent once more.
"""

from typing import Final

from bff.backends import AccountPage, Backends
from bff.content.message import letter
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.user import CredentialsMail, Known, NewUser, Recipient, UserAct, UserChange, UserMade
from bff.domain.message import LetterKind
from bff.errors import BackendError
from bff.observability import logger

_DONE: Final = Told(ChangeStatus.DONE)

_log = logger(__name__)


async def make(backends: Backends, deed: UserMade, request_id: str, new: NewUser) -> Told:
    """Make a user and send them a letter. Raises BackendErrors; `undone` when it was surely not done."""
    told, made = await backends.directory.make_user(deed, request_id, new)
    if made is not None and made.subject is not None and made.email is not None:
        try:
            recipient = Recipient(made.username, made.email, made.first_name, new.language)
            await _send(backends, LetterKind.CREDENTIALS, made.subject, recipient, request_id)
        except BackendError as error:
            _log.warning("letter_not_sent", change=request_id, detail=str(error))
    return told


async def change(backends: Backends, deed: UserChange, request_id: str, known: Known) -> Told:
    """Change a user; who is invited gets a letter first. Raises BackendErrors as `make`."""
    if deed.act is UserAct.INVITE and deed.subject is not None and known.recipient is not None:
        try:
            await _send(backends, LetterKind.CREDENTIALS, deed.subject, known.recipient, request_id)
        except BackendError as error:
            error.undone = True  # nobody is invited
            raise
    return await backends.directory.change_user(deed, known)


async def mail(backends: Backends, deed: CredentialsMail, request_id: str, recipient: Recipient) -> Told:
    """Send a letter. Raises BackendErrors as `make`."""
    kind = LetterKind.CREDENTIALS if deed.first else LetterKind.PASSWORD_RESET
    await _send(backends, kind, deed.subject, recipient, request_id)
    return _DONE


async def mailed(_backends: Backends, _deed: CredentialsMail, _request_id: str) -> Told | None:
    """Tell nothing of a letter: nobody can be asked."""
    return None


async def _send(backends: Backends, kind: LetterKind, subject: str, recipient: Recipient, request_id: str) -> None:
    try:
        link = await backends.identity.account_link(subject, AccountPage.PASSWORD, username=recipient.username)
    except BackendError as error:
        error.undone = True  # a link that nobody has does nothing
        raise
    values = {"name": recipient.first_name, "username": recipient.username or "", "link": link}
    await backends.mail.send(letter(kind, recipient.language, recipient.email, **values), request_id)

"""What can be done with the users of a company, and when not: a legal representative is never managed here."""

from collections.abc import Callable

from bff.domain.act._judge import Act, Facts, Hindrance, state
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.user import PortalUser, UserState

_WHY = {
    UserState.TO_REGISTER: state("L'utenza non è ancora registrata.", "The user isn't registered yet."),
    UserState.INVITED: state("L'utenza non ha completato la registrazione.", "The user hasn't finished registering."),
    UserState.REGISTERED: state("L'utenza è già registrata.", "The user is already registered."),
    UserState.DISABLED: state("L'utenza è disattivata.", "The user is deactivated."),
}
_UNKNOWN = state("Lo stato dell'utenza non è noto.", "The state of the user isn't known.")
_REGISTERED = state("L'utenza è già registrata.", "The user is already registered.", hidden=True)
_NO_EMAIL = state("L'utenza non ha un indirizzo e-mail.", "The user has no e-mail address.")
_REPRESENTATIVE = state(
    "Il rappresentante legale non si gestisce da qui.", "A legal representative isn't managed from here."
)
_ONESELF = state("Non puoi farlo sulla tua utenza.", "You can't do this to yourself.")


def _in(user: PortalUser, *allowed: UserState) -> Hindrance | None:
    return None if user.state in allowed else _WHY.get(user.state, _UNKNOWN)


def _register(user: PortalUser, _facts: Facts) -> Hindrance | None:
    if user.state is not UserState.TO_REGISTER:
        return _REGISTERED
    return _invited_here(user)


def _invited_here(user: PortalUser) -> Hindrance | None:
    """Refuse to invite a legal representative: they come in by registration, and are not made here."""
    return _REPRESENTATIVE if user.profile is Profile.LEGAL_REPRESENTATIVE else None


def _change_profile(user: PortalUser, facts: Facts) -> Hindrance | None:
    return _managed(user, facts) or (_UNKNOWN if user.state is UserState.UNKNOWN else None)


def _reset_password(user: PortalUser, _facts: Facts) -> Hindrance | None:
    return _in(user, UserState.REGISTERED)


def _send_credentials(user: PortalUser, _facts: Facts) -> Hindrance | None:
    if (found := _in(user, UserState.TO_REGISTER, UserState.INVITED) or _invited_here(user)) is not None:
        return found
    return _NO_EMAIL if user.letters_to is None else None


def _deactivate(user: PortalUser, facts: Facts) -> Hindrance | None:
    return _managed(user, facts) or _in(user, UserState.INVITED, UserState.REGISTERED)


def _managed(user: PortalUser, facts: Facts) -> Hindrance | None:
    if user.user_key == facts.person_key:
        return _ONESELF
    return _REPRESENTATIVE if user.profile is Profile.LEGAL_REPRESENTATIVE else None


def _act(name: str, function: str, check: Callable[[PortalUser, Facts], Hindrance | None]) -> Act:
    return Act(name=name, function=function, concerns=PortalUser, system=System.DIRECTORY, check=check)


ACTS = (
    _act("usersRegister", "users.register", _register),
    _act("usersProfileChange", "users.profile", _change_profile),
    _act("usersPasswordReset", "users.password", _reset_password),
    _act("usersCredentialsSend", "users.credentials", _send_credentials),
    _act("usersDeactivate", "users.deactivate", _deactivate),
    _act("usersDelete", "users.delete", _managed),
)

"""The list of users as a sheet: one row for each, in the language of who reads it."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from bff.domain.profile import Profile
from bff.domain.text import Text
from bff.domain.user import PortalUser, UserOrigin, UserState

_TITLE = Text("Utenze", "Users")
_HEADER = (
    Text("Cognome", "Last name"),
    Text("Nome", "First name"),
    Text("Codice fiscale", "Tax code"),
    Text("E-mail", "E-mail"),
    Text("Username", "Username"),
    Text("Profilo", "Profile"),
    Text("Stato", "State"),
    Text("Origine", "Origin"),
)
_NOT_KNOWN = Text("Non noto", "Not known")
_PROFILES: Mapping[Profile | None, Text] = {
    Profile.LEGAL_REPRESENTATIVE: Text("Rappresentante legale", "Legal representative"),
    Profile.ADMIN_FULL: Text("Amministratore Full", "Full administrator"),
    Profile.ADMIN_LIGHT: Text("Amministratore Light", "Light administrator"),
    Profile.END_USER: Text("Utilizzatore", "End user"),
    Profile.END_USER_PURCHASER: Text("Utilizzatore Dispositivo", "End user who may buy"),
    Profile.CEASED_CUSTOMER: Text("Cliente Cessato Fisso", "Ceased fixed customer"),
    None: _NOT_KNOWN,
}
_STATES: Mapping[UserState, Text] = {
    UserState.TO_REGISTER: Text("Da registrare", "To be registered"),
    UserState.INVITED: Text("Credenziali inviate", "Credentials sent"),
    UserState.REGISTERED: Text("Registrato", "Registered"),
    UserState.DISABLED: Text("Disattivato", "Deactivated"),
    UserState.UNKNOWN: _NOT_KNOWN,
}
_ORIGINS: Mapping[UserOrigin, Text] = {
    UserOrigin.IMPORTED_MOBILE: Text("Importato dal mobile", "From the mobile contracts"),
    UserOrigin.IMPORTED_FIXED: Text("Importato dal fisso", "From the fixed lines"),
    UserOrigin.CREATED: Text("Creato nella Gestione Utenze", "Created in user management"),
    UserOrigin.UNKNOWN: _NOT_KNOWN,
}


class Sheet(msgspec.Struct, frozen=True):
    """A sheet of texts: every row has as many cells as the header."""

    title: str
    header: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]


def of_users(users: Iterable[PortalUser], language: str) -> Sheet:
    """Write users down, in their order; the rows can be gone through once."""
    header = tuple(text.told(language) for text in _HEADER)
    return Sheet(_TITLE.told(language), header, _rows(users, language))


def _rows(users: Iterable[PortalUser], language: str) -> Iterator[tuple[str, ...]]:
    for user in users:
        yield (
            user.last_name,
            user.first_name,
            user.tax_code or "",
            user.email or "",
            user.username or "",
            _PROFILES[user.profile].told(language),
            _STATES[user.state].told(language),
            _ORIGINS[user.origin].told(language),
        )

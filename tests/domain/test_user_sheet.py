"""The list of users as a sheet."""

import pytest

from bff.domain.profile import Profile
from bff.domain.user import PortalUser, UserOrigin, UserState
from bff.domain.user_sheet import of_users


def user(**changes: object) -> PortalUser:
    given: dict[str, object] = {
        "user_key": "u",
        "membership_key": "m",
        "first_name": "Niccolò",
        "last_name": "Cantù",
        "tax_code": "CNTNCL89L18F257P",
        "email": "niccolo@example.it",
        "username": "niccolo.cantu",
        "profile": Profile.ADMIN_FULL,
        "state": UserState.REGISTERED,
        "origin": UserOrigin.CREATED,
        "line_key": None,
    }
    return PortalUser(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "title", "header", "words"),
    [
        (
            "it",
            "Utenze",
            ("Cognome", "Nome", "Codice fiscale", "E-mail", "Username", "Profilo", "Stato", "Origine"),
            ("Amministratore Full", "Registrato", "Creato nella Gestione Utenze"),
        ),
        (
            "en",
            "Users",
            ("Last name", "First name", "Tax code", "E-mail", "Username", "Profile", "State", "Origin"),
            ("Full administrator", "Registered", "Created in user management"),
        ),
    ],
)
def test_a_sheet_is_in_the_language_of_its_reader(
    language: str, title: str, header: tuple[str, ...], words: tuple[str, ...]
) -> None:
    sheet = of_users([user()], language)

    assert (sheet.title, sheet.header) == (title, header)
    assert list(sheet.rows) == [("Cantù", "Niccolò", "CNTNCL89L18F257P", "niccolo@example.it", "niccolo.cantu", *words)]


def test_what_is_not_known_is_an_empty_cell_or_said_to_be_so() -> None:
    unknown = user(
        tax_code=None,
        email=None,
        username=None,
        profile=None,
        state=UserState.UNKNOWN,
        origin=UserOrigin.UNKNOWN,
    )
    assert list(of_users([unknown], "en").rows) == [
        ("Cantù", "Niccolò", "", "", "", "Not known", "Not known", "Not known")
    ]


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_profile_state_and_origin_has_words_of_its_own(language: str) -> None:
    for column, name, values in (
        (5, "profile", list(Profile)),
        (6, "state", list(UserState)),
        (7, "origin", list(UserOrigin)),
    ):
        rows = list(of_users([user(**{name: value}) for value in values], language).rows)
        assert len({row[column] for row in rows}) == len(values)

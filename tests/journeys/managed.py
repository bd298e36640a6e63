"""What is asked for to change users, and the answer that is due: for the cells of the matrix."""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.world.model import Membership, User
from tests.journeys.acting import Acting, users
from tests.journeys.ident import id_of

Due = Sequence[tuple[dict[str, str], dict[str, Any]]]
Row = tuple[User, Membership]

TAX_CODE = "RSSMRA85T10A562S"
"""Of nobody in the world."""

CREATE = (
    "mutation ($key: ID!, $profile: AssignableProfile = ADMIN_FULL, $lineId: ID, $taxCode: String = "
    f'"{TAX_CODE}"'
    ") {"
    '  userCreate(input: { firstName: "Mario", lastName: "Rossi", taxCode: $taxCode,'
    '    email: "Mario.Rossi@Example.it", profile: $profile, lineId: $lineId, idempotencyKey: $key }) {'
    "  status userErrors { code field }"
    "  user { firstName lastName taxCode email profile state origin line { number } } } }"
)
MADE = {
    "firstName": "Mario",
    "lastName": "Rossi",
    "taxCode": TAX_CODE,
    "email": "Mario.Rossi@example.it",
    "profile": "ADMIN_FULL",
    "state": "INVITED",
    "origin": "CREATED",
    "line": None,
}
_RESULTS = "outcome results { status userErrors { code field } subject { ... on PortalUser { id profile state } } }"


def _many(mutation: str, items: str) -> str:
    return (
        f"mutation ($id: ID!, $key: ID!) {{ {mutation}(input: {{ {items}, idempotencyKey: $key }}) {{ {_RESULTS}"
        " userErrors { code field } } }"
    )


REGISTER = _many("usersRegister", 'users: [{ userId: $id, email: "new@example.it" }]')
PROFILE = _many("usersProfileChange", "userIds: [$id], profile: ADMIN_LIGHT")
PASSWORD = _many("usersPasswordReset", "userIds: [$id]")
CREDENTIALS = _many("usersCredentialsSend", "userIds: [$id]")
DEACTIVATE = _many("usersDeactivate", "userIds: [$id]")
DELETE = _many("usersDelete", "userIds: [$id]")


SWITCH = (
    "mutation ($id: ID!, $key: ID!) { membershipSwitch(input: { membershipId: $id, idempotencyKey: $key }) {"
    "  status userErrors { code field } viewer { profile memberships { id active } } } }"
)


def switched(who: Acting, _reach: str) -> Due:
    """Choose one's own membership, and somebody else's."""
    viewer = {"profile": who.profile, "memberships": [{"id": who.membership.id, "active": True}]}
    refused = {"code": "NOT_FOUND", "field": ["membershipId"]}
    theirs = next(each.memberships[0].id for each in who.people if each.id != who.user.id)
    return [
        (
            {"id": who.membership.id, "key": f"switch-{who.membership.id}"},
            {"membershipSwitch": {"status": "DONE", "userErrors": [], "viewer": viewer}},
        ),
        (
            {"id": theirs, "key": f"switch-{who.membership.id}-theirs"},
            {"membershipSwitch": {"status": "REJECTED", "userErrors": [refused], "viewer": None}},
        ),
    ]


def create(who: Acting, _reach: str) -> Due:
    """Make a user."""
    due = {"status": "DONE", "userErrors": [], "user": MADE}
    return [({"key": f"create-{who.membership.id}"}, {"userCreate": due})]


def changed(mutation: str, of: Callable[[Acting], Row], **now: str | None) -> Callable[[Acting, str], Due]:
    """Change one user; `now` is what they are after it, nothing when they are gone."""

    def asks(who: Acting, _reach: str) -> Due:
        row = of(who)
        shown = {"id": id_of(row[0], who.company), "profile": row[1].profile, "state": row[1].registration_state}
        result: dict[str, Any] = {"status": "DONE", "userErrors": [], "subject": {**shown, **now} if now else None}
        due = {"outcome": "SUCCESS", "results": [result], "userErrors": []}
        return [({"id": shown["id"], "key": f"{mutation}-{who.membership.id}"}, {mutation: due})]

    return asks


def in_state(state: str, *, profile: str | None = None) -> Callable[[Acting], Row]:
    """Find a user of a state who may be managed: the last one, for the personas come first."""

    def find(who: Acting) -> Row:
        found = [
            (user, membership)
            for user, membership in users(who)
            if user.active
            and membership.registration_state == state
            and membership.profile != "LEGAL_REPRESENTATIVE"
            and profile in {None, membership.profile}
            and len(user.memberships) == 1
        ]
        return max(found, key=lambda row: row[0].id)

    return find


MANY = tuple(
    (function, mutation, query, changed(mutation, of, **now))
    for function, mutation, query, of, now in (
        ("users.register", "usersRegister", REGISTER, in_state("TO_REGISTER"), {"state": "INVITED"}),
        ("users.profile", "usersProfileChange", PROFILE, in_state("REGISTERED"), {"profile": "ADMIN_LIGHT"}),
        ("users.password", "usersPasswordReset", PASSWORD, in_state("REGISTERED"), {"state": "REGISTERED"}),
        ("users.credentials", "usersCredentialsSend", CREDENTIALS, in_state("INVITED"), {"state": "INVITED"}),
        ("users.deactivate", "usersDeactivate", DEACTIVATE, in_state("REGISTERED"), {"state": "DISABLED"}),
        ("users.delete", "usersDelete", DELETE, in_state("DISABLED"), {}),
    )
)
"""Function of the matrix, mutation, query, and what is asked and due: of the changes of many users."""

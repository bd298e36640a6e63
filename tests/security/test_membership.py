"""For which company a person acts: the directory says, X-Membership chooses, the token has no word in it.

Source: spec, reliability-security.md, 'Sessions and tokens'.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.house import Answer, House
from tests.journeys.acting import acting, fixed_lines, mobile_lines
from tests.journeys.answer import body, told
from tests.journeys.ident import id_of
from tests.security.walk import schema

CHOOSE = (
    "You act for several companies: send the header X-Membership with the id of one of `viewer { memberships { id } }`."
)
NOT_YOURS = "X-Membership is not the id of a membership that you can use."
COUNTS = "{ customer { id lines { totalCount } } viewer { profile memberships { id active } } }"

ONLY_DIRECTORY = Counter({"directory GET /Users": 1})


def _choose(path: str) -> dict[str, Any]:
    extensions = {"code": "BAD_REQUEST", "retryable": False, "count": 1}
    return {"message": CHOOSE, "path": path.split("."), "extensions": extensions}


# --- who must choose --------------------------------------------------------------------------------------------------


def test_who_has_several_memberships_is_told_them_without_choosing(bff: House, sandbox: Sandbox) -> None:
    first, second = (acting(sandbox.world, "double", membership=place) for place in (0, 1))

    answer = bff.ask("double", "{ viewer { memberships { id profile active companyName } } }")

    due = [
        {"id": who.membership.id, "profile": "ADMIN_FULL", "active": False, "companyName": who.company.name}
        for who in (first, second)
    ]
    assert (answer.status, answer.data, answer.errors) == (200, {"viewer": {"memberships": due}}, [])


def test_all_else_is_refused_until_they_choose(bff: House, sandbox: Sandbox) -> None:
    company = acting(sandbox.world, "double").company
    line = id_of(company.mobile_lines[0], company)
    query = schema().query_type
    assert query is not None
    given = {"id": f'(id: "{line}")', "ids": f'(ids: ["{line}"])'}
    roots = [name for name in query.fields if name != "viewer"]
    arguments = {name: "".join(given[each] for each in query.fields[name].args if each in given) for name in roots}
    text = " ".join(f"{name}{arguments[name]} {{ __typename }}" for name in roots)

    answer = bff.ask("double", f"{{ {text} viewer {{ profile person {{ email }} line {{ number }} }} }}")

    assert answer.status == 200
    assert answer.data == {**dict.fromkeys(roots), "viewer": {"profile": None, "person": None, "line": None}}
    assert told(answer) == [
        *(_choose(name) for name in roots),
        *(_choose(f"viewer.{name}") for name in ("profile", "person", "line")),
    ]
    assert answer.calls == ONLY_DIRECTORY


def test_the_buttons_of_the_person_are_refused_too_until_they_choose(bff: House) -> None:
    answer = bff.ask("double", "{ viewer { actions { name } } }")

    assert answer.data == {"viewer": None}
    assert answer.codes == [("BAD_REQUEST", "viewer.actions")]


@pytest.mark.parametrize("place", [0, 1])
def test_the_header_chooses_for_the_request(bff: House, sandbox: Sandbox, place: int) -> None:
    who = acting(sandbox.world, "double", membership=place)
    lines = len(mobile_lines(who, "all")) + len(fixed_lines(who, "all"))

    answer = bff.ask("double", COUNTS, headers={"x-membership": who.membership.id})

    assert answer.errors == []
    assert answer.data == {
        "customer": {"id": id_of(who.company, who.company), "lines": {"totalCount": lines}},
        "viewer": {
            "profile": "ADMIN_FULL",
            "memberships": [{"id": each.id, "active": each.id == who.membership.id} for each in who.user.memberships],
        },
    }


def test_the_choice_of_one_request_does_not_last_for_the_next(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "double")

    chosen = bff.ask("double", "{ customer { id } }", headers={"x-membership": who.membership.id})
    next_one = bff.ask("double", "{ customer { id } }")

    assert chosen.errors == []
    assert told(next_one) == [_choose("customer")]


def test_an_id_of_one_company_is_unknown_while_acting_for_the_other(bff: House, sandbox: Sandbox) -> None:
    first, second = (acting(sandbox.world, "double", membership=place) for place in (0, 1))
    line = first.company.mobile_lines[0]
    query = "query ($id: ID!) { node(id: $id) { ... on Line { number } } }"
    variables = {"id": id_of(line, first.company)}

    there = bff.ask("double", query, variables, headers={"x-membership": first.membership.id})
    elsewhere = bff.ask("double", query, variables, headers={"x-membership": second.membership.id})

    assert there.data == {"node": {"number": line.msisdn}}
    assert (elsewhere.data, elsewhere.errors) == ({"node": None}, [])


# --- whose membership it is -------------------------------------------------------------------------------------------


def test_the_own_membership_may_be_named_where_it_is_the_only_one(bff: House, sandbox: Sandbox) -> None:
    own = acting(sandbox.world, "legal").membership.id

    assert bff.ask("legal", COUNTS, headers={"x-membership": own}).data == bff.ask("legal", COUNTS).data


@pytest.mark.parametrize("persona", ["user", "double"])
def test_a_membership_of_somebody_else_answers_as_one_that_does_not_exist(
    bff: House, sandbox: Sandbox, persona: str
) -> None:
    unknown = bff.ask(persona, COUNTS, headers={"x-membership": "MEM-999999-1"})
    others = [
        membership.id
        for user in sandbox.world.users[:20]
        for membership in user.memberships
        if user.id != acting(sandbox.world, persona).user.id
    ]

    assert (unknown.status, unknown.data) == (400, None)
    assert [(error["message"], error["extensions"]["code"]) for error in unknown.errors] == [(NOT_YOURS, "BAD_REQUEST")]
    for membership in (*others, "x", "../1", '{"$ne": null}', "A" * 4000):
        answer = bff.ask(persona, COUNTS, headers={"x-membership": membership})

        assert (answer.status, body(answer)) == (400, body(unknown))
        assert answer.calls == Counter()


@pytest.mark.parametrize("headers", [{}, {"x-membership": "MEM-000011-1"}])
def test_who_has_no_usable_membership_may_not_come_in(bff: House, headers: dict[str, str]) -> None:
    answer = bff.ask("disabled", "{ viewer { memberships { id } } }", headers=headers)

    assert (answer.status, answer.data) == (403, None)
    _assert_whole(answer, "ACCOUNT_DISABLED", "This account may not use the customer area.")
    assert answer.calls == ONLY_DIRECTORY


def test_a_good_token_of_a_person_whom_the_directory_does_not_know_is_as_a_disabled_one(
    bff: House, sandbox: Sandbox
) -> None:
    stranger = _mint(sandbox, "11111111-2222-4333-8444-555555555555")

    disabled = bff.ask("disabled", COUNTS)
    unknown = bff.ask(None, COUNTS, headers=stranger)

    assert (unknown.status, body(unknown)) == (403, body(disabled))


def test_company_and_profile_come_from_the_directory_whatever_the_token_says(bff: House, sandbox: Sandbox) -> None:
    legal = acting(sandbox.world, "legal")
    forged = _mint(
        sandbox,
        "user",
        profile="LEGAL_REPRESENTATIVE",
        membership=legal.membership.id,
        companyTaxCode=acting(sandbox.world, "mobile").company.tax_code,
        roles=["support", "LEGAL_REPRESENTATIVE"],
        memberships=[{"id": legal.membership.id, "profile": "LEGAL_REPRESENTATIVE"}],
    )

    answer = bff.ask(None, COUNTS, headers=forged)

    assert answer.data == bff.ask("user", COUNTS).data
    assert answer.data["viewer"]["profile"] == "END_USER"


# --- who is not known -------------------------------------------------------------------------------------------------

HOUR_S = 3600


def _bearer(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}


def _mint(sandbox: Sandbox, who: str, **claims: object) -> dict[str, str]:
    assert sandbox._identity is not None
    return dict(_bearer(sandbox._identity.state.provider.mint(who, **claims)))


def _refused_tokens(sandbox: Sandbox) -> dict[str, Mapping[str, str]]:
    good = sandbox.token("legal")
    header, payload, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    raised = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "other"}).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    now_s = int(sandbox.clock.now().timestamp())
    return {
        "none": {},
        "empty": {"authorization": ""},
        "no token": {"authorization": "Bearer"},
        "other scheme": {"authorization": f"Basic {good}"},
        "garbage": _bearer("garbage"),
        "three parts of garbage": _bearer("a.b.c"),
        "changed payload": _bearer(f"{header}.{raised}.{signature}"),
        "no signature": _bearer(f"{header}.{payload}."),
        "algorithm none": _bearer(f"{unsigned}.{payload}."),
        "expired": _mint(sandbox, "legal", iat=now_s - 2 * HOUR_S, exp=now_s - HOUR_S),
        "not yet valid": _mint(sandbox, "legal", nbf=now_s + HOUR_S),
        "other audience": _mint(sandbox, "legal", aud="elsewhere"),
        "staff's audience": _bearer(sandbox.token("staff")),
        "other issuer": _mint(sandbox, "legal", iss="https://elsewhere.example"),
        "no subject": _mint(sandbox, "legal", sub=None),
        "an ID token": _mint(sandbox, "legal", header={"typ": "JWT"}),
        "huge": _bearer("A" * 20_000),
    }


def test_without_a_good_token_nothing_is_read_and_the_answers_are_all_alike(bff: House, sandbox: Sandbox) -> None:
    bodies = set()
    for name, headers in _refused_tokens(sandbox).items():
        answer = bff.ask(None, COUNTS, headers=dict(headers))

        assert (answer.status, answer.data) == (401, None), name
        assert answer.response.headers["www-authenticate"] == "Bearer", name
        assert answer.calls == Counter(), name
        _assert_whole(answer, "UNAUTHENTICATED", "A valid access token is needed.")
        bodies.add(re.sub(rb"[0-9a-f]{32}", b"", answer.response.content))
    assert len(bodies) == 1


def test_a_good_token_is_good_beside_all_the_bad_ones(bff: House) -> None:
    assert bff.ask("legal", "{ viewer { profile } }").data == {"viewer": {"profile": "LEGAL_REPRESENTATIVE"}}


def _assert_whole(answer: Answer, code: str, message: str) -> None:
    (error,) = answer.errors
    trace = error["extensions"].pop("traceId", None)
    assert error == {"message": message, "extensions": {"code": code, "retryable": False}}
    assert trace is None or re.fullmatch(r"[0-9a-f]{32}", trace)

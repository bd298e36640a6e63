"""Sign-in over HTTP: the code flow with PKCE by a client that we did not write, and every way to get it wrong."""

import re
import warnings
from base64 import b64encode
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox._faults import Quirk, Rule
from sandbox.credentials import DASHBOARD_CLIENT_SECRET, IDENTITY_KEY
from sandbox.server import Sandbox

with warnings.catch_warnings():
    # Authlib would rather have httpx2, which this project does not use (see the pinned libraries).
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]

CALLBACK = "http://localhost:3000/signed-in?from=test"
VERIFIER = "v" * 64
CHALLENGE = "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.faults.clear()
    running.ledger.clear()
    return running


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.urls.identity) as client:
        yield client


@pytest.fixture
def metadata(browser: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = browser.get("/.well-known/openid-configuration").json()
    return found


def asking(**changes: str | None) -> dict[str, str]:
    """Give the parameters of a good authorization request, changed; None leaves one out."""
    parameters = {
        "client_id": "app",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**parameters, **changes}.items() if value is not None}


def sent_back(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def code_for(browser: httpx.Client, persona: str = "legal", **changes: str | None) -> str:
    return sent_back(browser.post("/authorize", params=asking(**changes), data={"persona": persona}))["code"]


def redeemed(browser: httpx.Client, **changes: str | None) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return browser.post("/token", data={name: value for name, value in form.items() if value is not None})


def refreshed(browser: httpx.Client, token: str, *, client_id: str = "app") -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token}
    return browser.post("/token", data=form)


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"])


def claims_of(browser: httpx.Client, token: str, *, typ: str) -> dict[str, Any]:
    read = jwt.decode(token, KeySet.import_key_set(browser.get("/jwks").json()), algorithms=["RS256"])
    assert read.header["typ"] == typ
    return dict(read.claims)


@pytest.mark.parametrize(
    ("client_id", "secret", "method"),
    [
        ("dashboard", DASHBOARD_CLIENT_SECRET, "client_secret_basic"),
        ("dashboard", DASHBOARD_CLIENT_SECRET, "client_secret_post"),
        ("app", None, "none"),
        ("graphiql", None, "none"),
    ],
)
def test_authlibs_client_signs_in_and_refreshes(
    browser: httpx.Client, metadata: dict[str, Any], sandbox: Sandbox, client_id: str, secret: str | None, method: str
) -> None:
    subject = next(each.subject for each in sandbox.world.personas if each.name == "user")
    user = next(each for each in sandbox.world.users if each.subject == subject)
    with OAuth2Client(
        client_id,
        secret,
        token_endpoint_auth_method=method,
        scope="openid profile email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    ) as client:
        address, state = client.create_authorization_url(
            metadata["authorization_endpoint"], nonce="n-42", code_verifier=VERIFIER
        )
        page = browser.get(address)
        action = re.search(r'action="([^"]+)"', page.text)
        assert action
        chosen = browser.post(page.url.join(unescape(action[1])), data={"persona": "user"})
        tokens = client.fetch_token(
            metadata["token_endpoint"],
            authorization_response=chosen.headers["location"],
            state=state,
            code_verifier=VERIFIER,
        )
        first_refresh = tokens["refresh_token"]
        renewed = client.refresh_token(metadata["token_endpoint"])

    id_claims = claims_of(browser, tokens["id_token"], typ="JWT")
    access_claims = claims_of(browser, tokens["access_token"], typ="at+jwt")
    assert (id_claims["iss"], id_claims["aud"], id_claims["sub"]) == (metadata["issuer"], client_id, subject)
    assert (id_claims["nonce"], id_claims["email"]) == ("n-42", user.person.email)
    assert id_claims["given_name"] == user.person.first_name
    assert (access_claims["aud"], access_claims["client_id"], access_claims["sub"]) == ("bff", client_id, subject)
    assert access_claims["auth_time"] == id_claims["auth_time"]
    assert tokens["expires_in"] == access_claims["exp"] - access_claims["iat"] == 3600
    assert renewed["refresh_token"] != first_refresh
    assert claims_of(browser, renewed["access_token"], typ="at+jwt")["auth_time"] == access_claims["auth_time"]


def test_discovery_names_the_endpoints_under_the_issuer(metadata: dict[str, Any], sandbox: Sandbox) -> None:
    issuer = sandbox.urls.identity

    assert metadata["issuer"] == issuer
    assert metadata["jwks_uri"] == f"{issuer}/jwks"
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def test_a_minted_token_holds_before_the_published_keys(browser: httpx.Client, sandbox: Sandbox) -> None:
    claims = claims_of(browser, sandbox.token("legal"), typ="at+jwt")

    assert (claims["iss"], claims["aud"]) == (sandbox.urls.identity, "bff")


@pytest.mark.parametrize(
    ("accepted", "title"), [("it-IT,en;q=0.5", "Accedi"), ("en-GB,it;q=0.9", "Sign in"), ("fr", "Accedi")]
)
def test_the_sign_in_page_lists_all_personas_in_the_readers_language(
    browser: httpx.Client, sandbox: Sandbox, accepted: str, title: str
) -> None:
    page = browser.get("/authorize", params=asking(), headers={"Accept-Language": accepted})

    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text
    assert re.findall(r'name="persona" value="(\w+)"', page.text) == [each.name for each in sandbox.world.personas]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_nothing_from_the_address_reaches_the_page_as_markup(browser: httpx.Client) -> None:
    page = browser.get("/authorize?" + urlencode(asking(state='"><script>')).replace("%22", '"'))

    assert "<script>" not in page.text
    assert re.search(r'action="\?[^"<>]*"', page.text)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://localhost/cb",
        "http://localhost.evil.example/cb",
        "http://evil.example/cb",
        "http://localhost@evil.example/cb",
        "http://me@localhost/cb",
        "http://localhost/cb#part",
        "javascript:alert(1)",
        "/cb",
        None,
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_clients(browser: httpx.Client, redirect_uri: str | None) -> None:
    for answer in (
        browser.get("/authorize", params=asking(redirect_uri=redirect_uri)),
        browser.post("/authorize", params=asking(redirect_uri=redirect_uri), data={"persona": "legal"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_an_unknown_client_is_told_so_on_a_page(browser: httpx.Client) -> None:
    assert browser.get("/authorize", params=asking(client_id="other")).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_wrong_request_goes_back_to_the_client_with_its_state(
    browser: httpx.Client, changes: dict[str, str | None], error: str
) -> None:
    for answer in (
        browser.get("/authorize", params=asking(**changes)),
        browser.post("/authorize", params=asking(**changes), data={"persona": "legal"}),
    ):
        back = sent_back(answer)
        assert (back["error"], back["state"], back["from"]) == (error, "s1", "test")


def test_no_persona_no_code(browser: httpx.Client) -> None:
    assert sent_back(browser.post("/authorize", params=asking(), data={}))["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "http://localhost:3000/signed-in"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"client_id": "graphiql"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_exchanged_only_for_what_it_was_asked_with(
    browser: httpx.Client, changes: dict[str, str | None], error: str
) -> None:
    assert refusal(redeemed(browser, **{"code": code_for(browser), **changes})) == error


def test_a_code_works_once_and_its_second_use_withdraws_what_the_first_gave(browser: httpx.Client) -> None:
    code = code_for(browser)
    tokens = redeemed(browser, code=code).json()

    assert refusal(redeemed(browser, code=code)) == "invalid_grant"
    assert refusal(refreshed(browser, tokens["refresh_token"])) == "invalid_grant"


def test_a_code_expires_after_a_minute(browser: httpx.Client, sandbox: Sandbox) -> None:
    code = code_for(browser)

    sandbox.clock.advance(60)

    assert refusal(redeemed(browser, code=code)) == "invalid_grant"


def test_an_old_refresh_token_withdraws_the_newest(browser: httpx.Client) -> None:
    first = redeemed(browser, code=code_for(browser)).json()["refresh_token"]
    second = refreshed(browser, first).json()["refresh_token"]

    assert refusal(refreshed(browser, first)) == "invalid_grant"
    assert refusal(refreshed(browser, second)) == "invalid_grant"


def test_a_refresh_token_is_its_clients_alone_and_ends_after_twelve_hours(
    browser: httpx.Client, sandbox: Sandbox
) -> None:
    token = redeemed(browser, code=code_for(browser)).json()["refresh_token"]

    assert refusal(refreshed(browser, token, client_id="graphiql")) == "invalid_grant"
    sandbox.clock.advance(12 * 3600)
    assert refusal(refreshed(browser, token)) == "invalid_grant"


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({}, {"client_id": "dashboard"}),
        ({}, {"client_id": "dashboard", "client_secret": "wrong"}),
        ({}, {"client_id": "app", "client_secret": "unexpected"}),
        ({}, {"client_id": "other"}),
        ({}, {}),
        ({"Authorization": "Basic " + b64encode(b"dashboard:wrong").decode()}, {}),
        ({"Authorization": "Basic ?"}, {}),
        ({"Authorization": "Bearer x"}, {"client_id": "app"}),
    ],
)
def test_a_client_that_does_not_prove_itself_gets_nothing(
    browser: httpx.Client, headers: dict[str, str], form: dict[str, str]
) -> None:
    answer = browser.post("/token", headers=headers, data={"grant_type": "refresh_token", **form})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == "Basic"


def test_signing_out_withdraws_the_refresh_token_and_goes_back_to_the_client(browser: httpx.Client) -> None:
    tokens = redeemed(browser, code=code_for(browser)).json()

    leaving = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "http://127.0.0.1:5173/", "state": "s2"}
    gone = browser.get("/end_session", params=leaving)
    astray = browser.get("/end_session", params={**leaving, "post_logout_redirect_uri": "https://evil.example/"})
    misled = browser.get("/end_session", params={**leaving, "id_token_hint": tokens["access_token"]})
    unhinted = browser.post("/end_session", data={"post_logout_redirect_uri": "http://127.0.0.1:5173/"})

    assert gone.headers["location"] == "http://127.0.0.1:5173/?state=s2"
    assert refusal(refreshed(browser, tokens["refresh_token"])) == "invalid_grant"
    assert [answer.status_code for answer in (astray, misled, unhinted)] == [400, 200, 200]


def test_a_browser_client_may_call_the_token_endpoint_from_localhost_only(browser: httpx.Client) -> None:
    near = browser.get("/jwks", headers={"Origin": "http://localhost:5173"})
    far = browser.get("/jwks", headers={"Origin": "https://evil.example"})

    assert near.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in far.headers


def test_calls_are_in_the_ledger_and_faults_strike(browser: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.ERROR_FAULT_500, system="identity", operation="GET /jwks"))

    answer = browser.get("/jwks")

    assert (answer.status_code, answer.json()["error"]) == (500, "server_error")
    [entry] = sandbox.ledger.entries(system="identity")
    assert (entry.operation, entry.fault) == ("GET /jwks", "error_fault_500")


# --- passwords --------------------------------------------------------------------------------------------------------

LINKS = "/account/links"
KEY = {"authorization": f"Bearer {IDENTITY_KEY}"}
PASSWORD = "una password lunga"


def link(browser: httpx.Client, purpose: str = "PASSWORD", **more: str) -> str:
    answer = browser.post(LINKS, headers=KEY, data={"subject": "someone-new", "purpose": purpose, **more})
    assert answer.status_code == 201
    return str(answer.json()["url"])


def test_who_sets_a_password_behind_a_link_signs_in_with_it(browser: httpx.Client, sandbox: Sandbox) -> None:
    url = link(browser, username="Giulia.Bianchi")
    assert url == link(browser), "until it is used it is the same"
    assert browser.get(url).status_code == 200
    for wrong in ({"password": "short", "again": "short"}, {"password": PASSWORD, "again": "another one"}, {}):
        assert browser.post(url, data=wrong).status_code == 400
    assert browser.post(url, data={"password": PASSWORD, "again": PASSWORD}).status_code == 200
    assert [browser.get(url).status_code, browser.post(url, data={}).status_code] == [410, 410], "it works once"

    for wrong in ({"username": "giulia.bianchi", "password": "no"}, {"username": "nobody", "password": PASSWORD}):
        assert browser.post("/authorize", params=asking(), data=wrong).status_code == 403
    given = {"username": "giulia.bianchi", "password": PASSWORD}
    code = sent_back(browser.post("/authorize", params=asking(), data=given))["code"]
    token = redeemed(browser, code=code).json()["access_token"]
    assert claims_of(browser, token, typ="at+jwt")["sub"] == "someone-new"


def test_a_username_is_chosen_that_is_nobody_elses(browser: httpx.Client, sandbox: Sandbox) -> None:
    url, taken = link(browser, "USERNAME"), sandbox.world.users[0].username.upper()
    for wrong in ("abc", "with blank", taken):
        assert browser.post(url, data={"username": wrong}).status_code == 400
    assert browser.post(url, data={"username": "another.name"}).status_code == 200
    assert browser.get(url).status_code == 410


def test_a_link_ends_with_its_hour(browser: httpx.Client, sandbox: Sandbox) -> None:
    url = link(browser)
    sandbox.clock.advance(3601)
    assert browser.get(url).status_code == 410
    assert link(browser) != url


@pytest.mark.parametrize(
    ("headers", "form", "status"),
    [
        ({}, {"subject": "a", "purpose": "PASSWORD"}, 401),
        (KEY, {"subject": "a", "purpose": "EVERYTHING"}, 400),
        (KEY, {"purpose": "PASSWORD"}, 400),
    ],
)
def test_a_link_is_refused(browser: httpx.Client, headers: dict[str, str], form: dict[str, str], status: int) -> None:
    assert browser.post(LINKS, headers=headers, data=form).status_code == status

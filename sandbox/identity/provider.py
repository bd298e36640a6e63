"""The rules of the identity provider: keys, tokens, authorization codes, refresh tokens. No HTTP here.

Written by hand on joserfc. Authlib's server classes were weighed: they read the machine's clock, where ours is shifted,
they let a client leave PKCE out, and being untyped they would leave the whole module unchecked.

Codes and refresh tokens live in memory. A code works once and for a minute; using it again withdraws what it gave
(RFC 6749, section 4.1.2). A refresh token is replaced at each use; using an old one withdraws the newest (RFC 9700,
section 4.14).
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey

from sandbox.clock import Clock
from sandbox.identity.account import Accounts
from sandbox.identity.client import Client
from sandbox.identity.error import OAuthError
from sandbox.world.model import Persona, World

ACCESS_LIFETIME_S: Final = 3600
ID_LIFETIME_S: Final = 3600
CODE_LIFETIME_S: Final = 60
REFRESH_LIFETIME_S: Final = 12 * 3600
KEY_BITS: Final = 2048
SCOPES: Final = ("openid", "profile", "email")
DEFAULT_SCOPE: Final = "openid profile email"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(slots=True)
class _Grant:
    """One sign-in: what was asked for, and which of its tokens still works."""

    client_id: str
    subject: str
    scope: str
    nonce: str | None
    auth_time: int
    redirect_uri: str
    challenge: str
    code_expires_at: int
    code_used: bool = False
    refresh: str | None = None  # the one that works now; None when withdrawn
    refresh_expires_at: int = 0


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """What an authorization request asked for, checked."""

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str


def code_request(client: Client, parameters: Mapping[str, str]) -> CodeRequest:
    """Check an authorization request whose client and redirect URI are known to be good.

    Raises:
        OAuthError: to be sent to the client by redirect.
    """
    if parameters.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    challenge = parameters.get("code_challenge", "")
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256")
    if "none" in parameters.get("prompt", "").split():
        raise OAuthError("login_required", "this provider keeps no sign-in session")
    return CodeRequest(
        client_id=client.id,
        redirect_uri=parameters["redirect_uri"],
        scope=_known_scope(parameters.get("scope", DEFAULT_SCOPE)),
        nonce=parameters.get("nonce"),
        challenge=challenge,
    )


class Provider:
    """The issuer of tokens for the people of a world.

    `issuer` is called when a token is made, because the port is known only after the server listens.
    """

    def __init__(self, world: World, clock: Clock, issuer: Callable[[], str]) -> None:
        self._personas = {persona.name: persona for persona in world.personas}
        self.accounts = Accounts(world, clock, issuer)
        self.tell: Callable[[str], None] = lambda _subject: None
        """Is told of whoever has set a password, for the directory."""
        self.rename: Callable[[str, str], bool] = lambda _subject, _username: True
        """Is told of whoever has chosen a username, for the directory; False when it is another's there."""
        self._users = {user.subject: user for user in world.users}
        self._clock = clock
        self._issuer = issuer
        self._keys: list[RSAKey] = []
        self._making = threading.Lock()  # tests mint tokens in threads of their own
        self._codes: dict[str, _Grant] = {}
        self._refreshes: dict[str, _Grant] = {}

    @property
    def issuer(self) -> str:
        """The issuer identifier: the base URL, without a slash at its end."""
        return self._issuer()

    @property
    def personas(self) -> tuple[Persona, ...]:
        """The people to sign in as, in the world's order."""
        return tuple(self._personas.values())

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before stays published, older ones are forgotten."""
        self._keys = [_new_key(), *self._keys[:1]]

    def jwks(self) -> KeySetSerialization:
        """Give the public keys as a JWK set, the signing one first."""
        return self._key_set().as_dict(private=False, use="sig", alg="RS256")

    def mint(
        self,
        who: str,
        *,
        audience: str | None = None,
        header: Mapping[str, str] | None = None,
        **claims: object,
    ) -> str:
        """Make an access token (RFC 9068) without a sign-in.

        `who` is a persona's name or a subject. `audience` defaults to "bff", for staff to "bff-staff". `header` and
        `claims` replace members of the token, and None leaves one out: so tests make tokens that must be refused.
        """
        persona = self._personas.get(who)
        subject = persona.subject if persona else who
        made = self._access_claims(subject, client_id="dashboard", scope=DEFAULT_SCOPE, auth_time=self._now_s())
        if audience is not None:
            made["aud"] = audience
        return self._sign({**made, **claims}, typ="at+jwt", header=header or {})

    def subject(self, persona_name: str) -> str:
        """Give the subject of a persona.

        Raises:
            OAuthError: access_denied when there is no such persona.
        """
        persona = self._personas.get(persona_name)
        if persona is None:
            raise OAuthError("access_denied", "no persona was chosen")
        return persona.subject

    def authorize(self, request: CodeRequest, subject: str) -> str:
        """Sign a person in and give the authorization code."""
        now_s = self._now_s()
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Grant(
            client_id=request.client_id,
            subject=subject,
            scope=request.scope,
            nonce=request.nonce,
            auth_time=now_s,
            redirect_uri=request.redirect_uri,
            challenge=request.challenge,
            code_expires_at=now_s + CODE_LIFETIME_S,
        )
        return code

    def redeem(self, client: Client, *, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Exchange a code for tokens: the members of the token answer.

        Raises:
            OAuthError: invalid_grant, when anything about the code does not fit.
        """
        grant = self._codes.get(code)
        if grant is None or grant.client_id != client.id:
            raise OAuthError("invalid_grant", "the code is not known")
        if grant.code_used:
            grant.refresh = None
            raise OAuthError("invalid_grant", "the code was used before")
        if self._now_s() >= grant.code_expires_at:
            raise OAuthError("invalid_grant", "the code has expired")
        if redirect_uri != grant.redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorization request")
        if not _verifies(verifier, grant.challenge):
            raise OAuthError("invalid_grant", "code_verifier does not fit code_challenge")
        grant.code_used = True
        grant.refresh_expires_at = self._now_s() + REFRESH_LIFETIME_S
        return self._tokens(grant, client)

    def refresh(self, client: Client, *, token: str) -> dict[str, object]:
        """Exchange a refresh token for new tokens; the old one stops working.

        Raises:
            OAuthError: invalid_grant.
        """
        grant = self._refreshes.get(token)
        if grant is None or grant.client_id != client.id:
            raise OAuthError("invalid_grant", "the refresh token is not known")
        if grant.refresh != token:
            grant.refresh = None
            raise OAuthError("invalid_grant", "the refresh token was used before or withdrawn")
        if self._now_s() >= grant.refresh_expires_at:
            raise OAuthError("invalid_grant", "the refresh token has expired")
        return self._tokens(grant, client)

    def end_session(self, id_token: str) -> str | None:
        """Withdraw the refresh tokens of a person at a client; give the client's id, None when the token is not ours.

        An expired id_token still tells who leaves (OpenID Connect RP-Initiated Logout, section 2).
        """
        try:
            read = jwt.decode(id_token, self._key_set(), algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        if read.header["typ"] != "JWT":  # an access token says nothing about who may be sent back where
            return None
        claims = read.claims
        for grant in self._refreshes.values():
            if (grant.subject, grant.client_id) == (claims["sub"], claims["aud"]):
                grant.refresh = None
        return str(claims["aud"])

    def _tokens(self, grant: _Grant, client: Client) -> dict[str, object]:
        access = self._sign(
            self._access_claims(grant.subject, client_id=client.id, scope=grant.scope, auth_time=grant.auth_time),
            typ="at+jwt",
        )
        grant.refresh = secrets.token_urlsafe(32)
        self._refreshes[grant.refresh] = grant
        answer: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFETIME_S,
            "refresh_token": grant.refresh,
            "scope": grant.scope,
        }
        if "openid" in grant.scope.split():
            answer["id_token"] = self._sign(self._id_claims(grant, access), typ="JWT")
        return answer

    def _access_claims(self, subject: str, *, client_id: str, scope: str, auth_time: int) -> dict[str, object]:
        now_s = self._now_s()
        staff = any(persona.staff for persona in self._personas.values() if persona.subject == subject)
        return {
            "iss": self.issuer,
            "aud": "bff-staff" if staff else "bff",
            "sub": subject,
            "client_id": client_id,
            "iat": now_s,
            "exp": now_s + ACCESS_LIFETIME_S,
            "jti": secrets.token_urlsafe(16),
            "auth_time": auth_time,
            "scope": scope,
            "roles": ["support"] if staff else None,
        }

    def _id_claims(self, grant: _Grant, access_token: str) -> dict[str, object]:
        now_s = self._now_s()
        return {
            "iss": self.issuer,
            "aud": grant.client_id,
            "sub": grant.subject,
            "iat": now_s,
            "exp": now_s + ID_LIFETIME_S,
            "auth_time": grant.auth_time,
            "nonce": grant.nonce,
            "at_hash": _base64url(sha256(access_token.encode()).digest()[:16]),
            **self._profile(grant),
        }

    def _profile(self, grant: _Grant) -> dict[str, str]:
        """Give the claims of the scopes asked for; staff are not in the directory and have none."""
        user = self._users.get(grant.subject)
        scopes = grant.scope.split()
        claims: dict[str, str] = {}
        if user and "profile" in scopes:
            given, family = user.person.first_name, user.person.last_name
            claims |= {"name": f"{given} {family}", "given_name": given, "family_name": family}
            claims["preferred_username"] = user.username
        if user and "email" in scopes:
            claims["email"] = user.person.email
        return claims

    def _sign(self, claims: Mapping[str, object], *, typ: str, header: Mapping[str, str] | None = None) -> str:
        """Make a JWT; a member that is None is left out."""
        key = self._signing_key()
        full_header = {"alg": "RS256", "typ": typ, "kid": key.kid, **(header or {})}
        return jwt.encode(_present(full_header), _present(claims), key, [str(full_header["alg"])], default_type=None)

    def _key_set(self) -> KeySet:
        return KeySet([self._signing_key(), *self._keys[1:]])

    def _signing_key(self) -> RSAKey:
        """Give the newest key; the first is made when it is first needed, as that takes a tenth of a second."""
        with self._making:
            if not self._keys:
                self.rotate()
        return self._keys[0]

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _known_scope(scope: str) -> str:
    """Keep the scopes that the provider knows (RFC 6749, section 3.3, lets it ignore the others)."""
    return " ".join(name for name in SCOPES if name in scope.split())


def _verifies(verifier: str, challenge: str) -> bool:
    made = _base64url(sha256(verifier.encode()).digest())
    return bool(_VERIFIER.fullmatch(verifier)) and hmac.compare_digest(made, challenge)


def _new_key() -> RSAKey:
    return RSAKey.generate_key(KEY_BITS, auto_kid=True)


def _present(members: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

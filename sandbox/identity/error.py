"""What the provider refuses, in the words of RFC 6749 (sections 4.1.2.1 and 5.2) and OpenID Connect Core 3.1.2.6."""

from __future__ import annotations


class OAuthError(Exception):
    """A refusal: `code` is the registered `error` value, `description` is for the developer who reads it."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status

    def as_json(self) -> dict[str, str]:
        """Give the members of an error answer or redirect."""
        return {"error": self.code, "error_description": self.description}


class UnusableRedirect(Exception):
    """The client or its redirect URI is not known, so the error can't be sent there (RFC 6749, section 4.1.2.1)."""

"""What is remembered of things that tell of a person: a mark that nobody can turn back without our key.

An IBAN or an address is soon guessed from a bare digest, by trying all that there are. So the digest is keyed.
"""

import hmac
from collections.abc import Sequence
from typing import Any

import msgspec


class Seal:
    """Makes marks by the first of its secrets, and knows those that were made by any of them."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = tuple(secrets)

    def mark(self, value: Any) -> str:
        """Give the mark of a value as JSON would have it: 64 hexadecimal digits."""
        return _mark(self._secrets[0], value)

    def fits(self, mark: str, value: Any) -> bool:
        """Tell whether a mark is that of a value."""
        return any(hmac.compare_digest(mark, _mark(secret, value)) for secret in self._secrets)


def _mark(secret: bytes, value: Any) -> str:
    return hmac.digest(secret, msgspec.json.encode(value, order="sorted"), "sha256").hex()

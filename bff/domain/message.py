"""Messages that go out to people: letters by e-mail, texts by SMS."""

from enum import Enum

import msgspec


class LetterKind(Enum):
    """Letters that are sent; the words of each are in `bff/content/message.toml`."""

    REGISTRATION_LINK = "registration_link"
    REGISTRATION_REFUSED = "registration_refused"
    REGISTRATION_DONE = "registration_done"
    EMAIL_CHANGE = "email_change"
    SUPPORT = "support"
    CREDENTIALS = "credentials"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of its words


class SmsKind(Enum):
    """Texts that are sent by SMS; the words of each are in `bff/content/message.toml`."""

    REGISTRATION_CODE = "registration_code"


class Letter(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An e-mail to one person, as text and as HTML; `language` is "it" or "en".

    `reply_to` is where answers go; None for where it comes from.
    """

    to: str
    subject: str
    text: str
    html: str
    language: str
    reply_to: str | None = None

    def __repr__(self) -> str:
        """Keep the person out of logs."""
        return "Letter(…)"

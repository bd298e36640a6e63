"""What an answer that is not good means, be it JSON or SOAP: the system is down, does not want us now, or said no.

Each legacy tells the same in three shapes (spec, legacy.md, quirk 3): so what it says of itself counts for more than
its status. Codes: `DB900` is the night window (quirk 2), the others are OAuth's (RFC 6749 §4.1.2.1). Statuses: RFC 9110
§15, and 429 of RFC 6585.
"""

import re

from bff.backends._call import Operation
from bff.errors import BackendError

_DOWN = frozenset({"db900", "server_error", "temporarily_unavailable"})
_TOO_MANY = "troppe richieste"  # quirk 18: there is no 429, and no code is known for it
_NOT_US = frozenset({401, 403, 429})
_NOT_NOW = frozenset({408, 503})
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)


def refusal(
    where: Operation,
    status: int,
    *,
    code: str = "",
    message: str = "",
    why: str = "",
    foreign: bool = False,
    wait_s: float | None = None,
) -> BackendError:
    """Make the error of an answer by the code and message of its error, and by its status where it has no code.

    `why` tells the log what was wrong with an answer without a code; it is `foreign` when it is not even one of the
    protocol. A call that was refused because it is ours, or one
    too many, would be refused again at once: its error is final.
    """
    detail = f"{status} {code[:40] or why or 'without an error code'}"
    final = status in _NOT_US or _TOO_MANY in message.casefold()
    if final or status in _NOT_NOW or code.casefold() in _DOWN or (status >= _SERVER_ERROR and not code):
        return where.unavailable(detail, retry_after_s=wait_s, final=final)
    if code or status >= _CLIENT_ERROR:
        return where.rejected(detail)
    return where.garbled(detail, foreign=foreign)


def seconds(text: str | None) -> float | None:
    """Read how many seconds to wait, eleven days at most; None for all else, be it a date."""
    return float(text) if text and _SECONDS.fullmatch(text) else None

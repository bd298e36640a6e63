"""Quirk 11 in bytes: what an answer is encoded in, and what it says that it is encoded in."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sandbox._faults import Strike

_CHARSETS: Final = {"latin1": "ISO-8859-1", "windows1252": "windows-1252"}
_NO_CHARACTER: Final = b"\x81"  # none in UTF-8 by itself, none in windows-1252
_BEYOND_ASCII: Final = re.compile(rb"[\xc0-\xf7][\x80-\xbf]+")
_TEXT: Final = re.compile(rb'[>"](?=\w)')


class Encoded(NamedTuple):
    """A body with its content type."""

    body: bytes
    content_type: str


def recoded(answer: Encoded, strike: Strike) -> Encoded:
    """Encode JSON or XML, given in UTF-8, as the strike's mode says; all else stays as it is."""
    is_xml = "xml" in answer.content_type
    if not is_xml and "json" not in answer.content_type:
        return answer
    match strike.mode:
        case "bom":
            return answer._replace(body=b"\xef\xbb\xbf" + answer.body)
        case "nonsense":
            return answer._replace(body=_nonsense(answer.body))
        case "conflict":
            # The prolog is right, and so is JSON, which is in UTF-8 whatever HTTP says (RFC 8259, section 8.1).
            return answer._replace(content_type=_with_charset(answer.content_type, "ISO-8859-1"))
    charset = _CHARSETS[strike.mode or "latin1"]
    text = answer.body.decode().replace("UTF-8", charset, 1) if is_xml else answer.body.decode()
    body = text.encode(charset, "xmlcharrefreplace" if is_xml else "backslashreplace")
    return Encoded(body, _with_charset(answer.content_type, charset))


def _nonsense(body: bytes) -> bytes:
    """Put a byte that is no character in the place of each beyond ASCII, or into the last text when there is none."""
    spoilt, places = _BEYOND_ASCII.subn(_NO_CHARACTER, body)
    if places:
        return spoilt
    texts = list(_TEXT.finditer(body))
    at = texts[-1].end() if texts else len(body)
    return body[:at] + _NO_CHARACTER + body[at:]


def _with_charset(content_type: str, charset: str) -> str:
    return f"{content_type.partition(';')[0]}; charset={charset}"

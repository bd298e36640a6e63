"""Which letters the bytes of an answer are, whatever their label (spec, legacy.md, quirk 11).

The systems' front ends put a charset on everything, and it is often wrong. So the bytes are asked first: text in
ISO-8859-1 or windows-1252 that has an accent or a € is practically never valid UTF-8. What is not UTF-8 is one of these
two when a label says so, and else nobody's text: refused rather than shown with wrong letters. The two are read alike,
as browsers do (WHATWG Encoding): ISO-8859-1 has nothing but control characters where windows-1252 has its €.
"""

import re
from collections.abc import Sequence

_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_WESTERN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "windows-1252", "cp1252"})


def letters(body: bytes, content_type: str, declared: Sequence[str] = ()) -> str:
    """Read bytes as text, without their byte order mark; `declared` are encodings that the body itself names.

    Raises UnicodeDecodeError for bytes of no encoding that anyone names.
    """
    body = body.removeprefix(_BOM)
    try:
        return body.decode()
    except UnicodeDecodeError:
        labels = (*_CHARSET.findall(content_type), *declared)
        if _WESTERN.isdisjoint(label.lower() for label in labels):
            raise
    return body.decode("cp1252")

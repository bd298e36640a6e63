"""Files in PDF: a page of text, as small as the format allows, and as large as somebody wants it to be.

Written after PDF 1.4 (ISO 32000-1 has the same): a catalog, a page, a font that every reader brings along, the text,
and perhaps an object of blanks that nobody refers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

_HEAD: Final = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_ESCAPED: Final = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})


def pdf(lines: Sequence[str], *, at_least_bytes: int = 0) -> bytes:
    """Write lines on a page; letters that windows-1252 lacks become question marks."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources 6 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        _stream(_text(lines)),
        b"<< /Font << /F1 4 0 R >> >>",
        *([_stream(b" " * at_least_bytes)] if at_least_bytes else []),
    ]
    written = [b"%d 0 obj\n%b\nendobj\n" % (number, held) for number, held in enumerate(objects, start=1)]
    *places, end = accumulate(map(len, written), initial=len(_HEAD))
    table = b"".join([b"0000000000 65535 f \n", *(b"%010d 00000 n \n" % place for place in places)])
    tail = b"xref\n0 %d\n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    count = len(written) + 1
    return b"".join([_HEAD, *written, tail % (count, table, count, end)])


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _text(lines: Sequence[str]) -> bytes:
    shown = " ".join(f"({line.translate(_ESCAPED)}) Tj T*" for line in lines)
    return f"BT /F1 11 Tf 16 TL 56 780 Td {shown} ET".encode("cp1252", "replace")

"""Codes and numbers of the fixed legacy, some of which were a number on their way (spec, legacy.md, quirk 8).

Leading zeros that were lost are put back only where there is one way to do it: the XSD fixes how many characters there
are. Patterns: spec, legacy/fixed-legacy.xsd; codes of all systems are in `_text`. All readers take a tidy text and
raise Unreadable.
"""

import re

from bff.backends._batch import Unreadable

_ACCOUNT_DIGITS = 12
_PROTOCOL_DIGITS = 10

_ACCOUNT = re.compile(r"[0-9]{1,12}")
_LINE = re.compile(r"0[0-9]{5,10}")
_PROTOCOL = re.compile(r"[0-9]{1,10}")
_INVOICE = re.compile(r"[0-9A-Z]{8,15}")


def account(text: str) -> str:
    """Read an account code: 12 digits (AccountCode)."""
    return _fitting(_ACCOUNT, text).zfill(_ACCOUNT_DIGITS)


def line(text: str) -> str:
    """Read a line's id: a fixed number with its 0 (LineId).

    One zero at most can have been lost: no area code of Italy begins with 00.
    """
    return _fitting(_LINE, text if text.startswith("0") else f"0{text}")


def protocol(text: str) -> str:
    """Read a request's protocol number: 10 digits (ProtocolNo)."""
    return _fitting(_PROTOCOL, text).zfill(_PROTOCOL_DIGITS)


def invoice(text: str) -> str:
    """Read an invoice number: 8 to 15 digits and capitals (InvoiceNo), too free a form to put zeros back."""
    return _fitting(_INVOICE, text.upper())


def _fitting(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise Unreadable("a code of no known form")
    return text

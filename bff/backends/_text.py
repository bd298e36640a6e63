"""Text as these systems write it: padded with blanks, null in many shapes, with leading zeros or whole digits lost.

What can't be had back is None, never a guess: zeros come back only where a number's length is fixed. Letters stay as
they came: whether `UNIVERSITA'` was `UNIVERSITÀ` nobody can tell, for `DE'` is a name. Source: spec, legacy.md,
quirks 8, 11 and 12, and 'Italian particulars'.
"""

import re

from bff.domain.phone import is_e164

COMPANY_TAX_CODE_DIGITS = 11
POSTCODE_DIGITS = 5

_NULL = "NULL"
_DIGITS_LOST = re.compile(r"\d(?:\.\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_POSTCODE = re.compile(r"\d{2,5}", re.ASCII)  # 00010, the lowest in use, loses three zeros at most
_RECIPIENT_CODE = re.compile(r"[A-Z0-9]{7}|(?=\d*[A-Z])[A-Z0-9]{6}", re.ASCII | re.IGNORECASE)
# +39 and a mobile number of 9 or 10 digits, whose + is lost: no number in Italy has as many without its 39.
_MOBILE_WITHOUT_PLUS = re.compile(r"393\d{8,9}", re.ASCII)
_ICCID = re.compile(r"(\d{19})F?", re.ASCII | re.IGNORECASE)  # F fills the last half byte of twenty


def tidy(text: str) -> str | None:
    """Give a text without the blanks around it; None for an empty one and for `NULL`.

    A number in scientific notation is None too: its last digits are gone.

    Example:
        >>> tidy(" Rossi S.r.l.  "), tidy("NULL"), tidy("8.93901E+18")
        ('Rossi S.r.l.', None, None)
    """
    stripped = text.strip()
    if not stripped or stripped == _NULL or ("+" in stripped and _DIGITS_LOST.fullmatch(stripped)):
        return None
    return stripped


def tax_code(text: str) -> str:
    """Give the tax code of a company or a person in capitals, a company's with the leading zeros that it lost.

    Eleven digits are a company's; fewer are one that lost zeros if the check digit says so, else they stay as they are.

    Example:
        >>> tax_code("1955920481"), tax_code("rssmra80a01h501u")
        ('01955920481', 'RSSMRA80A01H501U')
    """
    if not text.isascii() or not text.isdigit():
        return text.upper()
    whole = text.zfill(COMPANY_TAX_CODE_DIGITS)
    return whole if has_luhn_digit(whole) else text


def vat_number(text: str) -> str | None:
    """Give a VAT number with the leading zeros that it lost; None when it can't be one."""
    number = tax_code(text)
    return number if len(number) == COMPANY_TAX_CODE_DIGITS and number.isdigit() else None


def postcode(text: str) -> str | None:
    """Give an Italian postcode with the leading zeros that it lost; None when it can't be one.

    Example:
        >>> postcode("187"), postcode("SW1A 1AA")
        ('00187', None)
    """
    return text.zfill(POSTCODE_DIGITS) if _POSTCODE.fullmatch(text) else None


def recipient_code(text: str) -> str | None:
    """Give the code that e-invoices go to, in capitals: 7 characters, or 6 with a letter; None when it can't be one.

    Zeros that it lost do not come back: `0` would be 0000000, which means certified mail, and six digits may be a code
    of six or what is left of seven.

    Example:
        >>> recipient_code("dwrjfgp"), recipient_code("0")
        ('DWRJFGP', None)
    """
    return text.upper() if _RECIPIENT_CODE.fullmatch(text) else None


def phone_number(text: str) -> str | None:
    """Give a phone number as E.164, an Italian mobile one with the + that it lost; None when it can't be one.

    Example:
        >>> phone_number("+390254124040"), phone_number("393331234567"), phone_number("3331234567")
        ('+390254124040', '+393331234567', None)
    """
    if is_e164(text):
        return text
    return f"+{text}" if _MOBILE_WITHOUT_PLUS.fullmatch(text) else None


def iccid(text: str) -> str | None:
    """Give the 19 digits of an ICCID, None when they are not 19 or their check digit is wrong."""
    match = _ICCID.fullmatch(text)
    return match[1] if match and has_luhn_digit(match[1]) else None


_DIGITS = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) for digit in range(10)))
"""Digits as numbers, and doubled with their own digits added: 7 is 14 is 5."""


def has_luhn_digit(digits: str) -> bool:
    """Tell whether ASCII digits end with the check digit that ISO/IEC 7812 computes: Luhn's.

    ICCIDs have it (ITU-T E.118), and so do Italian VAT numbers and the tax codes of companies.
    """
    text = digits.encode()
    return (sum(text[::-2].translate(_DIGITS)) + sum(text[-2::-2].translate(_DOUBLED))) % 10 == 0

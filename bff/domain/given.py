"""What people type: read as it is to be kept, or None when it can't be right.

IBANs, tax codes, addresses and numbers are told apart from slips of the pen, by their check digits where they have some
(spec, legacy.md, 'Italian particulars'). Whether an account, a person or a house is there, nobody asks here.
"""

import re
import unicodedata
from typing import Final

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale

from bff.domain.phone import e164

_MOBILE = re.compile(r"\+393\d{8,9}", re.ASCII)
_POSTCODE = re.compile(r"\d{5}", re.ASCII)
_ICCID = re.compile(r"(\d{19})[\dF]?", re.ASCII)
_SEPARATORS = re.compile(r"[\s./-]+")
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[a-z\d]([a-z\d-]*[a-z\d])?"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[a-z]{{2,}}", re.ASCII | re.IGNORECASE)
_PERSON_CHARACTERS = 16
_EMAIL_CHARACTERS, _LOCAL_CHARACTERS = 254, 64  # RFC 5321, section 4.5.3.1
_LETTERS = """
    AG AL AN AO AP AQ AR AT AV BA BG BI BL BN BO BR BS BT BZ CA CB CE CH CI CL CN CO CR CS CT CZ EN FC FE FG FI FM FR GE
    GO GR IM IS KR LC LE LI LO LT LU MB MC ME MI MN MO MS MT NA NO NU OG OR OT PA PC PD PE PG PI PN PO PR PT PU PV PZ RA
    RC RE RG RI RM RN RO SA SI SO SP SR SS SU SV TA TE TN TO TP TR TS TV UD VA VB VC VE VI VR VS VT VV"""
PROVINCES: Final = frozenset(_LETTERS.split())
"""Provinces of Italy by their letters; Sardinia's of before and after 2016."""


def words(text: str, *, longest: int) -> str | None:
    """Give a text on one line, without blanks around it; None for an empty one, one too long or with odd characters.

    Example:
        >>> words("  Via   Roma, 12 ", longest=20)
        'Via Roma, 12'
    """
    told = unicodedata.normalize("NFC", " ".join(text.split()))
    return told if 0 < len(told) <= longest and told.isprintable() else None


def name(text: str, *, longest: int) -> str | None:
    """Give the name of a person: letters, blanks, apostrophes and hyphens alone; None for what none is.

    It will stand in letters, and must not become a link or a sentence of somebody else's there.

    Example:
        >>> name(" Maria  D\u2019Angelo ", longest=20), name("win at evil.example", longest=20)
        ('Maria D\u2019Angelo', None)
    """
    told = words(text, longest=longest)
    return told if told and all(letter.isalpha() or letter in " '\u2019-" for letter in told) else None


def iban(text: str) -> str | None:
    """Give an IBAN of a country of SEPA in capitals, its national check digit checked too; None when it can't be one.

    Example:
        >>> iban("it60 X054 2811 1010 0000 0123 456"), iban("IT60Y0542811101000000123456")
        ('IT60X0542811101000000123456', None)
    """
    try:
        read = IBAN(text, validate_bban=True)
    except (SchwiftyException, ValueError):
        return None
    return str(read) if read.in_sepa_zone else None


def iccid(text: str) -> str | None:
    """Give the 19 digits of an ICCID, which may be printed with a twentieth that fills it; None when it can't be one.

    Example:
        >>> iccid("8939 0100 0000 0000 017"), iccid("8939010000000000018")
        ('8939010000000000017', None)
    """
    match = _ICCID.fullmatch(_SEPARATORS.sub("", text).upper())
    return match[1] if match is not None and luhn.is_valid(match[1]) else None


def tax_code(text: str) -> str | None:
    """Give a tax code in capitals: of a company 11 digits, of a person 16 characters; None when it can't be one.

    Example:
        >>> tax_code("rssmra80a01h501u"), tax_code("00488410010"), tax_code("00488410011")
        ('RSSMRA80A01H501U', '00488410010', None)
    """
    try:
        return str(codicefiscale.validate(text))
    except ValidationError:
        return None


def personal_tax_code(text: str) -> str | None:
    """Give the tax code of a person, 16 characters; None when it can't be one."""
    code = tax_code(text)
    return code if code is not None and len(code) == _PERSON_CHARACTERS else None


def mobile_number(text: str) -> str | None:
    """Give an Italian mobile number as E.164, written with or without its country; None when it can't be one.

    Example:
        >>> mobile_number("333 123 4567"), mobile_number("+39 333 1234567"), mobile_number("02 1234567")
        ('+393331234567', '+393331234567', None)
    """
    typed = text.strip()
    number = e164(typed if typed.startswith(("+", "00")) else f"+39{typed}")
    return number if number is not None and _MOBILE.fullmatch(number) else None


def email(text: str) -> str | None:
    """Give an e-mail address, its domain in small letters; None when it can't be one.

    Example:
        >>> email(" Anna.Neri@Example.IT "), email("anna@example")
        ('Anna.Neri@example.it', None)
    """
    told = text.strip()
    local, _, domain = told.rpartition("@")
    fits = len(told) <= _EMAIL_CHARACTERS and len(local) <= _LOCAL_CHARACTERS and _EMAIL.fullmatch(told)
    return f"{local}@{domain.lower()}" if fits else None


def postcode(text: str) -> str | None:
    """Give a postcode of 5 digits; None when it can't be one."""
    return text.strip() if _POSTCODE.fullmatch(text.strip()) else None


def province(text: str) -> str | None:
    """Give the two letters of a province in capitals; None when there is no such."""
    letters = text.strip().upper()
    return letters if letters in PROVINCES else None

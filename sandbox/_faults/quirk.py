"""The names of what can go wrong, in the order of legacy.md, and the ways in which some of it can be told to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

Mode = Literal[
    "fault", "refused", "html", "reset",
    "high", "low", "absent", "nonsense",
    "doubled", "skipped",
    "italian", "comma", "sign_first", "sign_last", "empty", "float",
    "latin1", "windows1252", "conflict", "bom",
    "null_text", "nil",
    "silent",
    "missing", "wrong_type", "cut", "large", "oversized",
]  # fmt: skip


class Quirk(StrEnum):
    """What can go wrong."""

    SLOW_TAIL = "slow_tail"
    """Answers after `seconds` (8)."""
    NO_ANSWER = "no_answer"
    """Takes the request and stays silent."""
    NIGHT_WINDOW = "night_window"
    """Closed for the night: `mode` is fault (DB900), refused (connection reset) or html (503 page)."""
    ERROR_FAULT_500 = "error_fault_500"
    """The system's own error body, with 500."""
    ERROR_FAULT_200 = "error_fault_200"
    """The same error body, with 200."""
    ERROR_CODE_IN_ANSWER = "error_code_in_answer"
    """An error code inside an answer that looks good."""
    HTTP_ERROR = "http_error"
    """`status` (502) with a `body` that is empty, html or plain."""
    TRUNCATED = "truncated"
    """The first half of the body."""
    HTML_INSTEAD = "html_instead"
    """200 with an HTML page."""
    WRONG_CONTENT_TYPE = "wrong_content_type"
    """The good body under another `contentType` (text/plain)."""
    PARTIAL_BULK = "partial_bulk"
    """Rows of some keys, an error for each of `keys` (the first key)."""
    POISONED_KEY = "poisoned_key"
    """One of `keys` in a batch fails the whole batch."""
    SHUFFLED = "shuffled"
    """Rows in another order."""
    DUPLICATED = "duplicated"
    """Rows twice."""
    FOREIGN_ROWS = "foreign_rows"
    """`rows` (2) rows of another company among the others."""
    MISSING_ROWS = "missing_rows"
    """`rows` (1) of the rows left out."""
    WRONG_TOTAL = "wrong_total"
    """A count of all rows that is too `high`, too `low`, `absent` or `nonsense`."""
    IGNORED_FILTER = "ignored_filter"
    """All rows of the keys, whatever else was asked: dates, states, roles."""
    CAPPED_PAGE = "capped_page"
    """At most `rows` (20) rows a page, silently."""
    UNSTABLE_PAGING = "unstable_paging"
    """Pages after the first begin a row early (`doubled`) or late (`skipped`), for a row came or went meanwhile."""
    LOST_ZEROS = "lost_zeros"
    """Numbers, codes and post codes without their leading zeros."""
    IDS_AS_NUMBERS = "ids_as_numbers"
    """Ids and phone numbers as JSON numbers: signs and leading zeros are lost."""
    SCIENTIFIC_NOTATION = "scientific_notation"
    """Long digit strings as 8.93901E+18: all digits but six are lost."""
    AMOUNT_NOTATION = "amount_notation"
    """Amounts as `italian` 1.234,56, `comma` 1234,5, `sign_first` -12,30, `sign_last` 12,30-, `empty`, or `float`."""
    SENTINEL_DATES = "sentinel_dates"
    """31/12/9999 or 01/01/0001 where a date is open."""
    LOCAL_TIMES = "local_times"
    """Rome's times without a zone; the first two of an answer at 25/10 02:30 (two instants), 29/03 02:30 (none)."""
    ENCODING = "encoding"
    """Another encoding: `latin1`, `windows1252`; a `conflict` of declarations; a `bom`; `nonsense` bytes."""
    PADDED_FIELDS = "padded_fields"
    """Blanks before and after each text."""
    APOSTROPHES = "apostrophes"
    """UNIVERSITA' for what has an accent."""
    UNKNOWN_CODE = "unknown_code"
    """Codes that nobody knows."""
    WRONG_CASE = "wrong_case"
    """Codes in upper case for lower, and the other way."""
    NULL_SHAPES = "null_shapes"
    """What may be missing is missing, as `empty` text, as NULL (`null_text`), as `nil`, or `absent`."""
    SINGLE_AS_OBJECT = "single_as_object"
    """Lists of one as their only element."""
    TAKEN_UNANSWERED = "taken_unanswered"
    """Does what is asked for, and then no answer comes: stays `silent`, or a `reset`."""
    LATE_READS = "late_reads"
    """Does what is asked for, and reads show it only `seconds` (30) later."""
    REFUSED_LATER = "refused_later"
    """Takes what is asked for, and refuses it `seconds` (30) later."""
    BAD_DOCUMENT = "bad_document"
    """A file: `missing`, `empty`, `html`, of a `wrong_type`, `cut`, `large` (20 MB), `oversized` (26 MB)."""
    TOO_MANY_CALLS = "too_many_calls"
    """'Troppe richieste' as a `fault`, or a `reset`, for calls above `limit` (20) at once."""
    CLOCK_SKEW = "clock_skew"
    """A clock that is `seconds` (360) ahead, so that good credentials are refused."""
    NO_CONTENT = "no_content"
    """SCIM: a PATCH is done and answers 204, without the user."""
    CHANGED_MEANWHILE = "changed_meanwhile"
    """SCIM: somebody else has written the user since they were read, so that `If-Match` is stale: 412."""


NUMBERS: Final[Mapping[int, tuple[Quirk, ...]]] = {
    1: (Quirk.SLOW_TAIL, Quirk.NO_ANSWER),
    2: (Quirk.NIGHT_WINDOW,),
    3: (Quirk.ERROR_FAULT_500, Quirk.ERROR_FAULT_200, Quirk.ERROR_CODE_IN_ANSWER),
    4: (Quirk.HTTP_ERROR, Quirk.TRUNCATED, Quirk.HTML_INSTEAD, Quirk.WRONG_CONTENT_TYPE),
    5: (Quirk.PARTIAL_BULK, Quirk.POISONED_KEY),
    6: (Quirk.SHUFFLED, Quirk.DUPLICATED, Quirk.FOREIGN_ROWS, Quirk.MISSING_ROWS),
    7: (Quirk.WRONG_TOTAL, Quirk.IGNORED_FILTER, Quirk.CAPPED_PAGE, Quirk.UNSTABLE_PAGING),
    8: (Quirk.LOST_ZEROS, Quirk.IDS_AS_NUMBERS, Quirk.SCIENTIFIC_NOTATION),
    9: (Quirk.AMOUNT_NOTATION,),
    10: (Quirk.SENTINEL_DATES, Quirk.LOCAL_TIMES),
    11: (Quirk.ENCODING, Quirk.PADDED_FIELDS, Quirk.APOSTROPHES),
    12: (Quirk.UNKNOWN_CODE, Quirk.WRONG_CASE, Quirk.NULL_SHAPES, Quirk.SINGLE_AS_OBJECT),
    14: (Quirk.TAKEN_UNANSWERED,),
    15: (Quirk.LATE_READS, Quirk.REFUSED_LATER),
    17: (Quirk.BAD_DOCUMENT,),
    18: (Quirk.TOO_MANY_CALLS,),
    19: (Quirk.CLOCK_SKEW,),
    20: (Quirk.NO_CONTENT, Quirk.CHANGED_MEANWHILE),
}
"""By number of legacy.md's list: the quirks that are parts of it."""

MODES: Final[Mapping[Quirk, tuple[Mode, ...]]] = {
    Quirk.NIGHT_WINDOW: ("fault", "refused", "html"),
    Quirk.WRONG_TOTAL: ("high", "low", "absent", "nonsense"),
    Quirk.UNSTABLE_PAGING: ("doubled", "skipped"),
    Quirk.AMOUNT_NOTATION: ("italian", "comma", "sign_first", "sign_last", "empty", "float"),
    Quirk.ENCODING: ("latin1", "windows1252", "conflict", "bom", "nonsense"),
    Quirk.NULL_SHAPES: ("empty", "null_text", "absent", "nil"),
    Quirk.TAKEN_UNANSWERED: ("silent", "reset"),
    Quirk.BAD_DOCUMENT: ("missing", "empty", "html", "wrong_type", "cut", "large", "oversized"),
    Quirk.TOO_MANY_CALLS: ("fault", "reset"),
}
"""The modes of the quirks that have any; the first one is meant when none is named."""

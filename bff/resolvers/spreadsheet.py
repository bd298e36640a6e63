"""Sheets as xlsx files, of text cells only: a name such as `=1+1` is a name.

XlsxWriter, because openpyxl takes such a name for a formula and writes to disk, which is read only in production. It
makes a sheet in memory: 5,000 rows of 8 cells take 18 MB and 0.4 s of CPU, so one at a time is made, in a thread.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bff.domain.user_sheet import Sheet

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_PIECE_BYTES = 65_536
_WRITER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spreadsheet")
_CELL_MAX = 32_767  # characters, Excel's limit
_WIDTH_MIN, _WIDTH_MAX = 8, 60
_IS_TEXT = {"num_format": "@"}  # what is typed over such a cell stays text too


async def pieces(sheet: Sheet, made_at: datetime) -> AsyncGenerator[bytes, None]:
    """Write a sheet without holding up the loop, and give its file piece by piece."""
    file = await asyncio.get_running_loop().run_in_executor(_WRITER, xlsx, sheet, made_at)
    for start in range(0, len(file), _PIECE_BYTES):
        yield file[start : start + _PIECE_BYTES]


def xlsx(sheet: Sheet, made_at: datetime) -> bytes:
    """Write a sheet: the header in bold stays in sight, columns are as wide as their longest text, within reason."""
    file = BytesIO()
    rows = [sheet.header, *sheet.rows]
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": made_at})
        page = book.add_worksheet(sheet.title)
        bold, plain = book.add_format({**_IS_TEXT, "bold": True}), book.add_format(_IS_TEXT)
        for place, row in enumerate(rows):
            _write(page, place, row, plain if place else bold)
        for column, texts in enumerate(zip(*rows, strict=True)):
            width = max(map(len, texts)) + 2
            page.set_column(column, column, min(max(width, _WIDTH_MIN), _WIDTH_MAX))
        page.freeze_panes(1, 0)
    return file.getvalue()


def _write(page: Worksheet, place: int, row: Sequence[str], style: Format) -> None:
    for column, text in enumerate(row):
        if text:
            page.write_string(place, column, text[:_CELL_MAX], style)
        else:
            page.write_blank(place, column, None, style)

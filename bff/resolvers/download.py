"""What a link leads to, looked for anew when it is opened: what is out of reach by then is not there.

A person's profile, and what they may reach, may have changed since the link was made.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import NamedTuple

from bff.context import Context
from bff.domain.document import FileKind
from bff.domain.invoice import Invoice
from bff.domain.profile import Reach
from bff.errors import BffError, NotFound
from bff.resolvers import invoice, request, spreadsheet, user_export
from bff.state.links import Link


class File(NamedTuple):
    """A file as it comes: a BackendError with the first piece when there is none, with a later when it breaks off."""

    media_type: str
    pieces: AsyncGenerator[bytes, None]


async def file(context: Context, link: Link) -> File:
    """Give the file that a link of this person leads to.

    Raises:
        NotFound: it is out of reach now.
        BffError: whether it is can't be read.
    """
    return await _OPEN[link.kind](context, link)


async def _invoice(context: Context, link: Link) -> File:
    if context.types.reach(Invoice) is not Reach.ALL:
        raise NotFound
    [found] = await invoice.by_key(context, [link.key])
    if isinstance(found, BffError):
        raise found
    if found is None:
        raise NotFound
    return File("application/pdf", context.loaders.invoice_document(found))


async def _merge(context: Context, link: Link) -> File:
    found = await request.merge(context, link.key[0])
    if found is None or found.merged is None:
        raise NotFound
    return File("application/pdf", context.loaders.merge_document(found.merged))


async def _users(context: Context, link: Link) -> File:
    sheet = await user_export.sheet(context, link)
    return File(spreadsheet.MEDIA_TYPE, spreadsheet.pieces(sheet, context.now))


_OPEN: Mapping[FileKind, Callable[[Context, Link], Awaitable[File]]] = {
    FileKind.INVOICE: _invoice,
    FileKind.MERGE: _merge,
    FileKind.USERS: _users,
}
"""How the file of each kind of link is opened."""

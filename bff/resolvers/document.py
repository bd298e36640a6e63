"""Links to files: whether the document is there and within reach, and then a link for the person who asks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from bff.context import Context
from bff.domain.change import ChangeStatus, UserError
from bff.domain.document import Document, DocumentLink, DocumentLinkCreated, FileKind, of_invoice, of_merge
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import Invoice
from bff.domain.profile import Reach
from bff.domain.request import ServiceRequest
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import action, invoice, request
from bff.resolvers._id import decode
from bff.state.links import Link

_NOT_FOUND = Text("Il documento non esiste o non è tuo.", "There is no such document, or it isn't yours.")
_FIELD = ("documentId",)


class Wanted(Protocol):
    """Of which document."""

    @property
    def document_id(self) -> str:
        """Global id of a document."""


def of_invoices(invoices: Sequence[Invoice]) -> list[Document]:
    """Give the PDF of each invoice."""
    return [of_invoice(each) for each in invoices]


def of_requests(requests: Sequence[ServiceRequest]) -> list[Document | None]:
    """Give the file that each request produced; None when none or not yet."""
    return [of_merge(each) for each in requests]


async def link(context: Context, wanted: Wanted) -> DocumentLinkCreated:
    """Mint a link to a document for the person who asks.

    Raises:
        BffError: whether it is there can't be read, or the link can't be kept.
    """
    named = decode(context, wanted.document_id)
    find = None if named is None or named.type != "Document" else _FIND.get(named.key[0])
    found = None if named is None or find is None else await find(context, named.key[1:])
    if found is None:
        found = UserError(ErrorCode.NOT_FOUND, _NOT_FOUND.told(context.language), _FIELD)
    if isinstance(found, UserError):
        return DocumentLinkCreated(ChangeStatus.REJECTED, (found,))
    return DocumentLinkCreated(ChangeStatus.DONE, link=await mint(context, found))


async def mint(context: Context, document: Document) -> DocumentLink:
    """Mint a link to a document that is within reach.

    Raises:
        StateUnavailable: it can't be kept.
    """
    principal = context.principal
    link = Link(
        kind=document.kind,
        key=document.key,
        file_name=document.file_name,
        language=context.language,
        subject=principal.user.subject,
        membership=principal.membership.key if principal.membership else None,
    )
    return await context.links.mint(link, context.now)


async def _invoice(context: Context, key: tuple[str, ...]) -> Document | UserError | None:
    if context.types.reach(Invoice) is not Reach.ALL:
        return None
    [found] = await invoice.by_key(context, [key])
    if isinstance(found, BffError):
        raise found
    if found is None:
        return None
    return await action.refusal(context, "documentLinkCreate", found, _FIELD) or of_invoice(found)


async def _merge(context: Context, key: tuple[str, ...]) -> Document | None:
    found = await request.merge(context, key[0])
    return None if found is None else of_merge(found)


_FIND: Mapping[str, Callable[[Context, tuple[str, ...]], Awaitable[Document | UserError | None]]] = {
    FileKind.INVOICE.value: _invoice,
    FileKind.MERGE.value: _merge,
}
"""How a document of each kind is found within reach, by its key, or why there is no link to it."""

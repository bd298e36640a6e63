"""Files, and the links that open them."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from bff.domain import document as record
from bff.domain.url import Url
from bff.resolvers import node
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.change import ChangeResult


@view(record.Document, rule="invoices.pdf")
class Document:
    """A file, without its content; documentLinkCreate gives the link."""

    @batch(strawberry.ID, rule=PARENT)
    @staticmethod
    async def id(documents: Sequence[record.Document], call: Call) -> Each[str]:
        """Opaque id, for documentLinkCreate; valid for this customer only."""
        return node.ids(call.context, documents)

    file_name: str = plain("Name for the download.")
    ready: bool = plain("False while it isn't ready.")


@view(record.DocumentLink, rule=PARENT)
class DocumentLink:
    """A link to a file: one person, one use, minutes."""

    url: Url = plain("Address to open; not to be stored.")
    expires_at: datetime = plain("When it stops working, unless it was opened before.")
    file_name: str = plain("Name for the download.")


@strawberry.input(description="Link to a document.")
class DocumentLinkCreateInput:
    """See `bff.resolvers.document.link`."""

    document_id: strawberry.ID = strawberry.field(description="The document.")


@view(record.DocumentLinkCreated, rule=PARENT)
class DocumentLinkCreatePayload(ChangeResult):
    """Answer to documentLinkCreate."""

    link: DocumentLink | None = plain("The link; null when rejected.")

"""The changes."""

from typing import Annotated, Any

import strawberry

from bff.domain import document as document_record
from bff.resolvers import document
from bff.schema._batch import Call, root
from bff.schema.document import DocumentLinkCreateInput, DocumentLinkCreatePayload

_INPUT: Any = strawberry.argument(description="What to do.")


@strawberry.type(description="Changes. What only mints a link takes no idempotency key.")
class Mutation:
    """The roots; each names the function of the matrix that guards it."""

    @root(DocumentLinkCreatePayload | None, rule="invoices.pdf")
    @staticmethod
    async def document_link_create(
        call: Call,
        *,
        input: Annotated[DocumentLinkCreateInput, _INPUT],  # noqa: A002 - the field's word
    ) -> document_record.DocumentLinkCreated:
        """Gives a link to a document."""
        return await document.link(call.context, input.document_id)

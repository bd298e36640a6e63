"""The changes."""

from typing import Annotated, Any

import strawberry

from bff.domain import change as change_record
from bff.domain import document as document_record
from bff.resolvers import document, paperless, sim, user_export
from bff.schema._batch import Call, root
from bff.schema.document import DocumentLinkCreateInput, DocumentLinkCreatePayload
from bff.schema.paperless import (
    ContractPaperlessSetInput,
    ContractPaperlessSetPayload,
    FixedLinePaperlessSetInput,
    FixedLinePaperlessSetPayload,
)
from bff.schema.sim import SimBlockInput, SimBlockPayload, SimUnblockInput, SimUnblockPayload
from bff.schema.user import UsersExportInput, UsersExportPayload

_INPUT: Any = strawberry.argument(description="What to do.")


@strawberry.type(description="Changes. What only mints a link takes no idempotency key.")
class Mutation:
    """The roots; each names the function of the matrix that guards it."""

    @root(UsersExportPayload | None, rule="users.export", step_up=True)
    @staticmethod
    async def users_export(
        call: Call,
        *,
        input: Annotated[UsersExportInput, _INPUT],  # noqa: A002 - the field's word
    ) -> document_record.UsersExported:
        """Makes a spreadsheet of the users and gives a link to it."""
        return await user_export.mint(call.context, input.filter)

    @root(SimBlockPayload | None, rule="mobile.sim.block")
    @staticmethod
    async def sim_block(
        call: Call,
        *,
        input: Annotated[SimBlockInput, _INPUT],  # noqa: A002 - the field's word
    ) -> change_record.SimBlocked:
        """Blocks a SIM."""
        return await sim.block(call.context, input, input.reason)

    @root(SimUnblockPayload | None, rule="mobile.sim.block")
    @staticmethod
    async def sim_unblock(
        call: Call,
        *,
        input: Annotated[SimUnblockInput, _INPUT],  # noqa: A002 - the field's word
    ) -> change_record.SimUnblocked:
        """Releases a blocked SIM."""
        return await sim.unblock(call.context, input)

    @root(ContractPaperlessSetPayload | None, rule="contract.paperless")
    @staticmethod
    async def contract_paperless_set(
        call: Call,
        *,
        input: Annotated[ContractPaperlessSetInput, _INPUT],  # noqa: A002 - the field's word
    ) -> change_record.ContractPaperlessSet:
        """Turns the paperless invoice of a mobile contract on or off."""
        return await paperless.of_contract(call.context, input)

    @root(FixedLinePaperlessSetPayload | None, rule="fixed.paperless")
    @staticmethod
    async def fixed_line_paperless_set(
        call: Call,
        *,
        input: Annotated[FixedLinePaperlessSetInput, _INPUT],  # noqa: A002 - the field's word
    ) -> change_record.FixedLinePaperlessSet:
        """Turns the paperless invoice of a fixed line's account on or off."""
        return await paperless.of_fixed_line(call.context, input)

    @root(DocumentLinkCreatePayload | None, rule="invoices.pdf")
    @staticmethod
    async def document_link_create(
        call: Call,
        *,
        input: Annotated[DocumentLinkCreateInput, _INPUT],  # noqa: A002 - the field's word
    ) -> document_record.DocumentLinkCreated:
        """Gives a link to a document."""
        return await document.link(call.context, input.document_id)

"""What the telco's staff see besides: the reads of the customers' schema and a few of their own, and no changes."""

from typing import Annotated

import strawberry

from bff.domain import explanation as record
from bff.domain.profile import Profile
from bff.resolvers import explanation
from bff.schema._batch import Call, root
from bff.schema._view import STAFF
from bff.schema.explanation import Explanation
from bff.schema.query import Query


def _told(description: str) -> object:
    return strawberry.argument(description=description)


@strawberry.type(name="Query", description="Reads, for the telco's staff.")
class StaffQuery(Query):
    """The roots of the customers, and those that are absent from their schema."""

    @root(Explanation | None, rule=STAFF, open_=True)
    @staticmethod
    async def explain(
        call: Call,
        *,
        document: Annotated[str, _told("Text of the document.")],
        profile: Annotated[Profile, _told("Profile to try.")],
        operation_name: Annotated[str | None, _told("Operation, when the document has several.")] = None,
        variables: Annotated[
            str | None, _told("Variables as JSON text: they size lists, and skip or include; all may be left out.")
        ] = None,
    ) -> record.Explanation:
        """What a document would do under a profile, without calling anything."""
        return await explanation.of(call.context, document, operation_name, variables, profile)

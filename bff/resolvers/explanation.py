"""What a document would do under a profile; told by what the command line asks too, which stands above this layer."""

import msgspec

from bff.context import Context
from bff.domain.explanation import Explanation
from bff.domain.profile import Profile
from bff.errors import BadRequest, Internal

_read = msgspec.json.Decoder(dict[str, object]).decode


async def of(
    context: Context, document: str, operation_name: str | None, variables: str | None, profile: Profile
) -> Explanation:
    """Explain a document.

    Raises:
        BadRequest: it would be refused, or the variables are no JSON object.
    """
    if context.explain is None:
        raise Internal("nothing explains documents here")
    try:
        given = None if variables is None else _read(variables)
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("`variables` must be an object in JSON.") from None
    return await context.explain(document, operation_name, given, profile)

"""Buying offers: what is checked before. What is bought becomes an order, by which it is followed.

An offer can be bought while its campaign runs, for lines that it was recommended for, and not twice: what is under way
or was delivered is told by the orders that the person may see.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from bff.context import Context
from bff.domain.act.offer import twice
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.offer import OfferOrder
from bff.domain.error_code import ErrorCode
from bff.domain.line import LineState, MobileLine
from bff.domain.offer import Offer
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import acting, line_reference, network, offer
from bff.resolvers._id import key_of

LINES_MAX: Final = 100
"""Lines for which one offer is bought at once."""

_BUY = acting.Doing("offerBuy", System.MOBILE, ("offer", "order"))

_LINES_DUE = Text("Indica le linee per cui acquistare l'offerta.", "Name the lines to buy the offer for.")
_NO_LINES = Text("L'offerta è per l'intera azienda: non indicare linee.", "The offer is for the company: name no line.")
_TOO_MANY = Text(f"Al massimo {LINES_MAX} linee per volta.", f"At most {LINES_MAX} lines at a time.")
_TWICE = Text("La linea compare già.", "The line is there already.")
_NOT_FOR_LINE = Text("L'offerta non è disponibile per la linea.", "The offer isn't available for the line.")
_NOT_ACTIVE = Text("La linea non è attiva.", "The line isn't active.")


class Wanted(acting.Keyed, Protocol):
    """An offer by its global id."""

    @property
    def offer_id(self) -> str:
        """Global id of an offer."""

    @property
    def line_ids(self) -> Sequence[str] | None:
        """Global ids of the mobile lines to buy it for; empty or None for the whole customer."""


async def buy(context: Context, wanted: Wanted) -> Changed:
    """Buy an offer. Raises BffError when it was surely not done."""
    place = offer.place_of(context, wanted.offer_id)
    keys = [key_of(context, each, MobileLine) for each in wanted.line_ids or ()]

    async def prepare() -> Judged:
        _check(context, keys)
        read = None if place is None else await offer.made_to(context, *place)
        found = acting.found(context, read, "offerId")
        lines = await _lines(context, found, keys)
        await acting.judge(context, _BUY.mutation, found, "offerId")
        await _not_twice(context, found, lines)
        deed = OfferOrder(
            campaign_key=found.campaign.key,
            offering_key=found.key,
            line_keys=tuple(line.key for line in lines),
            customer_key=await network.customer_key(context),
            person_key=context.principal.person_key,
        )
        return Judged(deed)

    given = {"offer": place, "lines": keys}
    return await acting.change(context, _BUY, wanted.idempotency_key, given, prepare)


def _check(context: Context, keys: Sequence[str | None]) -> None:
    """Check what can be checked without reading. Raises Refused."""
    wrong = acting.Wrong(context)
    if len(keys) > LINES_MAX:
        wrong.add(_TOO_MANY, "lineIds", code=ErrorCode.TOO_MANY_ITEMS)
    for number, key in enumerate(keys[:LINES_MAX]):
        if key is None:
            wrong.unknown("lineIds", str(number))
        elif key in keys[:number]:
            wrong.add(_TWICE, "lineIds", str(number))
    wrong.refuse()


async def _lines(context: Context, wanted: Offer, keys: Sequence[str | None]) -> list[MobileLine]:
    """Give the lines within reach that an offer is bought for; raises Refused where it can't be for all of them."""
    if not wanted.for_lines and keys:
        acting.refuse(context, ErrorCode.INVALID, _NO_LINES, "lineIds")
    if wanted.for_lines and not keys:
        acting.refuse(context, ErrorCode.INVALID, _LINES_DUE, "lineIds")
    wrong, lines = acting.Wrong(context), list[MobileLine]()
    for number, read in enumerate(await line_reference.mobile_by_key(context, keys, context.types)):
        at = ("lineIds", str(number))
        if isinstance(read, BffError):
            raise read
        if read is None:
            wrong.unknown(*at)
        elif read.key not in wanted.line_keys:
            wrong.add(_NOT_FOR_LINE, *at, code=ErrorCode.NOT_ELIGIBLE)
        elif read.state is not LineState.ACTIVE:
            wrong.add(_NOT_ACTIVE, *at, code=ErrorCode.WRONG_STATE)
        else:
            lines.append(read)
    wrong.refuse()
    return lines


async def _not_twice(context: Context, wanted: Offer, lines: Sequence[MobileLine]) -> None:
    """Refuse what was ordered already, line by line. Raises Refused, and BffError when nobody can tell."""
    [bought] = await offer.ordered(context, [wanted])
    wrong = acting.Wrong(context)
    for number, line in enumerate(lines):
        if (why := twice(bought.get(line.key))) is not None:
            wrong.add(why.text, "lineIds", str(number), code=why.code)
    wrong.refuse()

"""Setting the premium services of mobile lines, and their black list."""

import re
from typing import Final, Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.error_code import ErrorCode
from bff.domain.line import MobileLine
from bff.domain.phone import is_e164
from bff.domain.service import PremiumWish, ServiceKind
from bff.domain.text import Text
from bff.resolvers import acting
from bff.resolvers._service_order import Change, just, of_line

SENDERS_MAX: Final = 100
"""Senders on a black list, and services to end at once."""

_SHORT_CODE = re.compile(r"\d{3,7}", re.ASCII)

_TOO_MANY = Text(f"Sono al più {SENDERS_MAX}.", f"At most {SENDERS_MAX}.")
_NOT_ACTIVE = Text("Il servizio non è attivo sulla linea.", "The service isn't active on the line.")
_SENDER = Text(
    "Il mittente è un numero breve di 3-7 cifre, o un numero con il prefisso internazionale.",
    "A sender is a short code of 3 to 7 digits, or a number with its international prefix.",
)
_SENDER_TWICE = Text("Il mittente compare già.", "The sender is there already.")


class PremiumWanted(acting.OfLine, Protocol):
    """Whether premium services may be activated, and the codes of active ones to end."""

    enabled: bool
    end: list[str] | None


class BlackListWanted(acting.OfLine, Protocol):
    """All barred senders of a line."""

    black_list: list[str]


async def allow(context: Context, wanted: PremiumWanted) -> Changed:
    """Allow or bar premium services on a line, and end active ones. Raises BffError when it was surely not done."""
    wrong, end = acting.Wrong(context), wanted.end or []
    if len(end) > SENDERS_MAX:
        wrong.add(_TOO_MANY, "end", code=ErrorCode.TOO_MANY_ITEMS)

    async def wish(line: MobileLine) -> PremiumWish:
        if end:
            services = (await context.loaders.mobile_services.one(line.key)).value
            active = {each.code for each in services.premium.active}
            for place, code in enumerate(end):
                if code not in active:
                    wrong.add(_NOT_ACTIVE, "end", str(place), code=ErrorCode.NOT_SUBSCRIBED)
            wrong.refuse()
        return PremiumWish(wanted.enabled, tuple(dict.fromkeys(end)))

    given = {"enabled": wanted.enabled, "end": end}
    return await of_line(context, wanted, Change("premiumServicesSet", ServiceKind.PREMIUM, wrong, given, wish))


async def black_list(context: Context, wanted: BlackListWanted) -> Changed:
    """Set the black list of premium services of a line. Raises BffError when it was surely not done."""
    wrong, senders = acting.Wrong(context), wanted.black_list
    if len(senders) > SENDERS_MAX:
        wrong.add(_TOO_MANY, "blackList", code=ErrorCode.TOO_MANY_ITEMS)
    seen: set[str] = set()
    for place, sender in enumerate(senders[:SENDERS_MAX]):
        if not (_SHORT_CODE.fullmatch(sender) or is_e164(sender)):
            wrong.add(_SENDER, "blackList", str(place))
        elif sender in seen:
            wrong.add(_SENDER_TWICE, "blackList", str(place))
        seen.add(sender)
    asked = Change("premiumBlackListSet", ServiceKind.PREMIUM_BLACK_LIST, wrong, senders, just(tuple(senders)))
    return await of_line(context, wanted, asked)

"""Links to other sites, made anew each time: never cached, one use, two minutes."""

from collections.abc import Mapping, Sequence

from bff.context import Context
from bff.domain.action import ActionReason
from bff.domain.line import LineState
from bff.domain.link import ExternalLink, Site
from bff.domain.profile import Reach
from bff.errors import BffError
from bff.resolvers import line, network, service

_LINES_AT_ONCE = 200


def to(context: Context, site: Site, rows: Sequence[object]) -> list[ExternalLink]:
    """Give a link to a site for the person who asks."""
    return [_minted(context, site) for _ in rows]


async def ebpfa(context: Context, rows: Sequence[object]) -> list[ExternalLink]:
    """Give a link to EBPFA; NOT_SUBSCRIBED for a company without Internet Cost Administration.

    Raises:
        BffError: nobody knows whether it has that.
    """
    if not await _has_cost_administration(context):
        return [ExternalLink(None, ActionReason.NOT_SUBSCRIBED) for _ in rows]
    return to(context, Site.EBPFA, rows)


def to_chat(context: Context, conversation: str, topic: str | None) -> ExternalLink:
    """Give a link to a conversation with the chat, which is told what the person could tell it themselves."""
    profile = context.principal.profile
    told = {"conversation": conversation, "topic": topic, "profile": profile and profile.value}
    told |= {"language": context.language}
    return _minted(context, Site.CHAT, {name: value for name, value in told.items() if value is not None})


def _minted(context: Context, site: Site, told: Mapping[str, str] | None = None) -> ExternalLink:
    if context.principal.staff:  # whom no other site knows, and who would sign in there as somebody else
        return ExternalLink(None, ActionReason.PROFILE)
    person, now = context.principal.person_key, context.now
    return ExternalLink(context.sites.link(site, person=person, company=context.customer, now=now, context=told))


async def _has_cost_administration(context: Context) -> bool:
    """Look for a fixed line with the service, 200 lines at a time until one has it.

    All lines are looked at, whatever of them the profile may see: the answer is about the company.
    """
    lines = [row for row in network.rows(await line.all_fixed(context, Reach.ALL)) if row.state is not LineState.CEASED]
    failed: BffError | None = None
    for start in range(0, len(lines), _LINES_AT_ONCE):
        for found in await service.of_fixed(context, lines[start : start + _LINES_AT_ONCE]):
            if isinstance(found, BffError):
                failed = found
            elif found.cost_administration:
                return True
    if failed is not None:
        raise failed
    return False

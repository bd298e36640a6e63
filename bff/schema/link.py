"""Services and reports that live on other sites."""

from collections.abc import Sequence

from bff.domain import action as action_record
from bff.domain import link as record
from bff.domain.link import Site
from bff.domain.url import Url
from bff.resolvers import link
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.directives import Cost


@view(record.ExternalLink, rule=PARENT)
class ExternalLink:
    """A link to another site, with single sign-on; made anew each time it is asked for."""

    url: Url | None = plain("Address to open at once: one use, 2 minutes; null when not available.")
    reason: action_record.ActionReason | None = plain("Why not available; null when available.")


@view(record.ServiceLinks, rule="services.links")
class ServiceLinks:
    """Services that live on other sites."""

    @batch(ExternalLink | None, rule=PARENT)
    @staticmethod
    async def end_user_control(links: Sequence[record.ServiceLinks], call: Call) -> Each[record.ExternalLink]:
        """EU Control: what end users may spend and use."""
        return link.to(call.context, Site.EU_CONTROL, links)

    @batch(ExternalLink | None, rule=PARENT)
    @staticmethod
    async def tu_con_ti(links: Sequence[record.ServiceLinks], call: Call) -> Each[record.ExternalLink]:
        """TuConTi: consumption under control."""
        return link.to(call.context, Site.TUCONTI, links)

    @batch(ExternalLink | None, rule=PARENT)
    @staticmethod
    async def evoluzione_ufficio(links: Sequence[record.ServiceLinks], call: Call) -> Each[record.ExternalLink]:
        """Evoluzione Ufficio: IT and web services."""
        return link.to(call.context, Site.EVOLUZIONE_UFFICIO, links)


@view(record.Reports, rule="reports.ebill")
class Reports:
    """Reports that live on other sites."""

    @batch(ExternalLink | None, rule="reports.ebill")
    @staticmethod
    async def ebill(reports: Sequence[record.Reports], call: Call) -> Each[record.ExternalLink]:
        """Mobile: eBill."""
        return link.to(call.context, Site.EBILL, reports)

    @batch(ExternalLink | None, rule="reports.ebpfa", counts=(Cost(weight=2),))
    @staticmethod
    async def ebpfa(reports: Sequence[record.Reports], call: Call) -> Each[record.ExternalLink]:
        """Fixed: EBPFA, on voice, data and networks; NOT_SUBSCRIBED without Internet Cost Administration."""
        return await link.ebpfa(call.context, reports)

"""What is active on contracts and lines."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from bff.domain import line as line_record
from bff.domain import service as record
from bff.domain.system import System
from bff.resolvers import line_reference
from bff.resolvers.line_reference import Reference
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view
from bff.schema.directives import assumed
from bff.schema.shared import Money

if TYPE_CHECKING:
    from bff.schema.line import MobileLine

described(
    record.ThresholdKind,
    VOICE="Calls.",
    DATA="Data.",
    MESSAGES="Messages.",
    TOTAL="All traffic.",
    UNKNOWN="Not known to us.",
)


@view(record.Service, rule=PARENT)
class Service:
    """An active service."""

    code: str = plain("Code.")
    name: str = plain("Name, in Italian.")
    active_from: date | None = plain("First day; null when not known.")


@view(record.SpendingThreshold, rule=PARENT)
class SpendingThreshold:
    """A spending threshold."""

    kind: record.ThresholdKind = plain("What it limits.")
    limit: Money = plain("Limit per calendar month, VAT excluded.")


@view(record.TimDuoPair, rule=PARENT)
class TimDuoPair:
    """Two numbers joined by TIMDUO."""

    line_number: str = plain("Number of the mobile line, E.164.")
    paired_number: str = plain("Number joined to it, E.164.")

    @batch(Annotated["MobileLine", strawberry.lazy("bff.schema.line")] | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(pairs: Sequence[record.TimDuoPair], call: Call) -> Each[line_record.Line | None]:
        """Mobile line; null where the profile can't see it."""
        references = [Reference(System.MOBILE, pair.line_key) if pair.line_key else None for pair in pairs]
        return await line_reference.referred(call.context, references, call.grant)


@view(record.ContractServices, rule=PARENT)
class ContractServices:
    """What is active on a mobile contract."""

    active: list[Service] = plain("All active services; sorted by name.", counts=assumed(20))
    thresholds: list[SpendingThreshold] = plain("Spending thresholds; empty when none is set.", counts=assumed(5))
    tim_duo: list[TimDuoPair] = plain("TIMDUO pairs; empty when not active.", counts=assumed(20))
    company_reference: str | None = plain("Company reference; null when none is set.")
    charity_sms: bool = plain("True when charity SMS may be sent.")


@view(record.PremiumServices, rule=PARENT)
class PremiumServices:
    """Premium services of a mobile line."""

    enabled: bool = plain("True when premium services may be activated.")
    active: list[Service] = plain("Active ones; sorted by name.", counts=assumed(10))
    black_list: list[str] = plain("Senders that are barred; sorted.", counts=assumed(20))

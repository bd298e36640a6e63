"""What many types share: ids, buttons, money, periods, addresses, freshness."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from bff.domain import action as action_record
from bff.domain import address as address_record
from bff.domain import freshness as freshness_record
from bff.domain import money as money_record
from bff.domain import period as period_record
from bff.domain import system as system_record
from bff.resolvers import action, freshness, node
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, interface, plain, view
from bff.schema.directives import assumed

System = described(
    system_record.System,
    MOBILE="Mobile contracts, lines, billing and orders.",
    FIXED="Fixed lines, billing and orders.",
    DIRECTORY="Users and their profiles.",
    IDENTITY="Sign-in and passwords.",
    MAIL="Outgoing e-mail.",
    PAYMENTS="Online payments.",
)
FreshnessState = described(
    freshness_record.FreshnessState,
    FRESH="Read within its usual time.",
    STALE="Older copy, because the system fails.",
    UNAVAILABLE="Nothing to show: the system fails and there is no copy.",
)
ActionState = described(
    action_record.ActionState,
    ENABLED="Usable now.",
    DISABLED="Grey, with the reason.",
    HIDDEN="Not shown.",
)
ActionReason = described(
    action_record.ActionReason,
    PROFILE="The profile doesn't allow it.",
    STATE="The line, contract or invoice is in a state that doesn't allow it.",
    IN_PROGRESS="A change of the same thing is under way.",
    NOT_SUBSCRIBED="The service behind it isn't subscribed.",
    WINDOW_EXPIRED="Too old.",
    SYSTEM_UNAVAILABLE="The system behind it is closed or fails.",
)
Currency = described(money_record.Currency, EUR="Euro.")


@view(freshness_record.Freshness, rule=PARENT)
class Freshness:
    """How current a value is."""

    state: freshness_record.FreshnessState = plain("Fresh, stale or missing.")
    as_of: datetime | None = plain("When the value was read; null when missing.")
    system: system_record.System = plain("System that it comes from.")


@view(action_record.Action, rule=PARENT)
class Action:
    """A button of the page: shown, grey with a reason, or hidden."""

    name: str = plain("Name of the mutation, as written in Mutation.")
    state: action_record.ActionState = plain("How to show it.")
    reason: action_record.ActionReason | None = plain("Why not; null when enabled.")
    message: str | None = plain("Why not, in the language of Accept-Language; null when enabled.")
    available_from: datetime | None = plain("When it will be enabled again; null when unknown or enabled.")


@interface()
class Node:
    """Anything with a global id."""

    @batch(strawberry.ID, rule=PARENT)
    @staticmethod
    async def id(rows: Sequence[Any], call: Call) -> Each[str]:
        """Opaque global id, valid for this customer only."""
        return node.ids(call.context, rows)


@interface()
class Actionable:
    """Anything that the page shows buttons for."""

    @batch(list[Action], rule=PARENT, counts=assumed(10))
    @staticmethod
    async def actions(rows: Sequence[Any], call: Call) -> Each[Sequence[action_record.Action]]:
        """What can be done here, and why not when not."""
        return await action.of(call.context, rows)


def freshness_field() -> Any:
    """Make the field that tells how current a record is."""

    @batch(Freshness, rule=PARENT)
    async def freshness_(rows: Sequence[Any], call: Call) -> Each[freshness_record.Freshness]:
        """How current this is."""
        return freshness.of(call.context, rows)

    return freshness_


@interface()
class Person:
    """A named person."""

    first_name: str = plain("First name.")
    last_name: str = plain("Last name.")


@view(money_record.Money, rule=PARENT)
class Money:
    """An amount of money, exact."""

    amount: Decimal = plain("Amount in units of the currency, two decimals.")
    currency: money_record.Currency = plain("Currency.")


@view(money_record.TaxedMoney, rule=PARENT)
class TaxedMoney:
    """An amount with its VAT."""

    net: Money | None = plain("Without VAT; null when the bill doesn't tell it apart.")
    vat: Money | None = plain("VAT; null when the bill doesn't tell it apart.")
    gross: Money = plain("With VAT.")


@view(period_record.Period, rule=PARENT)
class Period:
    """Days from and to, both included, Europe/Rome."""

    start: date = plain("First day.", name="from")
    end: date = plain("Last day.", name="to")
    bimester: int | None = plain("Two-month number, 1 to 6, when the period is one; null for a monthly bill.")


@view(address_record.Address, rule=PARENT)
class Address:
    """A postal address in Italy."""

    street: str = plain("Street and number.")
    postcode: str = plain("Postcode, 5 digits.")
    town: str = plain("Town.")
    province: str = plain("Province, 2 letters.")


@strawberry.input(description="A postal address in Italy.")
class AddressInput:
    """See `bff.resolvers.given.AddressGiven`."""

    street: str = strawberry.field(description="Street and number.")
    postcode: str = strawberry.field(description="Postcode, 5 digits.")
    town: str = strawberry.field(description="Town.")
    province: str = strawberry.field(description="Province, 2 letters.")

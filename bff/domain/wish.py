"""What is wanted of a line, as its customer said it; it tells of people, and is kept nowhere."""

from datetime import date, datetime
from typing import NamedTuple

from bff.domain.address import Address


class NuisanceCalls(NamedTuple):
    """Calls that disturb: the number that calls (E.164, None when withheld), when, and what there is to add.

    `police_report` is the number of a report to the police.
    """

    caller: str | None
    times: tuple[datetime, ...]
    note: str | None = None
    police_report: str | None = None


class Relocation(NamedTuple):
    """Where a line is to be moved, whom to call about it (E.164), and the day wanted; None is as soon as possible."""

    address: Address
    contact_phone: str
    keep_number: bool
    wanted_on: date | None


class NewSim(NamedTuple):
    """The SIM that a line is to have: one at hand, by its ICCID, or one that is to be shipped."""

    iccid: str | None
    ship_to: Address | None

"""The relocation of a fixed line: what is checked before. It ends the direct debit of the line's account."""

from datetime import date
from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.line import FixedLineRequest
from bff.domain.line import FixedLine
from bff.domain.phone import e164
from bff.domain.system import System
from bff.domain.wish import Relocation
from bff.resolvers import acting, judged
from bff.resolvers._id import key_of
from bff.resolvers.given import DAY, NUMBER, AddressGiven, Given, as_given, within_a_year

_RELOCATE = acting.Doing("fixedLineRelocate", System.FIXED, ("line", "account", "request"))


class Wanted(acting.OfLine, Protocol):
    """Where a line is to be moved."""

    @property
    def address(self) -> AddressGiven:
        """Where to."""

    @property
    def contact_phone(self) -> str:
        """Whom to call about the works."""

    @property
    def keep_number(self) -> bool:
        """Whether to keep the number where that is possible."""

    @property
    def wanted_on(self) -> date | None:
        """Day; None is as soon as possible."""


async def relocate(context: Context, wanted: Wanted) -> Changed:
    """Ask for a line to be moved. Raises BffError when it was surely not done."""
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> Judged:
        given = Given(context)
        address = given.address(wanted.address, "address")
        phone = given.read(e164, wanted.contact_phone, NUMBER, "contactPhone")
        if not within_a_year(wanted.wanted_on, context.today):
            given.add(DAY, "wantedOn")
        given.refuse()
        line = await judged.fixed_line(context, _RELOCATE.mutation, line_key)
        deed = FixedLineRequest(line_key=line.key, person_key=context.principal.person_key)
        return Judged(deed, Relocation(address, phone, wanted.keep_number, wanted.wanted_on))

    told = {
        "line": line_key,
        "address": as_given(wanted.address),
        "phone": wanted.contact_phone,
        "keepNumber": wanted.keep_number,
        "wantedOn": wanted.wanted_on and wanted.wanted_on.isoformat(),
    }
    return await acting.change(context, _RELOCATE, wanted.idempotency_key, told, prepare, subject_key=line_key)

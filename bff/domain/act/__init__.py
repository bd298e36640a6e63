"""What can be done, and when: every act of the customer area, with the conditions that mutation and button share.

A module per concept holds its acts; `ACTS` is the table of all. Pure: what holds for the operation comes as `Facts`,
what must be read beside a thing is named by its class and read by the caller. Registration is no act: nobody is signed
in yet.
"""

from bff.domain.act import company, contract, invoice, line, offer, person, user
from bff.domain.act._judge import (
    NOT_FOR_PROFILE,
    Act,
    Facts,
    Hindrance,
    button,
    closed,
    hindrance,
    hindrance_beside,
    hindrance_under_way,
)
from bff.domain.act._mandate import Mandate

__all__ = [
    "ACTS",
    "NOT_FOR_PROFILE",
    "Act",
    "Facts",
    "Hindrance",
    "Mandate",
    "button",
    "closed",
    "concerning",
    "hindrance",
    "hindrance_beside",
    "hindrance_under_way",
]

ACTS: tuple[Act, ...] = tuple(
    act for concept in (person, company, user, line, contract, invoice, offer) for act in concept.ACTS
)

_BY_CLASS = {each.concerns: tuple(act for act in ACTS if act.concerns is each.concerns) for each in ACTS}


def concerning(record: type) -> tuple[Act, ...]:
    """Give the acts that concern things of a class, in the order of their buttons."""
    return _BY_CLASS.get(record, ())

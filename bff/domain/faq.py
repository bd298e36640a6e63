"""Questions that are asked often, and their answers."""

from enum import Enum

import msgspec


class FaqTopic(Enum):
    """What a question is about."""

    GENERAL = "GENERAL"
    INVOICES = "INVOICES"


class Faq(msgspec.Struct, frozen=True, gc=False):
    """A question and its answer in one language."""

    topic: FaqTopic
    question: str
    answer: str

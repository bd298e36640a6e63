"""Questions and answers."""

from bff.domain import faq as record
from bff.domain.faq import FaqTopic
from bff.schema._enum import described
from bff.schema._view import plain, view

__all__ = ["Faq", "FaqTopic"]

described(FaqTopic, GENERAL="General.", INVOICES="Invoices.")


@view(record.Faq, rule="support.faq")
class Faq:
    """A question and its answer."""

    topic: FaqTopic = plain("Topic.")
    question: str = plain("Question, in the language of Accept-Language.")
    answer: str = plain("Answer, in the language of Accept-Language.")

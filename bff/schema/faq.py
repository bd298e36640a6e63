"""Questions and answers."""

from bff.domain import faq as record
from bff.schema._enum import described
from bff.schema._view import plain, view

described(record.FaqTopic, GENERAL="General.", INVOICES="Invoices.")


@view(record.Faq, rule="support.faq")
class Faq:
    """A question and its answer."""

    topic: record.FaqTopic = plain("Topic.")
    question: str = plain("Question, in the language of Accept-Language.")
    answer: str = plain("Answer, in the language of Accept-Language.")

"""Questions and answers, by topic and by words."""

import re

from bff.context import Context
from bff.domain.faq import Faq, FaqTopic
from bff.errors import BadRequest
from bff.resolvers._filter import VALUES_MAX, bare, searched

_WORD = re.compile(r"\w+")


def found(context: Context, topic: FaqTopic | None, search: str | None) -> list[Faq]:
    """Give the questions of a topic that hold all words looked for, in the operation's language.

    A word is found within others, whatever its accents and its case, in the question or in the answer.

    Raises:
        BadRequest: there are more than 50 words, or 200 characters.
    """
    words = set(_WORD.findall(searched(search)))
    if len(words) > VALUES_MAX:
        raise BadRequest(f"`search` has {len(words)} words; at most {VALUES_MAX} are allowed.")
    language = "en" if context.language == "en" else "it"
    return [
        faq
        for faq in context.content.support.questions[language]
        if (topic is None or faq.topic is topic) and _holds(faq, words)
    ]


def _holds(faq: Faq, words: set[str]) -> bool:
    text = bare(f"{faq.question}\n{faq.answer}")
    return all(word in text for word in words)

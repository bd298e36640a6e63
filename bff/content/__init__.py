"""What people of the business write and the BFF reads from files: engagement rules, questions, opening hours.

Two TOML files, here by default and elsewhere by setting. Both are read whole at the start, which ends with all mistakes
of both when there is one; later a changed file is taken over while running (`_watched`). What rules mean is
`bff.domain.engagement`'s; who may see what comes of them is the schema's. How to change a rule: docs/engagement.md.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from bff.content._table import ContentError
from bff.content._watched import Watched
from bff.content.engagement import read_engagement
from bff.content.support import Support, read_support
from bff.domain.contact import ContactKind
from bff.domain.engagement import Engagement
from bff.domain.url import Url

__all__ = ["Content", "ContentError", "Contents", "Places"]

_HERE = Path(__file__).parent


class Places(NamedTuple):
    """Where things are: pages of the area and of the old one, the support desk, files; None is the one beside this."""

    area_url: str
    assistance: Mapping[ContactKind, Url]
    engagement_file: Path | None = None
    support_file: Path | None = None
    support_mailbox: str = ""


class Content(NamedTuple):
    """What all fields of one operation go by."""

    engagement: Engagement
    support: Support
    assistance: Mapping[ContactKind, Url]
    support_mailbox: str


class Contents:
    """The files, as they are now."""

    def __init__(self, places: Places, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Read both files. Raises ContentError with the mistakes of both."""
        mistakes: list[str] = []

        def read_rules(text: str, name: str) -> Engagement:
            return read_engagement(text, name, places.area_url)

        self._assistance = places.assistance
        self._support_mailbox = places.support_mailbox
        self._engagement = Watched(places.engagement_file or _HERE / "engagement.toml", read_rules, monotonic)
        self._support = Watched(places.support_file or _HERE / "support.toml", read_support, monotonic)
        for each in (self._engagement, self._support):
            try:
                each.open()
            except ContentError as error:
                mistakes += error.mistakes
        if mistakes:
            raise ContentError(mistakes)

    def current(self) -> Content:
        """Give what holds now."""
        return Content(self._engagement.current(), self._support.current(), self._assistance, self._support_mailbox)

"""Where the customer area's pages are, and which pictures and films they may show."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

import msgspec

from bff.domain.url import Url

_ADDRESS = re.compile(r"https://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # what RFC 3986 lets an address have


class Area(msgspec.Struct, frozen=True):
    """The address of the pages, without a slash at its end, and the hosts of pictures and films, in lower case."""

    url: str
    media_hosts: Collection[str] = ()

    def page(self, *path: str) -> Url:
        """Give the address of a page."""
        return Url("/".join((self.url, *path)))

    def media(self, told: str | None) -> Url | None:
        """Give the address of a picture or film; None for none, and for one that is not https or of another host."""
        if told is None or not _ADDRESS.fullmatch(told):
            return None
        try:
            parts = urlsplit(told)
            allowed = parts.hostname in self.media_hosts and parts.port is None and parts.username is None
        except ValueError:
            return None
        return Url(told) if allowed else None

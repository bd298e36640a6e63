"""What a client accepts: media types and languages, by order of quality.

Millions of requests bring few different headers: the choices made last are kept. They are few, as a header may have
64 KiB.
"""

import re
from functools import lru_cache

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"

_CHOICES_KEPT = 64
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def _weighted(header: str) -> list[tuple[str, float]]:
    """Give the entries of an Accept header with their quality, the best first, equals as written."""
    entries = []
    for entry in header.split(","):
        name, *parameters = (part.strip() for part in entry.lower().split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if name and _QUALITY.fullmatch(quality):
            entries.append((name, float(quality)))
    return sorted(entries, key=lambda entry: -entry[1])


@lru_cache(_CHOICES_KEPT)
def media_type(accept: str | None) -> str | None:
    """Choose the media type of an answer; None when the client takes neither of ours.

    The range that names one of ours most closely tells its quality. Without a header, and where one wildcard stands for
    both, it is `application/json`, which every client reads.
    """
    if not accept:
        return JSON
    ranges: dict[str, tuple[int, float]] = {}
    for place, (name, quality) in enumerate(_weighted(accept)):
        ranges.setdefault(name, (place, quality))
    places = {}
    for ours in (JSON, GRAPHQL_JSON):
        place, quality = next((ranges[name] for name in (ours, "application/*", "*/*") if name in ranges), (0, 0.0))
        if quality > 0:
            places[ours] = place
    return min(places, key=places.__getitem__, default=None)


@lru_cache(_CHOICES_KEPT)
def language(accept_language: str | None, supported: tuple[str, ...] = ("it", "en")) -> str:
    """Choose the language of messages: the best supported one, by its primary tag; the first one otherwise."""
    for name, quality in _weighted(accept_language or ""):
        primary = name.split("-")[0]
        if quality > 0 and primary in supported:
            return primary
    return supported[0]

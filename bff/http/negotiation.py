"""What a client accepts: media types and languages, by order of quality."""

from collections.abc import Iterator, Sequence

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    """Give the entries of an Accept header with their quality, the best first, equals as written."""
    entries = []
    for entry in header.split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        if not name:
            continue
        quality = next((part[2:] for part in parameters if part.lower().startswith("q=")), "1")
        try:
            entries.append((name.lower(), float(quality)))
        except ValueError:
            continue
    return iter(sorted(entries, key=lambda entry: -entry[1]))


def media_type(accept: str | None) -> str | None:
    """Choose the media type of an answer; None when the client takes neither of ours.

    Without a header, and for wildcards, it is `application/json`, which every client reads.
    """
    if not accept:
        return JSON
    qualities = dict(_weighted(accept))
    for name, quality in qualities.items():
        if quality <= 0:
            continue
        if name in {GRAPHQL_JSON, JSON}:
            return name
        if name in {"*/*", "application/*"}:
            return next((ours for ours in (JSON, GRAPHQL_JSON) if qualities.get(ours, 1) > 0), None)
    return None


def language(accept_language: str | None, supported: Sequence[str] = ("it", "en")) -> str:
    """Choose the language of messages: the best supported one, by its primary tag; the first one otherwise."""
    for name, quality in _weighted(accept_language or ""):
        primary = name.split("-")[0]
        if quality > 0 and primary in supported:
            return primary
    return supported[0]
